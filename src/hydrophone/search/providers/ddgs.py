"""Metasearch without a key: the PyPI package `ddgs` reads the result pages of public engines.

Those engines change their pages and refuse programs as they like, so it may fail at any time. The
package blocks, so it runs in threads of its own; one that hangs is left behind at the deadline.
"""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import Literal, Protocol

from hydrophone.fetch.json_api import Fields
from hydrophone.search.base import ProviderAnswer, ProviderQuery, Push
from hydrophone.search.errors import ProviderFailed, ProviderRateLimited, ProviderRefused
from hydrophone.search.providers.dates import read_stamp
from hydrophone.search.providers.shapes import (
    duration_s,
    found,
    kept,
    plain,
    with_media,
    with_sites,
)
from hydrophone.types import Image, Media, SearchResult, SourceKind, Video

What = Literal["text", "images", "videos"]
_THREADS = 6
_MOST = 20
_QUERY_CHARS = 400
_QUERY_WORDS = 32
_TIME_LIMITS = {"hour": "d", "day": "d", "week": "w", "month": "m", "year": "y"}
_SAFE = {None: "moderate", True: "on", False: "off"}
_NO_NETWORK = ("dns", "connecterror", "connectionerror", "connection refused", "unreachable")


class Backend(Protocol):
    """What is used of `ddgs.DDGS`; each call blocks."""

    def text(self, query: str, **options: object) -> Sequence[Mapping[str, object]]:
        """Pages: title, href, body."""

    def images(self, query: str, **options: object) -> Sequence[Mapping[str, object]]:
        """Images: title, image, url, width, height."""

    def videos(self, query: str, **options: object) -> Sequence[Mapping[str, object]]:
        """Videos: content (an address), title, duration, images."""


class Metasearch:
    """A SearchProvider. `timeout_s` is for each of the engines; `backend` makes a new `DDGS`."""

    name = "ddgs"
    kinds: frozenset[SourceKind] = frozenset({"web"})
    pushes: frozenset[Push] = frozenset({"domains", "recency", "language", "country", "safe"})

    def __init__(
        self, *, timeout_s: int = 4, backend: Callable[[int], Backend] | None = None
    ) -> None:
        self._timeout_s = timeout_s
        self._backend = backend or _open_backend
        self._threads = ThreadPoolExecutor(_THREADS, thread_name_prefix="ddgs")

    async def search(self, query: ProviderQuery) -> ProviderAnswer:
        """One page of pages; images and videos with the first."""
        first = query.page == 0
        images = {"images": self._images(query)} if query.images and first else {}
        videos = {"videos": self._videos(query)} if query.videos and first else {}
        return await with_media(self.name, self._pages(query), images | videos)

    async def close(self) -> None:
        """Begin no more calls; those under way end by themselves."""
        self._threads.shutdown(wait=False, cancel_futures=True)

    async def _pages(self, query: ProviderQuery) -> ProviderAnswer:
        items = await self._call("text", query, page=query.page + 1)
        results = [_result(query, item) for item in items]
        return ProviderAnswer(kept(results, _MOST), exhausted=not results)

    async def _images(self, query: ProviderQuery) -> Media:
        images = [_image(item) for item in await self._call("images", query)]
        return Media(images=tuple(image for image in images if image is not None))

    async def _videos(self, query: ProviderQuery) -> Media:
        videos = [_video(item) for item in await self._call("videos", query)]
        return Media(videos=tuple(video for video in videos if video is not None))

    async def _call(self, what: What, query: ProviderQuery, **more: object) -> list[Fields]:
        text = with_sites(
            query.text,
            query.filter,
            paths=False,
            limit_chars=_QUERY_CHARS,
            limit_words=_QUERY_WORDS,
        )
        options = {**_options(query), **more}
        call = partial(_search, self._backend, self._timeout_s, what, text, options)
        try:
            items = await asyncio.get_running_loop().run_in_executor(self._threads, call)
        except ImportError:
            raise ProviderRefused(
                "ddgs is not installed: pip install 'hydrophone[web]', or set "
                "HYDROPHONE_METASEARCH=0"
            ) from None
        except Exception as error:
            if str(error) == "No results found.":
                return []
            raise _translated(error) from None  # its text has the question in it
        return [Fields(dict(item)) for item in items]


def _search(
    backend: Callable[[int], Backend],
    timeout_s: int,
    what: What,
    text: str,
    options: Mapping[str, object],
) -> Sequence[Mapping[str, object]]:
    search = getattr(backend(timeout_s), what)
    found: Sequence[Mapping[str, object]] = search(text, **options)
    return found


def _open_backend(timeout_s: int) -> Backend:
    from ddgs import DDGS

    return DDGS(timeout=timeout_s)


def _options(query: ProviderQuery) -> dict[str, object]:
    language = (query.language or "en").partition("-")[0].lower()
    options: dict[str, object] = {
        "region": f"{(query.country or 'us').lower()}-{language}",
        "safesearch": _SAFE[query.safe],
        "max_results": min(max(query.count, 10), _MOST),
    }
    if query.filter.recency:
        options["timelimit"] = _TIME_LIMITS[query.filter.recency]
    return options


def _translated(error: Exception) -> ProviderFailed:
    said = str(error).lower()
    name = type(error).__name__
    if "ratelimit" in name.lower() or "ratelimit" in said:
        return ProviderRateLimited("ddgs was refused by the public search engines: asked too often")
    if "timeout" in name.lower() or "timed out" in said:
        return ProviderFailed("ddgs: the public search engines did not answer in time")
    if any(sign in said for sign in _NO_NETWORK):
        return ProviderFailed("ddgs: the public search engines cannot be reached from here")
    return ProviderFailed(f"ddgs: the public search engines could not be read ({name})")


def _result(query: ProviderQuery, item: Fields) -> SearchResult | None:
    return found(
        query,
        item.text("href") or item.text("url"),
        plain(item.text("title")),
        texts=[plain(item.text("body"))],
        stamp=read_stamp(item.text("date"), query.now),
    )


def _image(item: Fields) -> Image | None:
    url, page = item.text("image"), item.text("url")
    if not url or not page:
        return None
    width, height = item.number("width"), item.number("height")
    return Image(
        url=url,
        origin_url=page,
        title=plain(item.text("title")),
        width=int(width) if width else None,
        height=int(height) if height else None,
    )


def _video(item: Fields) -> Video | None:
    url = item.text("content") or item.text("embed_url")
    if not url:
        return None
    images = item.inner("images")
    return Video(
        url=url,
        thumbnail_url=images.text("large") or images.text("medium") or None,
        duration_s=duration_s(item.text("duration")),
    )
