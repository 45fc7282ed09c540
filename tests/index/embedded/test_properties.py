"""Random documents and filters: nothing leaks, and the best that is allowed is found."""

import random
from datetime import timedelta
from pathlib import Path

import pytest

from hydrophone.index.base import Index, Match
from hydrophone.index.embedded import selections, vector_search, word_search
from hydrophone.index.embedded.index import EmbeddedIndex
from hydrophone.index.memory import MemoryIndex
from hydrophone.types import Document, Filter
from tests.index.support import NOW, hash_embedding, hash_vector, now

WORDS = [f"word{i}" for i in range(40)]
HOSTS = ["a.org", "b.a.org", "ba.org", "c.gov", "d.c.gov", "e.com"]
LANGUAGES = ["en", "en-GB", "de", None]


def random_document(dice: random.Random, number: int) -> Document:
    host, folder = dice.choice(HOSTS), dice.choice(["x", "xy", "x/y"])
    dated = dice.random() < 0.7
    return Document(
        url=f"https://{host}/{folder}/{number}",
        title=dice.choice(WORDS),
        text=" ".join(dice.choices(WORDS, range(len(WORDS), 0, -1), k=dice.randint(3, 40))) + ".",
        language=dice.choice(LANGUAGES),
        published=NOW - timedelta(hours=dice.randint(0, 2_000)) if dated else None,
    )


def random_filter(dice: random.Random) -> Filter:
    def some(values: list[str]) -> tuple[str, ...]:
        return tuple(dice.sample(values, dice.choice([0, 0, 1, 2])))

    return Filter(
        collections=some(["one", "two", "three"]),
        domains_allow=some(["a.org", ".gov", "e.com/x", "c.gov"]),
        domains_deny=some(["b.a.org", "d.c.gov/x/y", ".com"]),
        languages=some(["en", "de", "en-gb"]),
        recency=dice.choice([None, None, "day", "week", "month"]),
        url_prefix=dice.choice([None, None, "https://a.org/x", "https://c.gov/xy/"]),
    )


async def described(index: Index, matches: list[Match]) -> list[tuple[str, str, float]]:
    passages = await index.load([m.passage_id for m in matches])
    assert len(passages) == len(matches)
    scored = zip(passages, matches, strict=True)
    return [(p.collection, p.url, round(m.score, 4)) for p, m in scored]


@pytest.fixture(params=["narrow", "wide"])
def way(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> str:
    """Narrow filters list what they allow; wide ones fetch ever more until enough remain."""
    if request.param == "wide":
        monkeypatch.setattr(selections, "NARROW_PASSAGES", 0)
        monkeypatch.setattr(word_search, "_FETCH_AT_LEAST", 4)
        monkeypatch.setattr(vector_search, "_FETCH_AT_LEAST", 4)
        monkeypatch.setattr(vector_search, "_FETCH_FILTERED", 4)
        monkeypatch.setattr(word_search, "_FETCH_AT_MOST", 100)
        monkeypatch.setattr(vector_search, "_FETCH_AT_MOST", 100)
    return str(request.param)


@pytest.mark.parametrize("seed", [1, 2])
async def test_filtered_matches_are_the_allowed_ones_of_all_matches(
    tmp_path: Path, way: str, seed: int
) -> None:
    dice = random.Random(seed)
    memory = MemoryIndex(embedding=hash_embedding(), now=now)
    embedded = await EmbeddedIndex.open(tmp_path, embedding=hash_embedding(), now=now)
    for collection in ("one", "two", "three"):
        documents = [random_document(dice, i) for i in range(150)]
        for index in (memory, embedded):
            await index.put(documents, collection=collection)
    for prefix in ("https://ba.org/x/", "https://e.com/xy"):
        assert await memory.delete(url_prefix=prefix) == await embedded.delete(url_prefix=prefix)
    await embedded.settle()
    await embedded.vectors_settled()
    for _ in range(40):
        filter, k = random_filter(dice), dice.choice([1, 3, 10, 60])
        query = " ".join(dice.sample(WORDS, 3))
        vector = hash_vector(query)
        exact = await described(memory, await memory.match_vectors(vector, k, filter))
        found = await described(embedded, await embedded.match_vectors(vector, k, filter))
        assert [score for *_, score in found] == pytest.approx(
            [score for *_, score in exact], abs=2e-4
        )
        allowed = {
            (c, u)
            for c, u, _ in await described(memory, await memory.match_words(query, 1_000, filter))
        }
        ranked = await described(embedded, await embedded.match_words(query, 1_000, Filter()))
        matched = await described(embedded, await embedded.match_words(query, k, filter))
        assert matched == [hit for hit in ranked if hit[:2] in allowed][:k]
    await embedded.close()
