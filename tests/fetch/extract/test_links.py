"""Where pages lead and what they allow."""

from __future__ import annotations

import pytest

from hydrophone.fetch.extract.directives import Directives, read_directives, read_robots_tag
from hydrophone.fetch.extract.document import extract_page
from hydrophone.fetch.page import Link, Page

_URL = "https://sea.example/whales/index.html?page=1"
_WORDS = "<p>Whales sing in all the seas of the world, and each sea has its own song.</p>"


def _page(body: str, head: str = "", *, tag: str | None = None, url: str = _URL) -> Page:
    html = f"<!doctype html><html><head>{head}</head><body>{body}</body></html>"
    return extract_page(html.encode(), url, media_type="text/html", robots_tag=tag)


def _urls(page: Page) -> list[str]:
    return [link.url for link in page.links]


@pytest.mark.parametrize(
    ("href", "url"),
    [
        ("blue.html", "https://sea.example/whales/blue.html"),
        ("./blue.html#song", "https://sea.example/whales/blue.html"),
        ("../seals/", "https://sea.example/seals/"),
        ("/", "https://sea.example/"),
        ("?page=2", "https://sea.example/whales/index.html?page=2"),
        ("//cdn.example/x", "https://cdn.example/x"),
        (" \n HTTP://Other.example/a\nb ", "http://Other.example/ab"),
        ("a b.html", "https://sea.example/whales/a b.html"),
        ("w:hale", None),
        ("mailto:a@b.example", None),
        ("javascript:void(0)", None),
        ("JAVASCRIPT:void(0)", None),
        ("data:text/html,x", None),
        ("ftp://sea.example/x", None),
        ("http://[bad/", None),
        ("http://", None),
        ("#top", None),
        ("", None),
        ("x" * 3000, None),
    ],
)
def test_link_is_absolute_or_left_out(href: str, url: str | None) -> None:
    assert _urls(_page(f'<a href="{href}">go</a>')) == ([url] if url else [])


def test_each_link_comes_once_and_in_the_order_of_the_page() -> None:
    page = _page(
        '<a href="b">b</a><a href="a">a</a><map><area href="c"></map><a href="b#2">b</a>'
        '<iframe src="d"></iframe><a name="e">e</a>',
        '<link rel="next" href="?page=2"><link rel="alternate" hreflang="de" href="/de/">'
        '<link rel="stylesheet" href="s.css"><link rel="alternate" media="print" href="p">',
    )
    root = "https://sea.example/whales/"
    assert _urls(page) == [
        f"{root}index.html?page=2",
        "https://sea.example/de/",
        *(f"{root}{name}" for name in "bacd"),
    ]


def test_frames_of_a_page_without_text_are_links() -> None:
    page = _page('<frameset><frame src="menu.html"><frame src="main.html"></frameset>')
    assert page.document is None
    assert _urls(page) == [f"https://sea.example/whales/{name}.html" for name in ("menu", "main")]


def test_base_is_honoured_once() -> None:
    head = '<base target="_top"><base href="/docs/1/"><base href="/other/">'
    assert _urls(_page('<a href="x">x</a>', head)) == ["https://sea.example/docs/1/x"]
    broken = '<base href="javascript:x">'
    assert _urls(_page('<a href="x">x</a>', broken)) == ["https://sea.example/whales/x"]


@pytest.mark.parametrize("rel", ["nofollow", "UGC", "noopener sponsored"])
def test_untrusted_links_are_marked(rel: str) -> None:
    page = _page(f'<a rel="{rel}" href="a">a</a><a rel="noopener" href="b">b</a>')
    assert [link.nofollow for link in page.links] == [True, False]


def test_link_that_is_also_given_plainly_is_trusted() -> None:
    page = _page('<a rel="nofollow" href="a">a</a><a href="a">a</a><a rel="ugc" href="a">a</a>')
    assert page.links == (Link("https://sea.example/whales/a"),)


def test_canonical_is_the_first_valid_one() -> None:
    head = (
        '<link rel="canonical" href="mailto:x"><link rel="CANONICAL" href="/whales/#a">'
        '<link rel="canonical" href="/other">'
    )
    assert _page(_WORDS, head).canonical == "https://sea.example/whales/"
    assert _page(_WORDS).canonical is None


def test_feeds_are_found() -> None:
    head = (
        '<link rel="alternate" type="application/rss+xml" href="/rss">'
        '<link rel="alternate" type="application/atom+xml; charset=utf-8" href="/atom">'
        '<link rel="alternate" type="application/feed+json" href="/json">'
        '<link rel="alternate" type="text/html" href="/amp">'
        '<link rel="alternate" type="application/rss+xml" href="/rss">'
    )
    assert _page(_WORDS, head).feeds == tuple(
        f"https://sea.example/{name}" for name in ("rss", "atom", "json")
    )


@pytest.mark.parametrize(
    ("content", "target"),
    [
        ("0; url=/new", "https://sea.example/new"),
        ("5;URL='new.html'", "https://sea.example/whales/new.html"),
        (" 0.5 , /new ", "https://sea.example/new"),
        ("0;/new", "https://sea.example/new"),
        ("30", None),
        ("30; url=" + _URL, None),
        ("0; url=javascript:x", None),
        ("", None),
    ],
)
def test_refresh_names_where_it_leads(content: str, target: str | None) -> None:
    assert _page(_WORDS, f'<meta http-equiv="Refresh" content="{content}">').refresh == target


@pytest.mark.parametrize(
    ("content", "noindex", "nofollow"),
    [
        ("index, follow", False, False),
        ("NOINDEX", True, False),
        ("nofollow,noarchive", False, True),
        ("none", True, True),
        ("noindexing", False, False),
        ("unavailable_after: 2020-01-31", True, False),
        ("unavailable_after: Friday, 25-Jun-2010 15:00:00 GMT", True, False),
        ("unavailable_after: 25 Jun 2010 15:00:00 PST, nofollow", True, True),
        ("unavailable_after: 2999-01-31", False, False),
        ("unavailable_after: never", False, False),
    ],
)
def test_directives_are_read(content: str, noindex: bool, nofollow: bool) -> None:
    assert read_directives(content) == Directives(noindex, nofollow)


@pytest.mark.parametrize(
    ("value", "noindex", "nofollow"),
    [
        ("noindex", True, False),
        ("noindex, nofollow", True, True),
        ("otherbot: noindex, nofollow", False, False),
        ("HydrophoneBot: noindex, nofollow", True, True),
        ("otherbot: noindex, hydrophonebot: nofollow", False, True),
        ("nofollow, otherbot: noindex", False, True),
        ("otherbot: noindex\nnofollow", False, True),
        ("*: noindex", True, False),
        ("max-snippet: 20, noindex", True, False),
        ("unavailable_after: 25 Jun 2010 15:00:00 PST", True, False),
        ("hydrophonebot: unavailable_after: 25 Jun 2010 15:00:00 PST", True, False),
        ("", False, False),
        (":::,,:", False, False),
    ],
)
def test_robots_header_is_read(value: str, noindex: bool, nofollow: bool) -> None:
    assert read_robots_tag(value, "hydrophonebot") == Directives(noindex, nofollow)
    page = _page(_WORDS, tag=value)
    assert (page.noindex, page.nofollow) == (noindex, nofollow)


def test_robots_meta_counts_for_all_and_for_the_named_crawler() -> None:
    page = _page(_WORDS, '<meta name="Robots" content="noindex">')
    assert (page.noindex, page.nofollow, page.document) == (True, False, None)
    page = _page(_WORDS, '<meta name="hydrophonebot" content="nofollow">')
    assert (page.noindex, page.nofollow) == (False, True)
    assert page.document is not None
    page = _page(_WORDS, '<meta name="otherbot" content="none">')
    assert (page.noindex, page.nofollow) == (False, False)


def test_robots_header_holds_for_other_formats() -> None:
    page = extract_page(b"Whales sing.", "https://sea.example/a.txt", robots_tag="none")
    assert (page.noindex, page.nofollow, page.document) == (True, True, None)
    page = extract_page(b"Whales sing.", "https://sea.example/a.txt")
    assert page.document is not None
    assert page.document.text == "Whales sing."


def test_markdown_has_links() -> None:
    body = b"# Whales\n\nSee [seals](../seals.md#top), <https://other.example/> and [here](#a)."
    page = extract_page(body, "https://sea.example/docs/whales.md")
    assert _urls(page) == ["https://sea.example/seals.md", "https://other.example/"]
