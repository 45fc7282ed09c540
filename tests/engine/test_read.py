"""Reading: the pages that a question names, and those that a search found."""

from __future__ import annotations

import asyncio
import hashlib
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, date, datetime

import pytest

from hydrophone.engine.read import Read, allowed, read, to_read
from hydrophone.errors import DocumentError
from hydrophone.search.pages import Pages
from hydrophone.search.reading import ENOUGH_CHARS, with_excerpt
from hydrophone.types import Document, Filter, ImageRef, Passage, SearchResult, SourceKind

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
TEXT = "Boats hum. " * 200 + "\n\nBlue whales sing below forty hertz."


def found(name: str, snippet: str = "an excerpt", kind: SourceKind = "web") -> SearchResult:
    return SearchResult(f"https://{name}.example/", name, snippet, kind, score=0.5)


def holding(result: SearchResult, chars: int) -> SearchResult:
    return replace(result, passages=(Passage("1", "x" * chars, "v", 0, chars),))


class Web:
    """Pages by the first label of their host; `moved` is a redirect, unknown ones are broken."""

    def __init__(self, **pages: Document) -> None:
        self.pages = pages
        self.asked: list[tuple[str, bool]] = []

    async def read_url(self, url: str, *, typed: bool = False) -> Document:
        self.asked.append((url, typed))
        name = url.split("//")[1].split(".")[0]
        if name == "slow":
            await asyncio.sleep(3600)
        if name not in self.pages:
            raise DocumentError(f"{url} is broken")
        return self.pages[name]


def page(name: str, **more: object) -> Document:
    return Document(f"https://{name}.example/", f"Title {name}", TEXT, **more)  # type: ignore[arg-type]


async def reading(
    web: Web,
    results: Sequence[SearchResult],
    named: Sequence[str] = (),
    filter: Filter | None = None,
    deadline_s: float = 5.0,
) -> Read:
    return await read(
        to_read(named, results, 5),
        results,
        "How deep do blue whales sing?",
        Pages(web),
        filter=filter or Filter(),
        now=NOW,
        deadline_s=deadline_s,
    )


async def test_a_found_page_gets_passages_of_its_own_text() -> None:
    outcome = await reading(Web(a=page("a", language="en")), [found("a")])
    [result] = outcome.results
    assert "forty hertz" in result.passages[0].text
    assert result.passages[0].version == hashlib.sha256(TEXT.encode()).hexdigest()
    assert (result.url, result.title, result.snippet) == ("https://a.example/", "a", "an excerpt")
    assert (result.language, result.score) == ("en", 0.5)
    assert outcome.pages == ("https://a.example/",)
    assert outcome.notices == ()


async def test_a_found_page_without_an_excerpt_is_shown_by_its_best_passage() -> None:
    outcome = await reading(Web(a=page("a")), [found("a", snippet="")])
    [result] = outcome.results
    assert result.snippet
    assert " ".join(result.passages[0].text.split()).startswith(result.snippet.removesuffix(" …"))


async def test_pictures_and_link_texts_of_kept_pages_come_along() -> None:
    whale, boat = ImageRef("https://x.example/w.png", "A whale"), ImageRef("b.png", "A boat")
    old = datetime(2020, 1, 1, tzinfo=UTC)
    web = Web(
        a=page("a", images=(whale,), link_texts=("How whales hear",)),
        b=page("b", images=(boat,), link_texts=("Old boats",), published=old),
    )
    recent = Filter(published_after=date(2024, 1, 1))
    outcome = await reading(web, [found("b")], ["https://a.example/"], filter=Filter())
    assert [one.url for one in outcome.images] == [whale.url, boat.url]
    assert outcome.images[0].origin_url == "https://a.example/"
    outcome = await reading(web, [found("b")], ["https://a.example/"], filter=recent)
    assert [one.url for one in outcome.images] == [whale.url]
    assert outcome.link_texts == ("How whales hear",)


async def test_a_page_that_cannot_be_read_keeps_its_excerpt_and_it_is_told() -> None:
    outcome = await reading(Web(a=page("a")), [found("broken", "The excerpt …"), found("a")])
    broken, good = outcome.results
    [passage] = broken.passages
    assert (passage.text, passage.start, passage.end) == ("The excerpt", 0, 11)
    assert passage.version == hashlib.sha256(b"The excerpt").hexdigest()
    assert "forty hertz" in good.passages[0].text
    assert outcome.pages == ("https://a.example/",)
    [notice] = outcome.notices
    assert (notice.kind, notice.message.split(",")[0]) == (
        "partial",
        "1 of 2 found pages could not be read",
    )
    assert "broken.example" in notice.message


async def test_a_slow_page_does_not_hold_up_the_others() -> None:
    outcome = await reading(Web(a=page("a")), [found("slow"), found("a")], deadline_s=0.05)
    assert [result.title for result in outcome.results] == ["slow", "a"]
    assert outcome.pages == ("https://a.example/",)


async def test_a_named_page_comes_first_and_was_typed() -> None:
    web = Web(named=page("named"), a=page("a"))
    outcome = await reading(web, [found("a")], ["https://named.example/"])
    assert [result.url for result in outcome.results] == [
        "https://named.example/",
        "https://a.example/",
    ]
    first = outcome.results[0]
    assert (first.title, first.kind) == ("Title named", "web")
    assert first.snippet
    assert web.asked == [("https://named.example/", True), ("https://a.example/", False)]


async def test_a_named_page_that_was_found_too_comes_once() -> None:
    web = Web(a=page("a"), b=page("b"))
    outcome = await reading(web, [found("b"), found("a")], ["http://a.example"])
    assert [result.url for result in outcome.results] == [
        "http://a.example",
        "https://b.example/",
    ]
    assert [url for url, _ in web.asked] == ["http://a.example", "https://b.example/"]


async def test_a_named_page_that_cannot_be_read_is_told_with_the_reason() -> None:
    outcome = await reading(Web(), [], ["https://named.example/"])
    assert outcome.results == ()
    [notice] = outcome.notices
    assert notice.message == (
        "The page that the question names was not read: https://named.example/ is broken"
    )


@pytest.mark.parametrize(
    ("filter", "kept"),
    [
        (Filter(), True),
        (Filter(languages=("en",)), False),
        (Filter(languages=("de",)), True),
        (Filter(published_after=date(2026, 11, 1)), False),
        (Filter(published_before=date(2026, 11, 1)), True),
        (Filter(domains_deny=("moved.example",)), False),
    ],
)
async def test_what_a_page_says_of_itself_is_held_against_the_filter(
    filter: Filter, kept: bool
) -> None:
    known = page("moved", language="de", published=datetime(2026, 10, 1, tzinfo=UTC))
    outcome = await reading(Web(a=known), [found("a")], filter=filter)
    assert bool(outcome.results) is kept


async def test_what_the_search_knew_stays_where_the_page_is_silent() -> None:
    dated = replace(found("a"), published=datetime(2026, 11, 20, tzinfo=UTC), language="de")
    outcome = await reading(Web(a=page("a")), [dated], filter=Filter(recency="week"))
    [result] = outcome.results
    assert (result.published, result.language) == (dated.published, "de")


def test_what_is_known_well_enough_is_not_read() -> None:
    results = [
        found("own", kind="own"),
        holding(found("whole"), ENOUGH_CHARS),
        holding(found("excerpt"), ENOUGH_CHARS - 1),
        SearchResult("file:///tmp/a", "file", "x", "web"),
        found("paper", kind="academic"),
    ]
    assert to_read((), results, 5).urls == ("https://excerpt.example/", "https://paper.example/")


def test_the_best_few_are_read() -> None:
    results = [found(f"r{n}") for n in range(9)]
    assert to_read((), results, 2).found == ("https://r0.example/", "https://r1.example/")
    assert to_read((), results, 0).urls == ()


def test_a_named_page_is_not_read_twice() -> None:
    reading = to_read(["https://a.example"], [found("a"), found("b")], 5)
    assert reading.urls == ("https://a.example", "https://b.example/")


def test_a_result_with_text_keeps_it() -> None:
    whole = holding(found("a"), 100)
    assert with_excerpt(whole) is whole
    assert with_excerpt(found("a", "")).passages == ()


def test_a_named_page_outside_of_the_filter_s_domains_is_not_read() -> None:
    urls = ("https://docs.example.com/a", "https://b.example/")
    filter = Filter(domains_allow=("example.com",), recency="day", languages=("de",))
    kept, notices = allowed(urls, filter, NOW)
    assert kept == urls[:1]
    assert [notice.message for notice in notices] == [
        "https://b.example/ was not read: the search filter excludes it."
    ]
