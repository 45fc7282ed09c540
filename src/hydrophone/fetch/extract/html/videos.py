"""The videos of a page: its own, and those of the well-known players that it embeds."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import islice

from lxml.html import HtmlElement

from hydrophone.types import VideoRef

MOST = 8  # of one document
_LOOKED_AT = 100
_YOUTUBE = re.compile(
    r"https?://(?:www\.)?youtube(?:-nocookie)?\.com/embed/([\w-]{11})(?:[/?#]|$)", re.IGNORECASE
)
# The address of a player, and where one watches the video that it plays.
_PLAYERS = (
    (re.compile(r"https?://player\.vimeo\.com/video/(\d+)"), "https://vimeo.com/{}"),
    (
        re.compile(r"https?://(?:www\.|geo\.)?dailymotion\.com/embed/video/(\w+)"),
        "https://www.dailymotion.com/video/{}",
    ),
)


def read_videos(root: HtmlElement, resolve: Callable[[str], str | None]) -> tuple[VideoRef, ...]:
    """At most 8 videos below `root` in order, each once."""
    videos: dict[str, VideoRef] = {}
    for element in islice(root.iter("video", "iframe"), _LOOKED_AT):
        video = _own(element, resolve) if element.tag == "video" else _embedded(element, resolve)
        if video is not None:
            videos.setdefault(video.url, video)
    return tuple(videos.values())[:MOST]


def _own(element: HtmlElement, resolve: Callable[[str], str | None]) -> VideoRef | None:
    sources = [element.get("src"), *(source.get("src") for source in element.iter("source"))]
    written = next(filter(None, sources), None)
    url = resolve(written) if written else None
    poster = element.get("poster")
    return None if url is None else VideoRef(url, resolve(poster) if poster else None)


def _embedded(element: HtmlElement, resolve: Callable[[str], str | None]) -> VideoRef | None:
    """Where it is watched; None for what is not the player of a video."""
    written = element.get("src") or element.get("data-src")
    url = resolve(written) if written else None
    if url is None:
        return None
    if youtube := _YOUTUBE.match(url):
        key = youtube[1]
        still = f"https://i.ytimg.com/vi/{key}/hqdefault.jpg"
        return VideoRef(f"https://www.youtube.com/watch?v={key}", still)
    for player, watched in _PLAYERS:
        if match := player.match(url):
            return VideoRef(watched.format(match[1]))
    return None
