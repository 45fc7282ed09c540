"""An entailment model of the user's own: a three-way cross-encoder (NLI) on onnxruntime."""

from __future__ import annotations

import json
import math
from collections.abc import Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from hydrophone.errors import NotConfigured
from hydrophone.llm.files import ModelFiles
from hydrophone.llm.onnx import Lane, TextModel

_MEANINGS = {"entail": "entails", "contradict": "contradicts", "neutral": "neutral"}


class EntailmentFolderBroken(NotConfigured):
    """The folder of the entailment model lacks a file, or its labels are not the three."""


@dataclass(frozen=True, slots=True)
class Entailment:
    """How likely a text entails a claim, contradicts it, or leaves it open; the three sum to 1."""

    entails: float
    contradicts: float
    neutral: float


class EntailmentModel:
    """Says whether a claim follows from texts.

    `folder` holds `model.onnx`, `tokenizer.json` and `config.json`, whose `id2label` names the
    outputs: any export of a three-way NLI cross-encoder. Raises EntailmentFolderBroken.
    """

    def __init__(self, folder: Path, *, threads: int = 1) -> None:
        self._places = _label_places(folder / "config.json")
        for name in ("model.onnx", "tokenizer.json"):
            if not (folder / name).is_file():
                raise EntailmentFolderBroken(
                    f"the entailment model's file {folder / name} is missing: "
                    "HYDROPHONE_ENTAILMENT_DIR must name a folder with model.onnx, tokenizer.json "
                    "and config.json"
                )
        files = ModelFiles(folder.name, folder / "model.onnx", folder / "tokenizer.json")
        self.model = folder.name
        self._lane = Lane(files, threads=threads)

    async def judge(self, claim: str, texts: Sequence[str]) -> list[Entailment]:
        """One judgement a text, in their order; the text is the premise, the claim follows or not.

        Raises ModelRunFailed and ModelClosed.
        """
        return await self._lane.all_of(
            [partial(_judge, claim=claim, text=text, places=self._places) for text in texts]
        )

    async def load(self) -> None:
        """Load the model now rather than at the first claim."""
        await self._lane.load()

    async def close(self) -> None:
        """Finish the pair at hand and stop; whoever still waits gets ModelClosed."""
        await self._lane.close()


def _label_places(config: Path) -> dict[str, int]:
    """Which output is which, from the labels in the model's configuration."""
    try:
        labels = json.loads(config.read_text(encoding="utf-8"))["id2label"]
        places = {_meaning(str(label)): int(place) for place, label in labels.items()}
    except (OSError, ValueError, KeyError, AttributeError) as error:
        raise EntailmentFolderBroken(
            f"{config} cannot be read, or has no id2label: {error}"
        ) from error
    if sorted(places) != sorted(_MEANINGS.values()) or len(labels) != len(_MEANINGS):
        raise EntailmentFolderBroken(
            f"{config} must label three outputs entailment, neutral and contradiction, not "
            + ", ".join(sorted(str(label) for label in labels.values()))
        )
    return places


def _meaning(label: str) -> str:
    return next((m for start, m in _MEANINGS.items() if label.lower().startswith(start)), label)


def _judge(model: TextModel, *, claim: str, text: str, places: dict[str, int]) -> Entailment:
    logits = [float(logit) for logit in model.run(text, claim)[0]]
    highest = max(logits)
    powers = [math.exp(logit - highest) for logit in logits]
    share = {meaning: powers[place] / sum(powers) for meaning, place in places.items()}
    return Entailment(**share)
