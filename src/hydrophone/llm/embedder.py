"""The embedder that ships: bge-small-en-v1.5, quantised to int8, on onnxruntime."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from functools import partial
from typing import TYPE_CHECKING

from hydrophone.llm.files import ModelFiles
from hydrophone.llm.onnx import Lane, TextModel

if TYPE_CHECKING:
    from hydrophone.llm.base import Vectors

DIMENSIONS = 384
# From the model's card. Fused with word search it measured a hair better than none.
QUERY_PREFIX = "Represent this sentence for searching relevant passages: "


class OnnxEmbedder:
    """An Embedder with two lanes: questions never wait for passages.

    `files` are those of BGE_SMALL_EN; `query_threads` and `passage_threads` are how many texts of
    either kind are embedded side by side. Both lanes load their model when first used (about 60 MB
    each).
    """

    def __init__(
        self,
        files: ModelFiles,
        *,
        query_threads: int = 1,
        passage_threads: int = 1,
        query_prefix: str = QUERY_PREFIX,
    ) -> None:
        self.model = files.name
        self.dimensions = DIMENSIONS
        self._prefix = query_prefix
        self._questions = Lane(files, threads=query_threads)
        self._passages = Lane(files, threads=passage_threads, background=True)

    async def embed_query(self, text: str) -> Vectors:
        """The question's vector, float32 of shape (384,), length 1."""
        return await self._questions.submit(partial(_embed, text=self._prefix + text))

    async def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """The passages' vectors, float32 of shape (n, 384), length 1 each."""
        import numpy as np

        runs = [self._passages.submit(partial(_embed, text=text)) for text in texts]
        vectors = np.empty((len(texts), DIMENSIONS), np.float32)
        for row, vector in enumerate(await asyncio.gather(*runs)):
            vectors[row] = vector
        return vectors

    async def load(self) -> None:
        """Load the questions' model now rather than at the first question."""
        await self._questions.load()

    async def close(self) -> None:
        """Finish the text at hand and stop; whoever still waits gets ModelClosed."""
        await self._passages.close()
        await self._questions.close()


def _embed(model: TextModel, *, text: str) -> Vectors:
    """The first token's last hidden state, scaled to length 1: the pooling of the model's card."""
    import numpy as np

    pooled = model.run(text)[0, 0]
    return np.asarray(pooled / np.linalg.norm(pooled), np.float32)
