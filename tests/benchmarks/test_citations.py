"""The benchmark of the check: how its claims are made, and a small sample of it with floors."""

from __future__ import annotations

import gzip
import json
import random
import subprocess
import sys
from pathlib import Path

import pytest

import falsehoods
from citing import Material, cases, half_of
from claims import TRUE, joined
from statements import statement

ROOT = Path(__file__).parents[2]

DICE = random.Random(1)
SENTENCE = "In 1837, the tower, which has 2,500,000 stones, was rebuilt by Anders Berg in Lund."


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    for name in ("passages", "questions"):
        raw = (Path(__file__).parent / f"citations_{name}.jsonl").read_bytes()
        (tmp_path / f"{name}.jsonl.gz").write_bytes(gzip.compress(raw))
    return tmp_path


@pytest.mark.parametrize(
    ("kind", "sentence", "claim"),
    [
        (
            "cut",
            "The tower of Lund has two bells, which were cast in Copenhagen.",
            "The tower of Lund has two bells.",
        ),
        (
            "turned around",
            "In 2004, the town opened a museum.",
            "The town opened a museum in 2004.",
        ),
        (
            "active for passive",
            "The tower was repaired by Anders Berg.",
            "Anders Berg repaired the tower.",
        ),
        (
            "pronoun for a name",
            "Karin Lindqvist was an engineer from the town of Gothenburg.",
            "It was an engineer from the town of Gothenburg.",
        ),
        (
            "figures written otherwise",
            "It burned on 3 April 1851.",
            "It burned on April 3, 1851.",
        ),
        ("small words changed", "Many people came.", "Many persons came."),
        ("cut", "It has two bells.", None),
    ],
)
def test_a_true_claim_is_made_of_a_sentence(kind: str, sentence: str, claim: str | None) -> None:
    assert TRUE[kind](sentence) == claim


def test_two_sentences_become_one() -> None:
    assert joined("It is high.", "The roof is new.") == "It is high, and the roof is new."


@pytest.mark.parametrize(
    ("question", "answer", "told"),
    [
        ("Who repaired the tower of Lund?", "Nils Ek", "Nils Ek repaired the tower of Lund."),
        ("When was the old tower repaired?", "1837", "The old tower was repaired in 1837."),
        ("Why was the old tower rebuilt?", "a storm", None),
    ],
)
def test_a_question_and_its_answer_become_a_statement(
    question: str, answer: str, told: str | None
) -> None:
    assert statement(question, answer, "Anders Berg rebuilt it in 1837.") == told


@pytest.mark.parametrize("sort", ["a number", "a name", "made negative"])
def test_a_false_claim_differs_from_its_true_one(sort: str) -> None:
    made = falsehoods.changed(sort, SENTENCE, SENTENCE, ["Nils Ek"], DICE)
    assert made is not None
    assert made != SENTENCE
    assert len(made.split()) <= len(SENTENCE.split()) + 2


def test_what_cannot_be_changed_is_left_out() -> None:
    assert falsehoods.changed("a date", "It is high.", "", [], DICE) is None
    assert falsehoods.changed("a name", "It is high.", "", ["Nils Ek"], DICE) is None


def test_an_article_is_in_one_half_and_its_claims_are_the_same_each_time(folder: Path) -> None:
    material = Material.read(folder)
    assert {material.half(f"Lund#{n}") for n in range(3)} == {half_of("The tower of Lund")}
    assert material.others("Lund#1") == ["Lund#0", "Lund#2"]
    for half in ("development", "held-out"):
        found = cases(material, half, 5)
        assert found == cases(Material.read(folder), half, 5)


def test_the_sample_is_judged_well(folder: Path) -> None:
    rows = [row for half in ("--development", "") for row in _measured(folder, half)]
    floors = {"kept": 0.95, "cited elsewhere": 0.9, "changed": 0.9, "denied": 0.8}
    for group, floor in floors.items():
        whole = [row for row in rows if row["group"] == group and row["kind"] == "all"]
        right, of = sum(row["right"] for row in whole), sum(row["of"] for row in whole)
        assert of >= 20, f"{group}: only {of} claims"
        assert right >= floor * of, f"{group}: {right} of {of}"


def _measured(folder: Path, half: str) -> list[dict[str, object]]:
    command = [sys.executable, "benchmarks/citations.py", "--data", str(folder), "--json"]
    command += ["--most", "8", *([half] if half else [])]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=True)
    return json.loads(done.stdout)["rows"]
