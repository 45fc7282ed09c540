"""SearXNG (and searx, which it grew from) through its JSON interface.

Shapes: docs.searxng.org/dev/search_api.html, and answers of searx 1.1 itself. Its settings.yml must
list `json` under `search.formats`, which is not the default.
"""

from __future__ import annotations

import re

from hydrophone.fetch.json_api import ApiRefused, Fields, JsonApi, NotJson
from hydrophone.search.base import ProviderAnswer, ProviderQuery, Push
from hydrophone.search.errors import ProviderRefused, translated
from hydrophone.search.providers.dates import read_stamp
from hydrophone.search.providers.shapes import duration_s, found, kept, plain, with_sites
from hydrophone.types import Image, SearchResult, SourceKind, Video

_MOST = 40
_QUERY_CHARS = 500
_QUERY_WORDS = 60
_CATEGORIES: dict[SourceKind, str] = {
    "web": "general",
    "academic": "science",
    "social": "social media",
}
_KINDS: dict[str, SourceKind] = {name: kind for kind, name in _CATEGORIES.items()}
_MEDIA = ("images", "videos")
_TIME_RANGES = {"hour": "day", "day": "day", "week": "week", "month": "month", "year": "year"}
_SIZE = re.compile(r"(\d+)\s*[x×]\s*(\d+)")


class SearXNG:
    """A SearchProvider over the operator's own service, which may be on this machine."""

    name = "searxng"
    kinds: frozenset[SourceKind] = frozenset(_CATEGORIES)
    pushes: frozenset[Push] = frozenset({"domains", "recency", "language", "country", "safe"})

    def __init__(self, base_url: str, *, deadline_s: float = 10.0) -> None:
        base = base_url.rstrip("/").removesuffix("/search")
        self._api = JsonApi(base, deadline_s=deadline_s, trusted=True)

    async def search(self, query: ProviderQuery) -> ProviderAnswer:
        """One page of all the wanted categories; images and videos with the first."""
        params: dict[str, str | int] = {
            "q": with_sites(
                query.text,
                query.filter,
                paths=False,
                limit_chars=_QUERY_CHARS,
                limit_words=_QUERY_WORDS,
            ),
            "format": "json",
            "categories": ",".join(_categories(query)),
            "language": _language(query),
            "pageno": query.page + 1,
        }
        if query.filter.recency:
            params["time_range"] = _TIME_RANGES[query.filter.recency]
        if query.safe is not None:
            params["safesearch"] = 2 if query.safe else 0
        return _read(query, await self._ask(params))

    async def close(self) -> None:
        """Let go of the connections."""
        await self._api.close()

    async def _ask(self, params: dict[str, str | int]) -> Fields:
        with translated(self.name):
            try:
                return await self._api.get("search", params)
            except NotJson as error:
                raise self._without_json(error.media_type) from error
            except ApiRefused as error:
                if error.answered == 403:
                    raise self._without_json("403 Forbidden") from error
                raise

    def _without_json(self, got: str) -> ProviderRefused:
        return ProviderRefused(
            f"searxng at {self._api.where} answered with {got} instead of JSON: add json to "
            "search.formats in its settings.yml"
        )


def _categories(query: ProviderQuery) -> list[str]:
    names = [name for kind, name in _CATEGORIES.items() if kind in query.kinds]
    if "web" in query.kinds and query.filter.recency in ("hour", "day", "week"):
        names.append("news")
    if query.page == 0:
        names += ["images"] * query.images + ["videos"] * query.videos
    return names


def _language(query: ProviderQuery) -> str:
    """A language, with the country where both are known; `all` leaves it open."""
    language = (query.language or "").partition("-")[0].lower()
    if not language:
        return "all"
    return f"{language}-{query.country}" if query.country else language


def _read(query: ProviderQuery, said: Fields) -> ProviderAnswer:
    items = list(said.objects("results"))
    pages = [_result(query, item) for item in items if not _is_media(item)]
    images = [_image(item) for item in items if _is_media(item, "images")]
    videos = [_video(item) for item in items if _is_media(item, "videos")]
    return ProviderAnswer(
        results=kept(pages, _MOST),
        images=tuple(image for image in images if image is not None),
        videos=tuple(video for video in videos if video is not None),
        unresponsive=tuple(
            (str(pair[0]), str(pair[1]))
            for pair in said.lists("unresponsive_engines")
            if len(pair) >= 2
        ),
        exhausted=not pages,
        suggestions=tuple(plain(text) for text in said.texts("suggestions")),
    )


def _result(query: ProviderQuery, item: Fields) -> SearchResult | None:
    stamp = read_stamp(item.text("pubdate") or item.text("publishedDate"), query.now)
    excerpt = plain(item.text("content"))
    return found(
        query,
        item.text("url"),
        plain(item.text("title")),
        kind=_kind(query, item),
        texts=[excerpt],
        stamp=stamp,
    )


def _is_media(item: Fields, *names: str) -> bool:
    return any(
        item.text("category") == name or item.text("template") == f"{name}.html"
        for name in names or _MEDIA
    )


def _kind(query: ProviderQuery, item: Fields) -> SourceKind:
    """By the category, which is the first of its engine's; else by what was asked for."""
    kind = _KINDS.get(item.text("category"))
    if kind in query.kinds and kind is not None:
        return kind
    return "web" if "web" in query.kinds else min(query.kinds, default="web")


def _image(item: Fields) -> Image | None:
    url, page = _absolute(item.text("img_src")), item.text("url")
    if not url or not page:
        return None
    size = _SIZE.search(item.text("resolution") or item.text("img_format"))
    return Image(
        url=url,
        origin_url=page,
        title=plain(item.text("title")),
        width=int(size[1]) if size else None,
        height=int(size[2]) if size else None,
    )


def _video(item: Fields) -> Video | None:
    url = _absolute(item.text("url"))
    if not url:
        return None
    return Video(
        url=url,
        thumbnail_url=_absolute(item.text("thumbnail")) or None,
        duration_s=duration_s(item.text("length")) or item.number("length"),
    )


def _absolute(url: str) -> str:
    """An address that a browser can load from anywhere; "" for one within the service."""
    if url.startswith("//"):
        return f"https:{url}"
    return url if url.startswith(("http://", "https://")) else ""
