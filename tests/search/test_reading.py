"""What reading adds to results."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from hydrophone.search.reading import (
    ENOUGH_CHARS,
    as_known,
    needs_reading,
    unread_notice,
    with_excerpt,
)
from hydrophone.types import Document, Passage, SearchResult

FOUND = SearchResult("https://a.example/", "A", "An excerpt …", "web", language="en")
DAY = datetime(2026, 11, 3, tzinfo=UTC)


def holding(chars: int) -> SearchResult:
    return replace(FOUND, passages=(Passage("1", "x" * chars, "v", 0, chars),))


@pytest.mark.parametrize(
    ("result", "needed"),
    [
        (FOUND, True),
        (holding(ENOUGH_CHARS - 1), True),
        (holding(ENOUGH_CHARS), False),
        (replace(FOUND, kind="own"), False),
        (replace(FOUND, kind="academic"), True),
        (replace(FOUND, url="file:///a"), False),
    ],
)
def test_pages_of_the_web_need_reading_when_little_is_known_of_them(
    result: SearchResult, needed: bool
) -> None:
    assert needs_reading(result) is needed


def test_the_excerpt_is_a_passage_where_there_is_no_other() -> None:
    [passage] = with_excerpt(FOUND).passages
    assert (passage.text, passage.start, passage.end) == ("An excerpt", 0, 10)
    assert with_excerpt(holding(5)) == holding(5)
    assert with_excerpt(replace(FOUND, snippet="")).passages == ()


def test_what_a_page_says_of_itself_counts_and_the_rest_stays() -> None:
    page = Document("https://there.example/", "There", "", published=DAY)
    known = as_known(FOUND, page)
    assert (known.url, known.published, known.language) == ("https://there.example/", DAY, "en")


def test_pages_that_were_not_read_are_told_by_their_hosts() -> None:
    unread = [f"https://{name}.example/{n}" for name in "abcd" for n in range(2)]
    message = unread_notice(unread, 9).message
    assert message.startswith("8 of 9 found pages could not be read")
    assert message.endswith("a.example, b.example, c.example …")
