"""Vectors of chunks, each with its document in view.

A chunk's own vector is that of the embedder: the first token's state, of a text longer than the
model's window the mean over its windows by their tokens. Where a document has several chunks, each
gets something of the others: the mean of its tokens' states when the model reads the chunks
together ("late chunking", Günther and others, 2024), scaled to length 1 and weighted by
`CONTEXT_TOKENS` over the chunk's tokens, at most 1. The fewer words a chunk has the more they lean
on what stands around them, and of long ones the shared context takes away more than it gives:
benchmarks/embeddings.py measures both.
"""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import AsyncGenerator, Iterator, Sequence
from contextlib import aclosing
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from hydrophone.errors import InvalidRequest
from hydrophone.llm.embedder import DIMENSIONS
from hydrophone.llm.embedding.tokens import WINDOW_TOKENS, Ids, Tokens, windows
from hydrophone.llm.files import ModelFiles
from hydrophone.llm.onnx import Lane, TextModel
from hydrophone.ports import Embedded, EmbeddingOrder
from hydrophone.types import RequestContext

if TYPE_CHECKING:
    from hydrophone.llm.base import Vectors

LEAST_DIMENSIONS = 128
CONTEXT_TOKENS = 25
_AHEAD = 2


@dataclass(frozen=True, slots=True)
class Run:
    """One run of the model, over one window.

    `places` are the chunks (document, chunk) that it is for, each with the number of its tokens in
    the window. `together`: several chunks are read together.
    """

    ids: Ids
    places: tuple[tuple[int, int, int], ...]
    together: bool = False


class DocumentEmbedder:
    """Makes the vectors of orders, in a lane of its own: neither questions nor the index wait.

    `files` are those of BGE_SMALL_EN, loaded by the first order (about 60 MB).
    """

    def __init__(self, files: ModelFiles, *, threads: int = 1) -> None:
        self.model = files.name
        self._files = files
        self._threads = threads
        self._lane = Lane(files, threads=threads)
        self._tokens: Tokens | None = None
        self._opening = asyncio.Lock()

    async def embed(self, order: EmbeddingOrder, context: RequestContext) -> Embedded:
        """The vectors of an order; see the port `Embeddings`. Raises ModelRunFailed as well."""
        import numpy as np

        dimensions = self._checked(order.dimensions)
        tokens = await self._opened()
        read = await asyncio.to_thread(tokens.read, order.documents)
        own = [np.zeros((len(chunks), DIMENSIONS), np.float32) for chunks in read]
        shared = [np.zeros_like(vectors) for vectors in own]
        async with aclosing(self._done(list(_runs(read)), tokens)) as done:
            async for run, states in done:
                into = shared if run.together else own
                for (document, chunk, count), state in zip(run.places, states, strict=True):
                    into[document][chunk] += state * max(1, count)
                    if not run.together:
                        context.meter.add(prompt_tokens=count)
        vectors = tuple(
            _blended(own_ones, shared_ones, chunks, dimensions)
            for own_ones, shared_ones, chunks in zip(own, shared, read, strict=True)
        )
        total = sum(len(ids) for chunks in read for ids in chunks)
        return Embedded(self.model, vectors, total)

    async def close(self) -> None:
        """Finish the run at hand and stop; whoever still waits gets ModelClosed."""
        await self._lane.close()

    def _checked(self, dimensions: int | None) -> int:
        wanted = DIMENSIONS if dimensions is None else dimensions
        if not LEAST_DIMENSIONS <= wanted <= DIMENSIONS:
            raise InvalidRequest(
                f"the model here, {self.model}, gives {LEAST_DIMENSIONS} to {DIMENSIONS} "
                f"dimensions, not {wanted}",
                param="dimensions",
            )
        return wanted

    async def _opened(self) -> Tokens:
        async with self._opening:
            if self._tokens is None:
                self._tokens = await asyncio.to_thread(Tokens, self._files)
        return self._tokens

    async def _done(
        self, runs: Sequence[Run], tokens: Tokens
    ) -> AsyncGenerator[tuple[Run, Vectors]]:
        """The runs with their states, in order. No more wait than keep the threads busy: orders
        take turns, and what is cancelled has hardly begun."""
        waiting: deque[tuple[Run, asyncio.Future[Vectors]]] = deque()
        try:
            for run in runs:
                waiting.append((run, self._lane.submit(partial(_states, run=run, tokens=tokens))))
                if len(waiting) >= self._threads + _AHEAD:
                    oldest, states = waiting.popleft()
                    yield oldest, await states
            while waiting:
                oldest, states = waiting.popleft()
                yield oldest, await states
        finally:
            for _, states in waiting:
                states.cancel()


def _runs(read: Sequence[Sequence[Ids]]) -> Iterator[Run]:
    for document, chunks in enumerate(read):
        for chunk, ids in enumerate(chunks):
            for window in windows(ids):
                yield Run(window, ((document, chunk, len(window)),))
        for group in _groups(chunks):
            ids = [one for chunk in group for one in chunks[chunk]]
            places = tuple((document, chunk, len(chunks[chunk])) for chunk in group)
            yield Run(ids, places, together=True)


def _groups(chunks: Sequence[Ids]) -> Iterator[list[int]]:
    """Neighbours that fit into one window, two at least; a chunk without tokens is in none."""
    group: list[int] = []
    size = 0
    for chunk, ids in enumerate(chunks):
        if group and size + len(ids) > WINDOW_TOKENS:
            if len(group) > 1:
                yield group
            group, size = [], 0
        if 0 < len(ids) <= WINDOW_TOKENS:
            group.append(chunk)
            size += len(ids)
    if len(group) > 1:
        yield group


def _states(model: TextModel, *, run: Run, tokens: Tokens) -> Vectors:
    """A row for each of the run's places, of length 1."""
    import numpy as np

    states = model.run_ids(tokens.marked(run.ids))[0]
    if not run.together:
        return _unit(states[:1])
    starts = np.cumsum([1, *(count for _, _, count in run.places)])
    return _unit(np.add.reduceat(states[: starts[-1]], starts[:-1]))


def _blended(own: Vectors, shared: Vectors, chunks: Sequence[Ids], dimensions: int) -> Vectors:
    """The vectors of one document's chunks: their own, and something of what all share."""
    import numpy as np

    shares = [[CONTEXT_TOKENS / max(CONTEXT_TOKENS, len(ids))] for ids in chunks]
    share = np.array(shares, np.float32)
    return _unit((_unit(own) + share * _unit(shared))[:, :dimensions])


def _unit(rows: Vectors) -> Vectors:
    """The rows scaled to length 1; zeros stay zeros."""
    import numpy as np

    lengths = np.linalg.norm(rows, axis=1, keepdims=True)
    return np.asarray(rows / np.where(lengths == 0, 1, lengths), np.float32)
