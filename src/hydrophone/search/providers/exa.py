"""Exa by its API key: pages by meaning, with highlights of their text.

Shapes and limits: exa.ai/docs/reference/search, and the PyPI package exa-py.
"""

from __future__ import annotations

from datetime import datetime, timedelta

from hydrophone.fetch.json_api import Fields, JsonApi
from hydrophone.search.base import ProviderAnswer, ProviderQuery, Push
from hydrophone.search.errors import translated
from hydrophone.search.providers.dates import bounds, nothing_fits, read_stamp
from hydrophone.search.providers.shapes import domains, found, kept
from hydrophone.types import JsonValue, SearchResult, Secret, SourceKind

BASE_URL = "https://api.exa.ai"
KEY_SETTING = "HYDROPHONE_EXA_API_KEY"

_MOST = 100
# It finds what was published "after" and "before".
_SECOND = timedelta(seconds=1)


class Exa:
    """A SearchProvider. `trusted` allows a `base_url` on this machine or network."""

    name = "exa"
    kinds: frozenset[SourceKind] = frozenset({"web"})
    pushes: frozenset[Push] = frozenset({"domains", "path", "dates", "recency", "country", "safe"})

    def __init__(
        self,
        key: Secret,
        *,
        base_url: str = BASE_URL,
        deadline_s: float = 10.0,
        trusted: bool = False,
    ) -> None:
        self._api = JsonApi(
            base_url, headers={"x-api-key": key}, deadline_s=deadline_s, trusted=trusted
        )

    async def search(self, query: ProviderQuery) -> ProviderAnswer:
        """At most 100 results; there is no second page."""
        if query.page > 0 or nothing_fits(query):
            return ProviderAnswer(exhausted=True)
        with translated(self.name, setting=KEY_SETTING):
            said = await self._api.post("search", _body(query))
        results = (_result(query, item) for item in said.objects("results"))
        return ProviderAnswer(kept(results, query.count), exhausted=True)

    async def close(self) -> None:
        """Let go of the connections."""
        await self._api.close()


def _body(query: ProviderQuery) -> dict[str, JsonValue]:
    body: dict[str, JsonValue] = {
        "query": query.text,
        "type": "auto",
        "numResults": min(query.count, _MOST),
        "contents": {"highlights": True},
    }
    said = domains(query.filter, paths=True)
    # Its documentation has allowed one of the two lists only; the other is left to the filter.
    if said.allow:
        body["includeDomains"] = said.allow
    elif said.deny:
        body["excludeDomains"] = said.deny
    if query.country:
        body["userLocation"] = query.country
    if query.safe:
        body["moderation"] = True
    return body | _dates(query)


def _dates(query: ProviderQuery) -> dict[str, JsonValue]:
    first, last = bounds(query, slack=_SECOND)
    dates: dict[str, JsonValue] = {}
    if first is not None:
        dates["startPublishedDate"] = _written(first)
    if last is not None:
        dates["endPublishedDate"] = _written(last)
    return dates


def _written(moment: datetime) -> str:
    return moment.isoformat(timespec="milliseconds").replace("+00:00", "Z")


def _result(query: ProviderQuery, item: Fields) -> SearchResult | None:
    return found(
        query,
        item.text("url"),
        item.text("title"),
        texts=item.texts("highlights") or item.texts("text"),
        stamp=read_stamp(item.text("publishedDate"), query.now),
    )
