"""Vectors of documents' chunks, with the real model."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import AsyncIterator, Sequence
from typing import Any

import numpy as np
import pytest

from hydrophone.errors import InvalidRequest
from hydrophone.llm.embedder import OnnxEmbedder
from hydrophone.llm.embedding.documents import CONTEXT_TOKENS, DocumentEmbedder
from hydrophone.llm.embedding.tokens import WINDOW_TOKENS
from hydrophone.llm.files import BGE_SMALL_EN, find_model_files
from hydrophone.llm.onnx import ModelClosed, TextModel
from hydrophone.ports import Embedded, EmbeddingOrder
from hydrophone.types import RequestContext

FILES = find_model_files(BGE_SMALL_EN)
WHALES = "The blue whale is the largest animal that has ever lived."
IT = "It sings below forty hertz."
CATHEDRAL = "The cathedral of Cologne took six hundred years to build."


@pytest.fixture
async def maker() -> AsyncIterator[DocumentEmbedder]:
    maker = DocumentEmbedder(FILES, threads=2)
    yield maker
    await maker.close()


async def made(
    maker: DocumentEmbedder,
    *documents: Sequence[str],
    dimensions: int | None = None,
    context: RequestContext | None = None,
) -> Embedded:
    order = EmbeddingOrder("any", tuple(map(tuple, documents)), dimensions)
    return await maker.embed(order, context or RequestContext())


async def test_a_text_that_stands_alone_has_the_embedders_vector(
    maker: DocumentEmbedder, embedder: OnnxEmbedder
) -> None:
    texts = [WHALES, "größer 中文 🐈", " ", "tide " * 200]
    embedded = await made(maker, *([text] for text in texts))
    assert embedded.model == embedder.model == "bge-small-en-v1.5-int8"
    assert [vectors.shape for vectors in embedded.vectors] == [(1, 384)] * 4
    alone = await embedder.embed_passages(texts)
    np.testing.assert_allclose(np.concatenate(embedded.vectors), alone, atol=1e-6)


async def test_all_of_a_long_text_counts_by_its_length(maker: DocumentEmbedder) -> None:
    whole = "tide " * WINDOW_TOKENS + "whale " * WINDOW_TOKENS
    embedded = await made(maker, ["tide " * WINDOW_TOKENS], ["whale " * WINDOW_TOKENS], [whole])
    (tide,), (whale,), (both,) = embedded.vectors
    middle = (tide + whale) / np.linalg.norm(tide + whale)
    np.testing.assert_allclose(both, middle, atol=1e-5)
    assert embedded.tokens == 4 * WINDOW_TOKENS


async def test_a_chunk_has_its_document_in_view(maker: DocumentEmbedder) -> None:
    embedded = await made(maker, [IT], [WHALES, IT], [CATHEDRAL, IT], [WHALES], ["blue whales"])
    (alone,), (_, of_whale), (_, of_cathedral), _, (asked,) = embedded.vectors
    assert of_whale @ asked > alone @ asked > of_cathedral @ asked
    # Something of it, and not the document in place of the chunk.
    assert of_whale @ alone > 0.85


async def test_a_long_chunk_leans_less_on_the_others(maker: DocumentEmbedder) -> None:
    long = f"{IT} The song carries for hundreds of kilometres through deep water. " * 8
    embedded = await made(maker, [IT], [long], [CATHEDRAL, IT], [CATHEDRAL, long])
    (short_alone,), (long_alone,), (_, short), (_, together) = embedded.vectors
    assert together @ long_alone > 0.98 > short @ short_alone
    assert CONTEXT_TOKENS < 60


async def test_chunks_that_do_not_fit_into_one_window_all_have_vectors(
    maker: DocumentEmbedder,
) -> None:
    chunks = ["tide " * 300, "whale " * 300, " ", "boat " * (WINDOW_TOKENS + 5), "song", "sea"]
    embedded = await made(maker, chunks)
    [vectors] = embedded.vectors
    np.testing.assert_allclose(np.linalg.norm(vectors, axis=1), 1, atol=1e-5)
    assert embedded.tokens == 300 + 300 + WINDOW_TOKENS + 5 + 2


async def test_order_and_company_of_documents_do_not_matter(maker: DocumentEmbedder) -> None:
    one, other = [WHALES, IT], [CATHEDRAL, "It is tall."]
    together, backwards = await made(maker, one, other), await made(maker, other, one)
    np.testing.assert_array_equal(together.vectors[0], backwards.vectors[1])
    np.testing.assert_array_equal(together.vectors[1], backwards.vectors[0])


@pytest.mark.parametrize("dimensions", [128, 383, 384])
async def test_fewer_dimensions_are_the_first_ones_scaled(
    maker: DocumentEmbedder, dimensions: int
) -> None:
    [whole] = (await made(maker, [WHALES, IT])).vectors
    [cut] = (await made(maker, [WHALES, IT], dimensions=dimensions)).vectors
    first = whole[:, :dimensions]
    assert cut.shape == (2, dimensions)
    np.testing.assert_allclose(cut, first / np.linalg.norm(first, axis=1, keepdims=True), atol=1e-5)


@pytest.mark.parametrize("dimensions", [127, 385, 1536])
async def test_dimensions_that_there_are_not_are_refused_with_the_model(
    maker: DocumentEmbedder, dimensions: int
) -> None:
    with pytest.raises(InvalidRequest, match=r"bge-small.*128 to 384") as caught:
        await made(maker, [WHALES], dimensions=dimensions)
    assert caught.value.param == "dimensions"


async def test_tokens_are_metered_once_whatever_else_is_read(maker: DocumentEmbedder) -> None:
    context = RequestContext()
    embedded = await made(maker, ["a whale", "it sings", "sea"], ["sea"], context=context)
    assert context.meter.usage.prompt_tokens == embedded.tokens == 2 + 2 + 1 + 1


async def test_cancelling_stops_the_work_within_some_runs(
    maker: DocumentEmbedder, monkeypatch: pytest.MonkeyPatch
) -> None:
    begun, go_on, runs = threading.Event(), threading.Event(), []

    def waiting(self: TextModel, ids: Sequence[int]) -> Any:
        runs.append(len(ids))
        begun.set()
        assert go_on.wait(10)
        return np.ones((1, len(ids), 384), np.float32)

    monkeypatch.setattr(TextModel, "run_ids", waiting)
    context = RequestContext()
    task = asyncio.create_task(made(maker, *([["tide"]] * 400), context=context))
    assert await asyncio.to_thread(begun.wait, 10)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    go_on.set()
    await maker.close()
    assert len(runs) <= 2
    assert context.meter.usage.prompt_tokens == 0


async def test_orders_take_turns(maker: DocumentEmbedder) -> None:
    await made(maker, ["load"])
    long = asyncio.create_task(made(maker, *([["tide " * 400]] * 60)))
    await asyncio.sleep(0)
    await made(maker, ["whale"])
    assert not long.done()
    long.cancel()
    await asyncio.gather(long, return_exceptions=True)


async def test_a_closed_maker_says_so() -> None:
    maker = DocumentEmbedder(FILES)
    await maker.close()
    with pytest.raises(ModelClosed):
        await made(maker, [WHALES])
