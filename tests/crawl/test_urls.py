"""One spelling for each page, and the spelling is the one that is asked for."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hydrophone.crawl.urls import looks_like_document, normalise
from hydrophone.fetch.guard import Guard

_BASE = "https://a.example/dir/page?q=1"
_GUARD = Guard(allow_loopback=True, allow_private=True)


@pytest.mark.parametrize(
    ("given_", "normal"),
    [
        ("HTTP://A.Example", "http://a.example/"),
        ("http://a.example:80/x", "http://a.example/x"),
        ("https://a.example:443/x", "https://a.example/x"),
        ("http://a.example:443/", "http://a.example:443/"),
        ("http://a.example:0080/", "http://a.example/"),
        ("http://a.example./x", "http://a.example/x"),
        ("http://Bücher.example/ü?ü", "http://xn--bcher-kva.example/%C3%BC?%C3%BC"),
        ("http://a.example/%7euser/%c3%bc", "http://a.example/~user/%C3%BC"),
        ("http://a.example/a/../b/./c/", "http://a.example/b/c/"),
        ("http://a.example/a/%2e%2E/b", "http://a.example/b"),
        ("http://a.example/a//b", "http://a.example/a//b"),
        ("http://a.example/a b%zz?c d", "http://a.example/a%20b%25zz?c%20d"),
        ("  http://a.exa\nmple/x\t", "http://a.example/x"),
        ("http://a.example/x?", "http://a.example/x"),
        ("http://a.example/x#part", "http://a.example/x"),
        ("http://a.example\\x\\y", "http://a.example/x/y"),
        ("http://0x7f.1/", "http://127.0.0.1/"),
        ("http://[2606:4700::0:1]:8080/", "http://[2606:4700::1]:8080/"),
    ],
)
def test_url_has_one_spelling(given_: str, normal: str) -> None:
    assert normalise(given_) == normal


@pytest.mark.parametrize(
    ("link", "absolute"),
    [
        ("", "https://a.example/dir/page?q=1"),
        ("#part", "https://a.example/dir/page?q=1"),
        ("other", "https://a.example/dir/other"),
        ("../up", "https://a.example/up"),
        ("../../../up", "https://a.example/up"),
        ("/root", "https://a.example/root"),
        ("\\root", "https://a.example/root"),
        ("?q=2", "https://a.example/dir/page?q=2"),
        ("//b.example/x", "https://b.example/x"),
        ("///b.example/x", "https://b.example/x"),
        ("http://b.example", "http://b.example/"),
        ("a:b", None),
        ("javascript:void(0)", None),
        ("mailto:a@b.example", None),
        ("tel:123", None),
        ("data:text/html,x", None),
    ],
)
def test_link_is_read_as_a_browser_reads_it(link: str, absolute: str | None) -> None:
    assert normalise(link, _BASE) == absolute


@pytest.mark.parametrize(
    "url",
    [
        "",
        "no scheme",
        "/path/only",
        "ftp://a.example/",
        "file:///etc/passwd",
        "http://",
        "http:///",
        "http://user:secret@a.example/",
        "http://a.example:99999/",
        "http://a.example:x/",
        "http://[::1/",
        "http://a..example/",
        "http://a%2eexample/",
        "http://a.example/\x00x",
        "http://a.example/\udcff",
        "http://" + "a" * 64 + ".example/",
        "http://a.example/" + "x" * 2000,
        "http://a.example/" + "ü" * 400,
    ],
)
def test_hopeless_url_is_none(url: str) -> None:
    assert normalise(url) is None


@pytest.mark.parametrize(
    ("query", "kept"),
    [
        ("utm_source=x&id=7&utm_medium=y", "id=7"),
        ("id=7&fbclid=IwAR0", "id=7"),
        ("gclid=x", ""),
        ("UTM_Campaign=x&b=2&a=1", "b=2&a=1"),
        ("b=2&a=1&b=3&c", "b=2&a=1&b=3&c"),
        ("PHPSESSID=0af3&p=1", "p=1"),
        ("p=1&jsessionid=A1.node", "p=1"),
        ("p=1&sid=0123456789abcdef0123456789abcdef", "p=1"),
        ("session=8d7fh28shd93jdh27dhw&p=1", "p=1"),
        ("s=0123456789abcdef0123456789abcdef", ""),
        ("sid=42", "sid=42"),
        ("sid=averylongnamewithoutdigits", "sid=averylongnamewithoutdigits"),
        ("s=0123456789abcdefs", "s=0123456789abcdefs"),
        ("s=whales", "s=whales"),
        ("session=spring", "session=spring"),
        ("source=rss&ref=home&cid=9&page=2", "source=rss&ref=home&cid=9&page=2"),
        ("not_utm_source=1", "not_utm_source=1"),
        ("p=4&replytocom=99", "p=4"),
    ],
)
def test_query_loses_what_names_no_other_page_and_keeps_its_order(query: str, kept: str) -> None:
    assert normalise(f"http://a.example/x?{query}") == "http://a.example/x" + (kept and f"?{kept}")


def test_session_ids_in_the_path_go() -> None:
    assert normalise("http://a.example/x;jsessionid=8F2?a=1") == "http://a.example/x?a=1"
    asp = "http://a.example/(S(lit3py55t21z5v55vlm25s55))/page.aspx"
    assert normalise(asp) == "http://a.example/page.aspx"
    assert normalise("http://a.example/f(x)/(S(y))/z") == "http://a.example/f(x)/(S(y))/z"


_CHARACTERS = "aBü%/.?&=+;:@!$'()*,~[]{}|\\^`\"<># \t\x00"
_PIECES = st.sampled_from(
    [*_CHARACTERS, "//", "..", "./", "%41", "%2f", "%zz", "utm_source=1", ";jsessionid=1"]
)


@settings(max_examples=400, deadline=None)
@given(st.lists(_PIECES, max_size=12).map("".join))
def test_normal_form_is_stable_and_is_what_the_guard_lets_out(tail: str) -> None:
    for url in (f"https://a.example/{tail}", f"https://a.example{tail}"):
        normal = normalise(url)
        if normal is not None:
            assert normalise(normal) == normal
            assert _GUARD.verdict(normal).url == normal


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=60))
def test_no_text_is_an_error(text: str) -> None:
    for url in (text, f"http://{text}", f"http://a.example/{text}"):
        for base in (None, _BASE):
            normal = normalise(url, base)
            assert normal is None or normal.startswith(("http://", "https://"))
        looks_like_document(url)


@pytest.mark.parametrize(
    "path",
    [
        "",
        "page",
        "page.html",
        "a.b/page",
        "x.PDF",
        "x.rtf",
        "x.php?f=a.jpg",
        "notes.txt.gz",
        "README.gz",
    ],
)
def test_documents_look_like_documents(path: str) -> None:
    assert looks_like_document(f"https://zip.zip/{path}")


def test_wikis_page_about_a_picture_is_a_document() -> None:
    assert looks_like_document("https://a.example/wiki/File:Whale.jpg")


@pytest.mark.parametrize(
    "path",
    ["a.JPG", "a.svg", "a.css", "app.min.js", "a.tar.gz", "a.zip?x=1", "a.mp4", "a.woff2", "a.doc"],
)
def test_pictures_archives_media_and_code_do_not(path: str) -> None:
    assert not looks_like_document(f"https://a.example/{path}")
