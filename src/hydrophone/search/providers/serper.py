"""Serper by its API key: Google's pages, images and videos.

Shapes and limits: the playground at serper.dev, and the PyPI packages serper-mcp-server (requests)
and serperdev-haystack (answers).
"""

from __future__ import annotations

from hydrophone.fetch.json_api import Fields, JsonApi
from hydrophone.search.base import ProviderAnswer, ProviderQuery, Push
from hydrophone.search.providers.dates import day_bounds, nothing_fits, read_stamp
from hydrophone.search.providers.shapes import (
    duration_s,
    found,
    kept,
    pixels,
    translated_with_signs,
    with_media,
    with_sites,
)
from hydrophone.types import Image, JsonValue, Media, SearchResult, Secret, SourceKind, Video

BASE_URL = "https://google.serper.dev"
KEY_SETTING = "HYDROPHONE_SERPER_API_KEY"

_MOST = 100
# Google looks at the first 32 words and silently forgets the others.
_QUERY_CHARS = 2000
_QUERY_WORDS = 32


class Serper:
    """A SearchProvider. `trusted` allows a `base_url` on this machine or network."""

    name = "serper"
    kinds: frozenset[SourceKind] = frozenset({"web"})
    pushes: frozenset[Push] = frozenset(
        {"domains", "path", "dates", "recency", "language", "country"}
    )

    def __init__(
        self,
        key: Secret,
        *,
        base_url: str = BASE_URL,
        deadline_s: float = 10.0,
        trusted: bool = False,
    ) -> None:
        self._api = JsonApi(
            base_url, headers={"X-API-KEY": key}, deadline_s=deadline_s, trusted=trusted
        )

    async def search(self, query: ProviderQuery) -> ProviderAnswer:
        """One page of results; images and videos with the first."""
        if nothing_fits(query):
            return ProviderAnswer(exhausted=True)
        first = query.page == 0
        images = {"images": self._images(query)} if query.images and first else {}
        videos = {"videos": self._videos(query)} if query.videos and first else {}
        return await with_media(self.name, self._pages(query), images | videos)

    async def close(self) -> None:
        """Let go of the connections."""
        await self._api.close()

    async def _pages(self, query: ProviderQuery) -> ProviderAnswer:
        said = await self._ask("search", query)
        results = [_result(query, item) for item in said.objects("organic")]
        asked = [item.text("question") for item in said.objects("peopleAlsoAsk")]
        searched = [item.text("query") for item in said.objects("relatedSearches")]
        return ProviderAnswer(
            kept(results, query.count),
            exhausted=not results,
            suggestions=tuple(text for text in [*asked, *searched] if text),
        )

    async def _images(self, query: ProviderQuery) -> Media:
        said = await self._ask("images", query)
        images = (_image(item) for item in said.objects("images"))
        return Media(images=tuple(image for image in images if image.url and image.origin_url))

    async def _videos(self, query: ProviderQuery) -> Media:
        said = await self._ask("videos", query)
        videos = (_video(item) for item in said.objects("videos"))
        return Media(videos=tuple(video for video in videos if video.url))

    async def _ask(self, path: str, query: ProviderQuery) -> Fields:
        with translated_with_signs(self.name, KEY_SETTING, "not enough credits"):
            return await self._api.post(path, _body(query))


def _body(query: ProviderQuery) -> dict[str, JsonValue]:
    text = with_sites(
        query.text, query.filter, paths=True, limit_chars=_QUERY_CHARS, limit_words=_QUERY_WORDS
    )
    body: dict[str, JsonValue] = {"q": text, "num": min(query.count, _MOST), "page": query.page + 1}
    if query.country:
        body["gl"] = query.country.lower()
    dates = _dates(query)
    if dates:
        body["tbs"] = dates
    # The language of the page is also that of its dates, and we read English ones.
    if query.language and not dates:
        body["hl"] = query.language.lower()
    return body


def _dates(query: ProviderQuery) -> str:
    """Google's own parameter: a look-back from now, or days written month first."""
    recency = query.filter.recency
    if recency and not (query.filter.published_after or query.filter.published_before):
        return f"qdr:{recency[0]}"
    first, last = day_bounds(query)
    if first is None and last is None:
        return ""
    since = f",cd_min:{first.month}/{first.day}/{first.year}" if first else ""
    until = f",cd_max:{last.month}/{last.day}/{last.year}" if last else ""
    return f"cdr:1{since}{until}"


def _result(query: ProviderQuery, item: Fields) -> SearchResult | None:
    return found(
        query,
        item.text("link"),
        item.text("title"),
        snippet=item.text("snippet"),
        stamp=read_stamp(item.text("date"), query.now),
    )


def _image(item: Fields) -> Image:
    return Image(
        url=item.text("imageUrl"),
        origin_url=item.text("link"),
        title=item.text("title"),
        width=pixels(item, "imageWidth"),
        height=pixels(item, "imageHeight"),
    )


def _video(item: Fields) -> Video:
    return Video(
        url=item.text("link"),
        thumbnail_url=item.text("imageUrl") or None,
        duration_s=duration_s(item.text("duration")),
    )
