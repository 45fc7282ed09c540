"""What pages say of themselves: titles, authors, dates, languages."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from hydrophone.fetch.extract.dates import parse_date
from hydrophone.fetch.extract.document import extract_document
from hydrophone.fetch.extract.language import detect_language
from hydrophone.types import Document


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024-03-05", datetime(2024, 3, 5, tzinfo=UTC)),
        ("2024-03-05T10:00:00Z", datetime(2024, 3, 5, 10, tzinfo=UTC)),
        ("2024-03-05T10:00:00.123+02:00", datetime(2024, 3, 5, 8, tzinfo=UTC)),
        ("2024-03-05 10:30 -0500", datetime(2024, 3, 5, 15, 30, tzinfo=UTC)),
        ("Tue, 05 Mar 2024 10:00:00 GMT", datetime(2024, 3, 5, 10, tzinfo=UTC)),
        ("2024-13-05", None),
        ("1901-01-01", None),
        ("2999-01-01", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_date_is_read_or_left_out(text: str, moment: datetime | None) -> None:
    assert parse_date(text) == moment


def test_language_is_told_only_when_sure() -> None:
    german = "Schweinswale sind kleine Zahnwale, die in der Nordsee und in der Ostsee leben. "
    assert detect_language(german * 3) == "de"
    assert detect_language(german * 3, "de-AT") == "de"
    assert detect_language("ok", "fr") == "fr"
    assert detect_language("ok") is None
    assert detect_language("12345 67890 " * 20) is None
    assert detect_language("", "not a language") is None


_WORDS = "<p>Whales sing in all the seas of the world, and each sea has its own song.</p>" * 3


def _read(head: str, body: str = "") -> Document:
    html = f"<!doctype html><html><head>{head}</head><body>{body}{_WORDS}</body></html>"
    return extract_document(html.encode(), "https://sea.example/a", media_type="text/html")


def _json_ld(text: str) -> str:
    return f'<script type="application/ld+json">{text}</script>'


@pytest.mark.parametrize(
    ("head", "body", "title"),
    [
        ("<title>Songs - The Sea</title>", "<h1>Songs</h1>", "Songs"),
        ("<title>The Sea: Songs of whales</title>", "<h1>Songs of whales</h1>", "Songs of whales"),
        ("<title>Songs | The Sea</title>", "<h1>The Sea</h1>", "Songs"),
        ("<title>Songs - The Sea</title>", "<h1>The Sea</h1><h1>Songs</h1>", "Songs"),
        (
            '<meta property="og:title" content="Songs - The Sea">'
            '<meta property="og:site_name" content="The Sea"><title>x</title>',
            "",
            "Songs",
        ),
        ("<title>Songs - of whales</title>", "", "Songs - of whales"),
        ("", "<h1>Songs</h1>", "Songs"),
        ("<title>A</title>" + _json_ld('{"@type":"Article","headline":"B"}'), "", "A"),
    ],
)
def test_title_is_the_pages_own_and_not_its_sites(head: str, body: str, title: str) -> None:
    assert _read(head, body).title == title


@pytest.mark.parametrize(
    ("head", "body", "author"),
    [
        ('<meta name="author" content="Ada Lovelace">', "", "Ada Lovelace"),
        ('<meta name="author" content="admin">', "", None),
        ('<meta property="article:author" content="https://fb.example/ada">', "", None),
        (
            '<meta property="og:site_name" content="Sea"><meta name="author" content="Sea">',
            "",
            None,
        ),
        (
            '<meta name="citation_author" content="A. B.">'
            '<meta name="citation_author" content="C. D.">',
            "",
            "A. B., C. D.",
        ),
        (_json_ld('{"@type":"NewsArticle","author":{"name":"Ada"}}'), "", "Ada"),
        (
            _json_ld(
                '{"@graph":[{"@type":"WebPage"},{"@type":["Article"],"author":'
                '[{"@id":"#a"},{"name":"Bo"}]},{"@type":"Person","@id":"#a","name":"Ada"}]}'
            ),
            "",
            "Ada, Bo",
        ),
        (_json_ld('{"@type":"Article","comment":{"@type":"Comment","author":"Troll"}}'), "", None),
        (_json_ld('<!-- {"@type":"Article","author":"A\nda"} -->'), "", "A da"),
        (_json_ld('{"@type":"Article","author":'), "", None),
        (
            "",
            '<p class="byline">By <a rel="author" href="/ada">Ada Lovelace</a> | 3 May</p>',
            "Ada Lovelace",
        ),
        ("", '<span class="post-author">Von Ada Lovelace</span>', "Ada Lovelace"),
        ("", '<div class="comment"><b class="author">Troll</b></div>', None),
        ("", '<p class="authority">Harbour office</p>', None),
    ],
)
def test_author_is_a_name_or_nothing(head: str, body: str, author: str | None) -> None:
    assert _read(head, body).author == author


@pytest.mark.parametrize(
    ("head", "body", "published", "modified"),
    [
        (
            _json_ld(
                '{"@type":"Article","datePublished":"2024-03-05","dateModified":"2024-04-01"}'
            ),
            "",
            "2024-03-05",
            "2024-04-01",
        ),
        (
            _json_ld('{"@type":"VideoObject","uploadDate":"2020-01-01"},')
            + '<meta property="article:published_time" content="2024-03-05T00:00:00Z">',
            "",
            "2024-03-05",
            None,
        ),
        (
            '<meta name="date" content="2024-03-05">'
            '<meta name="dcterms.modified" content="2024-04-01">',
            "",
            "2024-03-05",
            "2024-04-01",
        ),
        ("", '<time itemprop="datePublished" datetime="2024-03-05">May</time>', "2024-03-05", None),
        ('<meta property="og:updated_time" content="2999-01-01">', "", None, None),
        ("", "", None, None),
    ],
)
def test_dates_are_the_pages_own(
    head: str, body: str, published: str | None, modified: str | None
) -> None:
    document = _read(head, body)
    assert document.published == (parse_date(published) if published else None)
    assert document.modified == (parse_date(modified) if modified else None)
