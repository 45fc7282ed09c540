"""Brave Search by its API key: pages, images and videos.

Shapes and limits: api-dashboard.search.brave.com/documentation and Brave's own description of them
for agents, github.com/brave/brave-search-skills; answers as recorded in the mock data of the PyPI
package brave-search-python-client.
"""

from __future__ import annotations

from datetime import date

from hydrophone.fetch.json_api import Fields, JsonApi
from hydrophone.search.base import ProviderAnswer, ProviderQuery, Push
from hydrophone.search.errors import ProviderRateLimited
from hydrophone.search.providers.dates import day_bounds, nothing_fits, read_stamp
from hydrophone.search.providers.shapes import (
    cut,
    duration_s,
    found,
    kept,
    pixels,
    plain,
    translated_with_signs,
    with_media,
    with_sites,
)
from hydrophone.types import Image, Media, SearchResult, Secret, SourceKind, Video

BASE_URL = "https://api.search.brave.com/res/v1"
KEY_SETTING = "HYDROPHONE_BRAVE_API_KEY"

_MOST = 20
_LAST_PAGE = 9
_WINDOW_S = 1.0  # a plan's requests are counted by the second, and it sends no Retry-After
_QUERY_CHARS = 400
_QUERY_WORDS = 50
_FRESHNESS = {"hour": "pd", "day": "pd", "week": "pw", "month": "pm", "year": "py"}
_FIRST_DAY = date(1990, 1, 1)
# What it takes; any other code is answered with an error.
_COUNTRY_CODES = (
    "AR AU AT BE BR CA CL DK FI FR DE HK IN ID IT JP KR MY MX NL NZ NO CN PL PT PH RU SA ZA ES SE "
    "CH TW TR GB US"
)
_COUNTRIES = frozenset(_COUNTRY_CODES.split())
_LANGUAGE_CODES = (
    "ar eu bn bg ca zh-hans zh-hant hr cs da nl en en-gb et fi fr gl de gu he hi hu is it kn ko lv "
    "lt ms ml mr nb pl pt-br pt-pt pa ro ru sr sk sl es sv ta te th tr uk vi"
)
_LANGUAGES = {code: code for code in _LANGUAGE_CODES.split()}
_LANGUAGES |= {"ja": "jp", "zh": "zh-hans", "zh-tw": "zh-hant", "pt": "pt-pt", "no": "nb"}


class Brave:
    """A SearchProvider. `trusted` allows a `base_url` on this machine or network."""

    name = "brave"
    kinds: frozenset[SourceKind] = frozenset({"web"})
    pushes: frozenset[Push] = frozenset(
        {"domains", "dates", "recency", "language", "country", "safe"}
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
            base_url,
            headers={"X-Subscription-Token": key},
            deadline_s=deadline_s,
            trusted=trusted,
        )

    async def search(self, query: ProviderQuery) -> ProviderAnswer:
        """One page of at most 20 results, of ten pages; images and videos with the first."""
        if query.page > _LAST_PAGE or nothing_fits(query):
            return ProviderAnswer(exhausted=True)
        first = query.page == 0
        images = {"images": self._images(query)} if query.images and first else {}
        videos = {"videos": self._videos(query)} if query.videos and first else {}
        return await with_media(self.name, self._pages(query), images | videos)

    async def close(self) -> None:
        """Let go of the connections."""
        await self._api.close()

    async def _pages(self, query: ProviderQuery) -> ProviderAnswer:
        params: dict[str, str | int] = {
            **_common(query),
            **_dates(query),
            "q": _with_sites(query),
            "count": min(query.count, _MOST),
            "offset": query.page,
            "result_filter": "web",
            "text_decorations": "false",
        }
        if query.safe is not None:
            params["safesearch"] = "strict" if query.safe else "off"
        said = await self._ask("web/search", params)
        results = [_result(query, item) for item in said.inner("web").objects("results")]
        more = said.mapping("query").get("more_results_available")
        return ProviderAnswer(
            kept(results, query.count),
            exhausted=more is False or not results or query.page == _LAST_PAGE,
        )

    async def _images(self, query: ProviderQuery) -> Media:
        text = cut(query.text, _QUERY_CHARS, _QUERY_WORDS)
        params = {**_common(query), "q": text, "count": min(query.count, _MOST)}
        # Only these two are known there, and strict is its default.
        params["safesearch"] = "off" if query.safe is False else "strict"
        said = await self._ask("images/search", params)
        images = (_image(item) for item in said.objects("results"))
        return Media(images=tuple(image for image in images if image is not None))

    async def _videos(self, query: ProviderQuery) -> Media:
        params: dict[str, str | int] = {
            **_common(query),
            **_dates(query),
            "q": _with_sites(query),
            "count": min(query.count, _MOST),
        }
        if query.safe is not None:
            params["safesearch"] = "strict" if query.safe else "off"
        said = await self._ask("videos/search", params)
        return Media(
            videos=tuple(_video(item) for item in said.objects("results") if "url" in item)
        )

    async def _ask(self, path: str, params: dict[str, str | int]) -> Fields:
        try:
            # A wrong key is a 422 there, as a wrong request is.
            with translated_with_signs(
                self.name, KEY_SETTING, "subscription_token", "x-subscription"
            ):
                return await self._api.get(path, params)
        except ProviderRateLimited as error:
            if error.retry_after_s is not None:
                raise
            raise ProviderRateLimited(error.message, retry_after_s=_WINDOW_S) from error


def _with_sites(query: ProviderQuery) -> str:
    return with_sites(
        query.text, query.filter, paths=False, limit_chars=_QUERY_CHARS, limit_words=_QUERY_WORDS
    )


def _common(query: ProviderQuery) -> dict[str, str | int]:
    params: dict[str, str | int] = {}
    if query.country in _COUNTRIES:
        params["country"] = query.country
    code = _language_code(query)
    if code:
        params["search_lang"] = code
    return params


def _language_code(query: ProviderQuery) -> str:
    language = (query.language or "").lower()
    return _LANGUAGES.get(language) or _LANGUAGES.get(language.partition("-")[0], "")


def _dates(query: ProviderQuery) -> dict[str, str | int]:
    filter = query.filter
    if filter.recency and not (filter.published_after or filter.published_before):
        return {"freshness": _FRESHNESS[filter.recency]}
    first, last = day_bounds(query)
    if first is None and last is None:
        return {}
    until = last or query.now.date()
    return {"freshness": f"{first or min(_FIRST_DAY, until)}to{until}"}


def _result(query: ProviderQuery, item: Fields) -> SearchResult | None:
    stamp = read_stamp(item.text("page_age") or item.text("age"), query.now)
    description = plain(item.text("description"))
    extra = [plain(text) for text in item.texts("extra_snippets")]
    language = item.text("language")
    if language and language == _language_code(query):
        language = query.language or language  # its codes are not all those of ISO 639
    return found(
        query,
        item.text("url"),
        plain(item.text("title")),
        snippet=description,
        texts=[description, *extra] if extra else (),
        stamp=stamp,
        language=language,
    )


def _image(item: Fields) -> Image | None:
    properties = item.inner("properties")
    url, origin_url = properties.text("url"), item.text("url")
    if not url or not origin_url:
        return None
    return Image(
        url=url,
        origin_url=origin_url,
        title=plain(item.text("title")),
        width=pixels(properties, "width"),
        height=pixels(properties, "height"),
    )


def _video(item: Fields) -> Video:
    thumbnail = item.inner("thumbnail")
    return Video(
        url=item.text("url"),
        thumbnail_url=thumbnail.text("original") or thumbnail.text("src") or None,
        duration_s=duration_s(item.inner("video").text("duration")),
    )
