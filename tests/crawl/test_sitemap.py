"""Sitemaps as sites write them: whole, broken, packed, hostile."""

from __future__ import annotations

import gzip
import resource
from datetime import UTC, datetime
from pathlib import Path

import pytest

from hydrophone.crawl.sitemap import ENTRY_LIMIT, Sitemap, SitemapEntry, read_sitemap

_URL = "https://a.example/sitemap.xml"
_SPACE = 'xmlns="http://www.sitemaps.org/schemas/sitemap/0.9"'
_PAGES = f"""<?xml version="1.0" encoding="UTF-8"?>
<!-- made by hand -->
<urlset {_SPACE} xmlns:image="http://www.google.com/schemas/sitemap-image/1.1">
<url><loc> https://a.example/a?x=1&amp;y=2 </loc><lastmod>2024-03-05T12:00:00+02:00</lastmod>
<changefreq>Daily</changefreq><priority>0.5</priority>
<image:image><image:loc>https://a.example/a.png</image:loc></image:image></url>
<url><loc><![CDATA[https://a.example/b]]></loc><lastmod>2023</lastmod></url>
<url><loc>/c</loc><lastmod>soon</lastmod><changefreq>often</changefreq></url>
</urlset>"""
_READ = (
    SitemapEntry("https://a.example/a?x=1&y=2", datetime(2024, 3, 5, 10, tzinfo=UTC), "daily"),
    SitemapEntry("https://a.example/b", datetime(2023, 1, 1, tzinfo=UTC)),
    SitemapEntry("https://a.example/c"),
)


@pytest.mark.parametrize(
    "body",
    [
        _PAGES.encode(),
        b"\xef\xbb\xbf\n " + _PAGES.encode(),
        _PAGES.replace("UTF-8", "UTF-16").encode("utf-16"),
        _PAGES.replace(_SPACE, "").encode(),
        _PAGES.replace("0.9", "0.84").encode(),
        gzip.compress(_PAGES.encode()),
        _PAGES.replace("</urlset>", "").encode(),
        _PAGES.replace("</urlset>", "<url><loc>https://a.example/cut").encode(),
        _PAGES.replace("</urlset>", "<url><loc>https://a.example/c</loc></url></urlset").encode(),
        _PAGES.replace("made by hand", "\x01 & <").encode(),
    ],
    ids=["plain", "mark", "utf-16", "bare", "old", "gzip", "unclosed", "cut", "twice", "controls"],
)
def test_pages_are_read_with_dates(body: bytes) -> None:
    assert read_sitemap(body, _URL) == Sitemap(pages=_READ)


def test_namespace_prefixes_make_no_difference() -> None:
    body = (
        b'<s:urlset xmlns:s="x"><s:url><s:loc>https://a.example/1</s:loc></s:url>'
        b"<s:url><s:loc>https://a.example/2</s:loc></s:ur"
    )
    assert [page.url for page in read_sitemap(body, _URL).pages] == ["https://a.example/1"]


def test_broken_gzip_gives_what_can_be_had() -> None:
    body = "".join(f"<url><loc>https://a.example/{n}</loc></url>" for n in range(50_000))
    packed = gzip.compress(f"<urlset>{body}</urlset>".encode())
    pages = read_sitemap(packed[: len(packed) // 2], _URL).pages
    assert 1000 < len(pages) < 50_000
    assert [page.url for page in pages] == [f"https://a.example/{n}" for n in range(len(pages))]


def test_index_names_further_sitemaps() -> None:
    body = f"""<sitemapindex {_SPACE}><sitemap><loc>https://a.example/1.xml.gz</loc>
    <lastmod>2024-01-01</lastmod></sitemap><sitemap><loc>2.xml</loc></sitemap></sitemapindex>"""
    found = read_sitemap(body.encode(), "https://a.example/maps/index.xml")
    assert found.sitemaps == ("https://a.example/1.xml.gz", "https://a.example/maps/2.xml")
    assert found.pages == ()


def test_list_in_plain_text_is_read() -> None:
    body = (
        b"\xef\xbb\xbfhttps://a.example/1\r\n\r\nhttps://a.example/1#x\nno url\nHTTP://a.example/2"
    )
    urls = [page.url for page in read_sitemap(body, _URL).pages]
    assert urls == ["https://a.example/1", "http://a.example/2"]


def test_feed_serves_as_a_sitemap() -> None:
    body = b"<rss><channel><item><link>https://a.example/1</link></item></channel></rss>"
    assert read_sitemap(body, _URL).pages == (SitemapEntry("https://a.example/1"),)


@pytest.mark.parametrize(
    "body",
    [b"", b"   ", b"\x00" * 99, b"\xff\xfe", b"<", b"<html><p>404<p>", b"{}", b"\x1f\x8b\x08rest"],
)
def test_what_is_no_sitemap_lists_nothing(body: bytes) -> None:
    assert read_sitemap(body, _URL) == Sitemap()


@pytest.mark.parametrize("place", ["<loc>https://a.example/&z9;</loc>", "<loc x='&z9;'>y</loc>"])
def test_entity_bomb_does_not_go_off(place: str) -> None:
    entities = "".join(f'<!ENTITY z{n + 1} "{f"&z{n};" * 20}">' for n in range(9))
    body = f'<!DOCTYPE u [<!ENTITY z0 "boom">{entities}]><urlset><url>{place}</url></urlset>'
    pages = read_sitemap(body.encode(), _URL).pages
    assert all("boom" not in page.url and len(page.url) < 100 for page in pages)


@pytest.mark.parametrize(
    "body",
    [
        b"<urlset><url>" + b"<a/>" * 2_000_000 + b"</url></urlset>",
        b"<urlset>" + b"<a>" * 2_000_000,
        b"<urlset><url><loc>" + b"x" * 5_000_000 + b"</loc></url></urlset>",
        b"<urlset>" + b"<url></url>" * 200_000 + b"</urlset>",
    ],
    ids=["many", "deep", "long", "empty"],
)
def test_file_made_to_fill_the_memory_lists_nothing(body: bytes) -> None:
    before_kb = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    assert read_sitemap(body, _URL) == Sitemap()
    grown_bytes = (resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before_kb) * 1024
    assert grown_bytes < 8 * len(body) + 50_000_000


def test_nothing_outside_is_loaded(tmp_path: Path) -> None:
    secret = tmp_path / "secret"
    secret.write_text("secret-words")
    body = f"""<!DOCTYPE u [<!ENTITY e SYSTEM "{secret.as_uri()}">]><urlset><url>
    <loc>https://a.example/&e;</loc></url></urlset>"""
    assert "secret-words" not in repr(read_sitemap(body.encode(), _URL))


def test_only_so_many_pages_are_taken() -> None:
    line = "<url><loc>https://a.example/{}</loc></url>"
    body = "".join(line.format(n) for n in range(ENTRY_LIMIT + 5))
    assert len(read_sitemap(f"<urlset>{body}</urlset>".encode(), _URL).pages) == ENTRY_LIMIT
