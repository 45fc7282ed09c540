"""The videos of a page."""

from __future__ import annotations

from lxml.html import document_fromstring

from hydrophone.fetch.extract.html.reading import read_html
from hydrophone.fetch.extract.html.videos import MOST, read_videos
from hydrophone.fetch.extract.resolver import Resolver
from hydrophone.types import VideoRef

URL = "https://example.com/sea/"


def videos(body: str) -> tuple[VideoRef, ...]:
    return read_videos(document_fromstring(f"<main>{body}</main>"), Resolver(URL).resolve)


def test_own_videos_come_with_their_still() -> None:
    assert videos(
        '<video src="a.mp4" poster="a.jpg"></video><video><source src="/b.webm"></video><video/>'
    ) == (
        VideoRef("https://example.com/sea/a.mp4", "https://example.com/sea/a.jpg"),
        VideoRef("https://example.com/b.webm"),
    )


def test_embedded_players_lead_to_where_one_watches() -> None:
    assert videos(
        '<iframe src="//www.youtube-nocookie.com/embed/abcdefghijk?rel=0"></iframe>'
        '<iframe src="https://www.youtube.com/embed/abcdefghijk"></iframe>'
        '<iframe data-src="https://player.vimeo.com/video/123?h=1"></iframe>'
        '<iframe src="https://www.dailymotion.com/embed/video/x8y"></iframe>'
        '<iframe src="https://ads.example.com/youtube.com/embed/abcdefghijk"></iframe>'
    ) == (
        VideoRef(
            "https://www.youtube.com/watch?v=abcdefghijk",
            "https://i.ytimg.com/vi/abcdefghijk/hqdefault.jpg",
        ),
        VideoRef("https://vimeo.com/123"),
        VideoRef("https://www.dailymotion.com/video/x8y"),
    )


def test_there_are_at_most_so_many() -> None:
    assert len(videos("".join(f'<video src="{n}.mp4"></video>' for n in range(50)))) == MOST


def test_a_page_keeps_its_videos() -> None:
    body = b"""<html><head><title>The sea</title></head><body><article><h1>The sea</h1><p>Whales
    live in the sea, which is deep and wide and blue, and they sing in it all day long.</p>
    <iframe src="https://player.vimeo.com/video/77"></iframe></article></body></html>"""
    assert read_html(body, URL).videos == (VideoRef("https://vimeo.com/77"),)
