"""The reranker that ships: the cross-encoder ms-marco-MiniLM-L-12-v2, int8, on onnxruntime."""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

from hydrophone.llm.base import RerankerKind
from hydrophone.llm.files import ModelFiles
from hydrophone.llm.onnx import Lane, TextModel


class CrossEncoder:
    """A Reranker that reads query and text together.

    `files` are those of MS_MARCO_MINILM; `threads` is how many pairs are read side by side. Scores
    are raw logits, about -11.5 to 11; a pair's score does not depend on the other texts.
    """

    kind: RerankerKind = "cross-encoder"

    def __init__(self, files: ModelFiles, *, threads: int = 1) -> None:
        self.model = files.name
        self._lane = Lane(files, threads=threads)

    async def score(self, query: str, texts: Sequence[str]) -> list[float]:
        """One logit a text. Some 8 CPU-ms for a sentence of 30 words, 60 for a long passage."""
        return await self._lane.all_of([partial(_score, query=query, text=text) for text in texts])

    async def load(self) -> None:
        """Load the model now rather than at the first question."""
        await self._lane.load()

    async def close(self) -> None:
        """Finish the pair at hand and stop; whoever still waits gets ModelClosed."""
        await self._lane.close()


def _score(model: TextModel, *, query: str, text: str) -> float:
    return float(model.run(query, text)[0, 0])
