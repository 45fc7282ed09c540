"""Searching our own index, in memory and with vectors made by hashing."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime

import pytest

from hydrophone.errors import InvalidRequest, ServiceError
from hydrophone.index.memory import MemoryIndex
from hydrophone.ports import SearchOutcome
from hydrophone.search.own import PASSAGES_A_PAGE, SNIPPET_CHARS, OwnIndexSearcher, snippet
from hydrophone.types import Filter, ImageRef, RequestContext, SearchOptions, Video, VideoRef
from tests.index.support import (
    DIMENSIONS,
    HashEmbedder,
    Vector,
    document,
    hash_embedding,
    hash_vector,
    now,
)

LONG = " ".join(f"Whales sing song {number} in the deep sea." for number in range(300))


class HashedQueries:
    """The queries' side of the hashing embedder."""

    model = "hash"
    dimensions = DIMENSIONS

    def __init__(self) -> None:
        self.queries: list[str] = []

    async def embed_query(self, text: str) -> Vector:
        self.queries.append(text)
        return hash_vector(text)

    async def embed_passages(self, texts: Sequence[str]) -> Vector:
        raise NotImplementedError


@pytest.fixture
async def index() -> MemoryIndex:
    index = MemoryIndex(embedding=hash_embedding(HashEmbedder()), now=now)
    sea = [
        document("whales", "Blue whales sing below forty hertz.", language="en"),
        document("boats", "Boats hum in the harbour all day.", language="en"),
        document("wale", "Blauwale singen unter vierzig Hertz.", language="de"),
        document("long", LONG, published=datetime(2026, 11, 20, tzinfo=UTC)),
    ]
    await index.put(sea, collection="sea")
    await index.put([document("elephants", "Elephants hum on land.")], collection="land")
    return index


@pytest.fixture
def searcher(index: MemoryIndex) -> OwnIndexSearcher:
    return OwnIndexSearcher(index, HashedQueries())


async def search(
    searcher: OwnIndexSearcher, *queries: str, options: SearchOptions | None = None
) -> SearchOutcome:
    return await searcher.search(queries, options or SearchOptions(), RequestContext())


def names(outcome: SearchOutcome) -> list[str]:
    return [result.url.rsplit("/", 1)[1] for result in outcome.results]


async def test_the_page_that_fits_comes_first(searcher: OwnIndexSearcher) -> None:
    outcome = await search(searcher, "Which whales sing below forty hertz?")
    assert names(outcome)[0] == "whales"
    assert outcome.notices == ()


async def test_a_result_tells_what_is_known_of_its_page(searcher: OwnIndexSearcher) -> None:
    first = (await search(searcher, "blue whales below forty hertz")).results[0]
    assert first.title == "Whales"
    assert first.snippet == "Blue whales sing below forty hertz."
    assert (first.kind, first.collection, first.language) == ("own", "sea", "en")
    [passage] = first.passages
    assert (passage.start, passage.end) == (0, len(passage.text))
    assert passage.score == first.score == 1.0


async def test_each_page_comes_once_with_its_best_passages(searcher: OwnIndexSearcher) -> None:
    outcome = await search(searcher, "whales sing deep sea")
    assert len(names(outcome)) == len(set(names(outcome)))
    [long] = [result for result in outcome.results if result.url.endswith("long")]
    assert len(long.passages) == PASSAGES_A_PAGE
    scores = [passage.score for passage in long.passages]
    assert scores == sorted(scores, reverse=True)
    assert long.score == scores[0]


async def test_as_many_passages_of_a_page_come_as_are_wanted(searcher: OwnIndexSearcher) -> None:
    outcome = await search(searcher, "whales sing deep sea", options=SearchOptions(passages=2))
    [long] = [result for result in outcome.results if result.url.endswith("long")]
    assert len(long.passages) == 2


async def test_pages_come_in_the_order_of_their_scores(searcher: OwnIndexSearcher) -> None:
    scores = [result.score for result in (await search(searcher, "hum all day")).results]
    assert len(scores) > 2
    assert scores == sorted(scores, reverse=True)


@pytest.mark.parametrize("most", [1, 2, 50])
async def test_not_more_results_come_than_wanted(searcher: OwnIndexSearcher, most: int) -> None:
    options = SearchOptions(max_results=most)
    outcome = await search(searcher, "whales hum sing", options=options)
    assert len(outcome.results) == min(most, 5)


@pytest.mark.parametrize(
    ("where", "allowed"),
    [
        (Filter(collections=("land",)), {"elephants"}),
        (Filter(languages=("de",)), {"wale"}),
        (Filter(url_prefix="https://example.com/w"), {"whales", "wale"}),
        (Filter(published_after=date(2026, 11, 20)), {"long"}),
        (Filter(recency="week"), {"long"}),
        (Filter(domains_deny=("example.com",)), set()),
        (Filter(collections=("nowhere",)), set()),
    ],
)
async def test_no_result_breaks_the_filter(
    searcher: OwnIndexSearcher, where: Filter, allowed: set[str]
) -> None:
    options = SearchOptions(filter=where)
    outcome = await search(searcher, "whales hum sing hertz", options=options)
    assert set(names(outcome)) == allowed


async def test_several_queries_are_fused_and_each_page_comes_once(
    searcher: OwnIndexSearcher,
) -> None:
    outcome = await search(searcher, "blue whales forty hertz", "elephants on land")
    assert set(names(outcome)[:2]) == {"whales", "elephants"}
    assert len(names(outcome)) == len(set(names(outcome)))


async def test_the_same_question_gets_the_same_results(searcher: OwnIndexSearcher) -> None:
    outcomes = [await search(searcher, "sing hum", "sea") for _ in range(5)]
    assert all(outcome == outcomes[0] for outcome in outcomes)


async def test_the_order_of_the_queries_does_not_matter(searcher: OwnIndexSearcher) -> None:
    assert await search(searcher, "sing", "hum") == await search(searcher, "hum", "sing")


async def test_without_an_embedder_words_alone_are_searched_and_it_is_told(
    index: MemoryIndex,
) -> None:
    outcome = await search(OwnIndexSearcher(index, None), "Boats")
    assert names(outcome) == ["boats"]
    assert [notice.kind for notice in outcome.notices] == ["no_embedder"]


async def test_vectors_find_what_has_other_words(index: MemoryIndex) -> None:
    by_words = await search(OwnIndexSearcher(index, None), "zeppelin")
    by_both = await search(OwnIndexSearcher(index, HashedQueries()), "zeppelin")
    assert by_words.results == ()
    assert len(by_both.results) == 5


@pytest.mark.parametrize("queries", [[], [""], [" \n", ""]])
async def test_a_search_for_nothing_is_refused(
    searcher: OwnIndexSearcher, queries: list[str]
) -> None:
    with pytest.raises(InvalidRequest) as caught:
        await search(searcher, *queries)
    assert caught.value.param == "query"


async def test_blank_queries_beside_others_are_left_out(index: MemoryIndex) -> None:
    embedder = HashedQueries()
    await search(OwnIndexSearcher(index, embedder), " whales ", "", "\n")
    assert embedder.queries == ["whales"]


async def test_an_empty_index_finds_nothing() -> None:
    searcher = OwnIndexSearcher(MemoryIndex(embedding=hash_embedding()), HashedQueries())
    assert (await search(searcher, "whales")).results == ()


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("", ""),
        (" Whales\n  sing. ", "Whales sing."),
        ("x" * SNIPPET_CHARS, "x" * SNIPPET_CHARS),
        ("x" * (SNIPPET_CHARS + 1), "x" * SNIPPET_CHARS + " …"),
        ("word " * 100, ("word " * (SNIPPET_CHARS // 5)).strip() + " …"),
    ],
)
def test_a_snippet_is_one_line_cut_at_a_word(text: str, shown: str) -> None:
    assert snippet(text) == shown


class FailingQueries(HashedQueries):
    """Cannot embed questions that hold a certain word."""

    def __init__(self, error: Exception) -> None:
        super().__init__()
        self.error = error

    async def embed_query(self, text: str) -> Vector:
        if "boats" in text:
            raise self.error
        return await super().embed_query(text)


@pytest.mark.parametrize("error", [ServiceError("the model is closed"), OSError("no such file")])
async def test_when_the_embedder_fails_words_alone_are_searched_and_it_is_told(
    index: MemoryIndex, error: Exception
) -> None:
    searcher = OwnIndexSearcher(index, FailingQueries(error))
    outcome = await search(searcher, "boats")
    assert names(outcome) == ["boats"]
    assert [notice.kind for notice in outcome.notices] == ["no_embedder"]
    assert "failed" in outcome.notices[0].message


async def test_a_query_that_can_be_embedded_is_searched_by_both_all_the_same(
    index: MemoryIndex,
) -> None:
    searcher = OwnIndexSearcher(index, FailingQueries(OSError()))
    outcome = await search(searcher, "boats", "zeppelin")
    assert len(outcome.results) == 5
    assert len(outcome.notices) == 1


async def test_pages_that_say_the_same_come_once(index: MemoryIndex) -> None:
    copy = document("copy", "Blue whales sing below forty hertz.", published=now())
    await index.put([copy], collection="mirror")
    outcome = await search(OwnIndexSearcher(index, HashedQueries()), "blue whales forty hertz")
    assert "whales" not in names(outcome)
    assert names(outcome)[0] == "copy", "the one that tells its date is kept"


async def test_pictures_of_the_pages_come_when_they_are_wanted(
    index: MemoryIndex, searcher: OwnIndexSearcher
) -> None:
    crane = ImageRef("https://example.com/1.png", "A yellow crane lifts a boat")
    moon = ImageRef("https://example.com/2.png", "The moon")
    docks = document("docks", "Cranes lift boats in the docks.", images=(moon, crane))
    await index.put([docks], collection="sea")
    wanted = await search(searcher, "yellow crane", options=SearchOptions(images=True))
    assert [image.url for image in wanted.images] == [crane.url, moon.url]
    assert wanted.images[0].origin_url == docks.url
    assert (await search(searcher, "yellow crane")).images == ()


async def test_videos_of_the_pages_come_when_they_are_wanted(
    index: MemoryIndex, searcher: OwnIndexSearcher
) -> None:
    lift = VideoRef("https://video.example/lift")
    await index.put([document("docks", "Cranes lift boats.", videos=(lift,))], collection="sea")
    wanted = await search(searcher, "yellow crane", options=SearchOptions(videos=True))
    assert wanted.videos == (Video(lift.url),)
    assert (await search(searcher, "yellow crane")).videos == ()


async def test_links_of_the_pages_are_suggested_when_that_is_wanted(
    index: MemoryIndex, searcher: OwnIndexSearcher
) -> None:
    texts = ("The moon and tides", "How a yellow crane works")
    docks = document("docks", "Cranes lift boats in the docks.", link_texts=texts)
    await index.put([docks], collection="sea")
    wanted = await search(searcher, "yellow crane", options=SearchOptions(related=True))
    assert wanted.suggestions == ("How a yellow crane works", "The moon and tides")
    assert (await search(searcher, "yellow crane")).suggestions == ()


async def test_no_picture_is_no_trouble(searcher: OwnIndexSearcher) -> None:
    outcome = await search(searcher, "whales", options=SearchOptions(images=True))
    assert outcome.results
    assert outcome.images == ()
