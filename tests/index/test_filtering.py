"""For documents and filters by chance: nothing leaks, no best is missed, ties stand still.

The truth is the ranking of everything, of which a plain test of each document strikes out what
the filter forbids; for vectors it is each passage compared by hand.
"""

from __future__ import annotations

import tempfile
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from hydrophone.index.base import Index, Match
from hydrophone.index.chunking import embedding_text
from hydrophone.index.embedded import selections, vector_search, word_search
from hydrophone.index.embedded.index import EmbeddedIndex
from hydrophone.index.memory import MemoryIndex
from hydrophone.types import Filter
from tests.index.filtering import COLLECTIONS, WORDS, Put, allows, filters, puts
from tests.index.support import hash_embedding, hash_vector, now

ALL = 10_000
SEARCHES = 10
searches = st.lists(
    st.tuples(
        filters,
        st.lists(st.sampled_from(WORDS), min_size=1, max_size=4).map(" ".join),
        st.sampled_from([1, 3, 20]),
    ),
    min_size=SEARCHES,
    max_size=SEARCHES,
)
examples = settings(
    max_examples=12,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.function_scoped_fixture],
)


@asynccontextmanager
async def opened(kind: str) -> AsyncIterator[Index]:
    if kind == "memory":
        yield MemoryIndex(embedding=hash_embedding(), now=now)
        return
    with tempfile.TemporaryDirectory() as folder:
        index = await EmbeddedIndex.open(Path(folder), embedding=hash_embedding(), now=now)
        try:
            yield index
        finally:
            await index.close()


@pytest.fixture(params=["memory", "narrow", "wide"])
def kind(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Narrow: the allowed are listed. Wide: ever more is fetched, and listed when that fails."""
    if request.param == "wide":
        monkeypatch.setattr(selections, "NARROW_PASSAGES", 0)
        monkeypatch.setattr(vector_search, "_COMPARED_ALWAYS", 0)
        monkeypatch.setattr(vector_search, "_FETCH_FILTERED", 2)
        for module in (word_search, vector_search):
            monkeypatch.setattr(module, "_FETCH_AT_LEAST", 2)
            monkeypatch.setattr(module, "_FETCH_AT_MOST", 16)
    return str(request.param)


async def allowed_ids(index: Index, there: Sequence[Put], filter: Filter) -> dict[int, Put]:
    """The passages that the filter allows, each with its document; every document has one."""
    by_place = {(put.collection, put.document.url): put for put in there}
    ids = [str(number) for number in range(1, 200)]
    return {
        int(p.passage.id): by_place[p.collection, p.url]
        for p in await index.load(ids)
        if allows(filter, by_place[p.collection, p.url])
    }


def similarity(put: Put, query: str) -> float:
    document = put.document
    vector = hash_vector(embedding_text(document.title, (), document.text))
    return float(vector.astype(np.float16).astype(np.float32) @ hash_vector(query))


def in_order(matches: Sequence[Match]) -> bool:
    keys = [(-match.score, int(match.passage_id)) for match in matches]
    return keys == sorted(keys)


@examples
@given(puts(), searches)
async def test_what_a_filter_allows_is_found_and_nothing_else(
    kind: str, made: list[Put], asked: list[tuple[Filter, str, int]]
) -> None:
    async with opened(kind) as index:
        for collection in COLLECTIONS:
            documents = [put.document for put in made if put.collection == collection]
            await index.put(documents, collection=collection)
        there = list({(put.collection, put.document.url): put for put in made}.values())
        await index.settle()
        await index.vectors_settled()
        for filter, query, k in asked:
            allowed = await allowed_ids(index, there, filter)
            everything = await index.match_words(query, ALL, Filter())
            words = await index.match_words(query, k, filter)
            assert words == [m for m in everything if int(m.passage_id) in allowed][:k]
            truth = sorted((similarity(put, query) for put in allowed.values()), reverse=True)
            vectors = await index.match_vectors(hash_vector(query), k, filter)
            assert {int(match.passage_id) for match in vectors} <= set(allowed)
            assert [match.score for match in vectors] == pytest.approx(truth[:k], abs=1e-5)
            assert in_order(everything)
            assert in_order(words)
            assert in_order(vectors)
            assert words == await index.match_words(query, k, filter)
            assert vectors == await index.match_vectors(hash_vector(query), k, filter)
