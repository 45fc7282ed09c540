"""An entailment model of the user's own."""

from __future__ import annotations

import math
from pathlib import Path

import pytest

from hydrophone.llm.entailment import EntailmentFolderBroken, EntailmentModel
from tests.llm.onnx_graph import write_entailment_model

LABELS = ("CONTRADICTION", "entailment", "Neutral")
CLAIM, TEXT = "Lund is high", "Tower of Lund"
# The ids of the pair's words: tower 1, of 2, lund 3; lund 3, is 4, high 5.
SUM = 18


async def test_the_labels_of_the_configuration_say_which_output_is_which(tmp_path: Path) -> None:
    folder = write_entailment_model(tmp_path / "nli", weights=(0.0, 0.1, -0.1), labels=LABELS)
    model = EntailmentModel(folder)
    [found] = await model.judge(CLAIM, [TEXT])
    await model.close()
    powers = [math.exp(SUM * weight) for weight in (0.0, 0.1, -0.1)]
    assert found.contradicts == pytest.approx(powers[0] / sum(powers), abs=1e-5)
    assert found.entails == pytest.approx(powers[1] / sum(powers), abs=1e-5)
    assert found.neutral == pytest.approx(powers[2] / sum(powers), abs=1e-5)


async def test_there_is_one_judgement_a_text(tmp_path: Path) -> None:
    folder = write_entailment_model(tmp_path, weights=(0.0, 0.1, -0.1), labels=LABELS)
    model = EntailmentModel(folder, threads=2)
    first, second = await model.judge(CLAIM, [TEXT, "high high high"])
    assert await model.judge(CLAIM, []) == []
    await model.close()
    assert first.entails < second.entails


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json", "config.json"])
def test_a_missing_file_is_named(tmp_path: Path, name: str) -> None:
    folder = write_entailment_model(tmp_path, weights=(0.0, 0.1, -0.1), labels=LABELS)
    (folder / name).unlink()
    with pytest.raises(EntailmentFolderBroken, match=name):
        EntailmentModel(folder)


@pytest.mark.parametrize(
    "labels", [("LABEL_0", "LABEL_1", "LABEL_2"), ("entailment", "not_entailment"), ()]
)
def test_labels_that_do_not_say_what_they_mean_are_refused(
    tmp_path: Path, labels: tuple[str, ...]
) -> None:
    folder = write_entailment_model(tmp_path, weights=(0.0, 0.1, -0.1), labels=labels)
    with pytest.raises(EntailmentFolderBroken, match="label three outputs"):
        EntailmentModel(folder)


def test_a_configuration_that_is_no_json_is_refused(tmp_path: Path) -> None:
    folder = write_entailment_model(tmp_path, weights=(0.0, 0.1, -0.1), labels=LABELS)
    (folder / "config.json").write_text("{", encoding="utf-8")
    with pytest.raises(EntailmentFolderBroken, match=r"config\.json cannot be read"):
        EntailmentModel(folder)
