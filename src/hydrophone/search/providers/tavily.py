"""Tavily by its API key: pages with the pieces of their text that fit the question.

Shapes and limits: docs.tavily.com/documentation/api-reference/endpoint/search, and the PyPI package
tavily-python.
"""

from __future__ import annotations

from datetime import timedelta

from hydrophone.fetch.json_api import Fields, JsonApi
from hydrophone.search.base import ProviderAnswer, ProviderQuery, Push
from hydrophone.search.errors import translated
from hydrophone.search.providers.dates import day_bounds, nothing_fits, read_stamp
from hydrophone.search.providers.shapes import cut, domains, found, kept
from hydrophone.types import JsonValue, SearchResult, Secret, SourceKind

BASE_URL = "https://api.tavily.com"
KEY_SETTING = "HYDROPHONE_TAVILY_API_KEY"

_MOST = 20
_QUERY_CHARS = 400
_MOST_ALLOWED = 300
_MOST_DENIED = 150
_BETWEEN_CHUNKS = "[...]"
_NEWS = frozenset({"hour", "day"})
_TIME_RANGES = {"hour": "day"}
# It finds what was published "after" and "before" a day.
_DAY = timedelta(days=1)
# It wants English names; of those that it knows, the countries that are asked for most.
_COUNTRY_NAMES = """
AE united arab emirates|AR argentina|AT austria|AU australia|BD bangladesh|BE belgium|BG bulgaria|
BR brazil|CA canada|CH switzerland|CL chile|CN china|CO colombia|CY cyprus|CZ czech republic|
DE germany|DK denmark|DZ algeria|EC ecuador|EE estonia|EG egypt|ES spain|FI finland|FR france|
GB united kingdom|GH ghana|GR greece|HR croatia|HU hungary|ID indonesia|IE ireland|IL israel|
IN india|IQ iraq|IR iran|IS iceland|IT italy|JP japan|KE kenya|KR south korea|KZ kazakhstan|
LK sri lanka|LT lithuania|LU luxembourg|LV latvia|MA morocco|MT malta|MX mexico|MY malaysia|
NG nigeria|NL netherlands|NO norway|NP nepal|NZ new zealand|PE peru|PH philippines|PK pakistan|
PL poland|PT portugal|QA qatar|RO romania|RS serbia|RU russia|SA saudi arabia|SE sweden|
SG singapore|SI slovenia|SK slovakia|TH thailand|TN tunisia|TR turkey|TW taiwan|UA ukraine|
US united states|UY uruguay|VE venezuela|VN vietnam|ZA south africa
"""
_COUNTRIES = {
    entry[:2]: entry[3:] for entry in _COUNTRY_NAMES.replace("\n", "").split("|") if entry
}


class Tavily:
    """A SearchProvider. `trusted` allows a `base_url` on this machine or network."""

    name = "tavily"
    kinds: frozenset[SourceKind] = frozenset({"web"})
    pushes: frozenset[Push] = frozenset({"domains", "path", "dates", "recency", "country"})

    def __init__(
        self,
        key: Secret,
        *,
        base_url: str = BASE_URL,
        deadline_s: float = 10.0,
        trusted: bool = False,
    ) -> None:
        bearer = Secret(f"Bearer {key.reveal()}")
        self._api = JsonApi(
            base_url, headers={"Authorization": bearer}, deadline_s=deadline_s, trusted=trusted
        )

    async def search(self, query: ProviderQuery) -> ProviderAnswer:
        """At most 20 results; there is no second page."""
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
    # News alone come with a date, which a look-back of hours needs; other topics know countries.
    topic = "news" if query.filter.recency in _NEWS else "general"
    body: dict[str, JsonValue] = {
        "query": cut(query.text, _QUERY_CHARS),
        "max_results": min(query.count, _MOST),
        "topic": topic,
        # Pieces of the page as they stand there; "basic" gives a summary, which is no quotation.
        "search_depth": "fast",
    }
    said = domains(query.filter, paths=True, suffix="*.{}")
    if said.allow:
        body["include_domains"] = said.allow[:_MOST_ALLOWED]
    if said.deny:
        body["exclude_domains"] = said.deny[:_MOST_DENIED]
    if topic == "general" and query.country in _COUNTRIES:
        body["country"] = _COUNTRIES[query.country]
    return body | _dates(query)


def _dates(query: ProviderQuery) -> dict[str, JsonValue]:
    recency = query.filter.recency
    if recency and not (query.filter.published_after or query.filter.published_before):
        return {"time_range": _TIME_RANGES.get(recency, recency)}
    first, last = day_bounds(query, slack=_DAY)
    dates: dict[str, JsonValue] = {}
    if first is not None:
        dates["start_date"] = first.isoformat()
    if last is not None:
        dates["end_date"] = last.isoformat()
    return dates


def _result(query: ProviderQuery, item: Fields) -> SearchResult | None:
    chunks = item.text("content").split(_BETWEEN_CHUNKS)
    return found(
        query,
        item.text("url"),
        item.text("title"),
        texts=chunks,
        stamp=read_stamp(item.text("published_date"), query.now),
    )
