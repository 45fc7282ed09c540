"""What every reranker keeps, and what the cross-encoder adds."""

from __future__ import annotations

import asyncio

import pytest

from hydrophone.llm.base import Reranker
from hydrophone.llm.onnx import ModelClosed
from hydrophone.llm.overlap import WordOverlap
from hydrophone.llm.reranker import CrossEncoder

QUERY = "Who wrote the first program for a machine?"
ANSWER = "Ada Lovelace wrote the first program that was meant for a machine."
TEXTS = ["Bread is made of flour and water.", ANSWER, "Machines were first built of wood.", ""]


@pytest.fixture(params=["cross-encoder", "overlap"])
def reranker(request: pytest.FixtureRequest, cross_encoder: CrossEncoder) -> Reranker:
    return cross_encoder if request.param == "cross-encoder" else WordOverlap()


class TestEveryReranker:
    async def test_the_answer_scores_highest(self, reranker: Reranker) -> None:
        scores = await reranker.score(QUERY, TEXTS)
        assert len(scores) == len(TEXTS)
        assert max(scores) == scores[TEXTS.index(ANSWER)]
        assert all(type(score) is float for score in scores)

    async def test_the_same_texts_get_the_same_scores(self, reranker: Reranker) -> None:
        once, again = await asyncio.gather(
            reranker.score(QUERY, TEXTS), reranker.score(QUERY, TEXTS)
        )
        assert once == again

    async def test_scores_keep_to_their_texts(self, reranker: Reranker) -> None:
        forwards = await reranker.score(QUERY, TEXTS)
        backwards = await reranker.score(QUERY, TEXTS[::-1])
        assert forwards == backwards[::-1]

    async def test_no_texts_get_no_scores(self, reranker: Reranker) -> None:
        assert await reranker.score(QUERY, []) == []

    async def test_an_empty_query_is_scored_too(self, reranker: Reranker) -> None:
        assert len(await reranker.score("", TEXTS)) == len(TEXTS)

    async def test_its_kind_names_its_thresholds(self, reranker: Reranker) -> None:
        expected = "cross-encoder" if isinstance(reranker, CrossEncoder) else "overlap"
        assert reranker.kind == expected
        assert reranker.model


async def test_a_pairs_score_does_not_depend_on_the_others(cross_encoder: CrossEncoder) -> None:
    together = await cross_encoder.score(QUERY, TEXTS)
    alone = [(await cross_encoder.score(QUERY, [text]))[0] for text in TEXTS]
    assert together == alone


async def test_only_the_text_is_cut_when_a_pair_is_too_long(cross_encoder: CrossEncoder) -> None:
    filler = " Bread is made of flour and water." * 200
    first, last, bare = await cross_encoder.score(QUERY, [ANSWER + filler, filler + ANSWER, filler])
    assert first > bare + 2
    assert last == bare


async def test_a_query_beyond_all_limits_is_cut_too(cross_encoder: CrossEncoder) -> None:
    answer, other = await cross_encoder.score(QUERY + " why" * 5000, [ANSWER, TEXTS[0]])
    assert answer != other
    for query in ("why " * 5000, "w" * 100_000, "为什么" * 5000):
        (score,) = await cross_encoder.score(query, [ANSWER * 100])
        assert -20 < score < 20


async def test_cancelling_drops_the_pairs_that_wait(cross_encoder: CrossEncoder) -> None:
    task = asyncio.create_task(cross_encoder.score(QUERY, [ANSWER * 30] * 300))
    await asyncio.sleep(0)
    task.cancel()
    with pytest.raises(asyncio.CancelledError):
        await task
    # Would time this test out, at some 0.1 s a pair, if they were still in the queue.
    assert await cross_encoder.score(QUERY, [ANSWER])


async def test_a_closed_cross_encoder_refuses(cross_encoder: CrossEncoder) -> None:
    await cross_encoder.load()
    await cross_encoder.close()
    with pytest.raises(ModelClosed):
        await cross_encoder.score(QUERY, TEXTS)


async def test_closing_refuses_the_pairs_that_wait(cross_encoder: CrossEncoder) -> None:
    await cross_encoder.load()
    task = asyncio.create_task(cross_encoder.score(QUERY, [ANSWER * 30] * 300))
    await asyncio.sleep(0)
    await cross_encoder.close()
    with pytest.raises(ModelClosed):
        await task
