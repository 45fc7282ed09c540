"""Feeds of every kind lead to pages."""

from __future__ import annotations

import gzip
from datetime import UTC, datetime

import pytest

from hydrophone.crawl.feed import FeedEntry, read_feed

_URL = "https://a.example/feed"
_DAY = datetime(2024, 3, 5, 10, tzinfo=UTC)
_ONE = (FeedEntry("https://a.example/1", _DAY),)

_RSS_2 = """<?xml version="1.0"?><rss version="2.0"><channel><link>https://a.example/</link>
<image><link>https://a.example/i</link></image>
<item><title>One</title><link>https://a.example/1?utm_source=rss</link>
<guid isPermaLink="false">one</guid><pubDate>Tue, 05 Mar 2024 10:00:00 GMT</pubDate></item>
</channel></rss>"""
_RSS_091 = """<rss version="0.91"><channel><item><link>/1</link>
<pubDate>Tue, 05 Mar 2024 11:00:00 +0100</pubDate></item></channel></rss>"""
_RSS_1 = """<rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#"
xmlns="http://purl.org/rss/1.0/" xmlns:dc="http://purl.org/dc/elements/1.1/">
<channel rdf:about="https://a.example/"><items><rdf:Seq><rdf:li resource="x"/></rdf:Seq></items>
</channel><item rdf:about="https://a.example/1"><dc:date>2024-03-05T10:00:00Z</dc:date></item>
</rdf:RDF>"""
_ATOM = """<feed xmlns="http://www.w3.org/2005/Atom"><link rel="self" href="/feed"/>
<entry><link rel="edit" href="/edit"/><link rel="alternate" type="text/html" href="/1"/>
<id>urn:x</id><updated>2024-04-01T00:00:00Z</updated><published>2024-03-05T10:00:00Z</published>
<content type="xhtml"><div xmlns="http://www.w3.org/1999/xhtml"><a href="/no">no</a></div></content>
</entry></feed>"""
_ATOM_03 = """<feed version="0.3" xmlns="http://purl.org/atom/ns#"><entry><link href="1"/>
<issued>2024-03-05T10:00:00Z</issued></entry></feed>"""
_JSON = """{"version": "https://jsonfeed.org/version/1.1", "items": [{"id": "x",
"url": "https://a.example/1", "date_published": "2024-03-05T10:00:00Z"}, {"id": "y"}, 7]}"""


@pytest.mark.parametrize(
    "feed",
    [_RSS_2, _RSS_091, _RSS_1, _ATOM, _ATOM_03, _JSON],
    ids=["rss-2", "rss-0.91", "rss-1", "atom", "atom-0.3", "json"],
)
def test_every_kind_of_feed_gives_pages_and_dates(feed: str) -> None:
    assert read_feed(feed.encode(), _URL) == _ONE
    assert read_feed(b"\xef\xbb\xbf" + feed.encode(), _URL) == _ONE
    assert read_feed(gzip.compress(feed.encode()), _URL) == _ONE


def test_guid_is_a_link_only_when_it_is_a_permanent_one() -> None:
    item = "<rss><item><guid{}>https://a.example/1</guid></item></rss>"
    assert len(read_feed(item.format("").encode(), _URL)) == 1
    assert len(read_feed(item.format(' isPermaLink="true"').encode(), _URL)) == 1
    assert read_feed(item.format(' isPermaLink="false"').encode(), _URL) == ()


def test_each_page_comes_once_in_the_order_of_the_feed() -> None:
    items = "".join(f"<item><link>/{n}</link></item>" for n in (3, 1, 3, 2))
    found = read_feed(f"<rss>{items}</rss>".encode(), _URL)
    assert [entry.url for entry in found] == [f"https://a.example/{n}" for n in (3, 1, 2)]


def test_feed_that_breaks_off_gives_what_came_before() -> None:
    body = "<rss><item><link>/1</link></item><item><link>/2</link></item><item><link>/3 &nbsp; <b"
    assert [entry.url[-1] for entry in read_feed(body.encode(), _URL)] == ["1", "2"]


@pytest.mark.parametrize("body", [b"", b"{", b"[1]", b'{"items": 3}', b"<html></html>", b"\x00"])
def test_what_is_no_feed_leads_nowhere(body: bytes) -> None:
    assert read_feed(body, _URL) == ()
