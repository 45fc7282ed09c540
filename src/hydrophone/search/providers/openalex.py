"""OpenAlex: scholarly works of all fields, with their abstracts.

Shapes and limits: developers.openalex.org (works, filtering, authentication), and the PyPI package
pyalex. A key costs nothing; without one a few searches a day are answered.
"""

from __future__ import annotations

from collections.abc import Mapping

from hydrophone.fetch.json_api import Fields, JsonApi
from hydrophone.search.base import ProviderAnswer, ProviderQuery, Push
from hydrophone.search.errors import translated
from hydrophone.search.providers.dates import Stamp, day_bounds, nothing_fits, read_stamp
from hydrophone.search.providers.shapes import found, kept, key_terms, plain, preferred
from hydrophone.types import SearchResult, Secret, SourceKind

BASE_URL = "https://api.openalex.org"
KEY_SETTING = "HYDROPHONE_OPENALEX_API_KEY"

_MOST = 100
_MOST_PAGED = 10_000
_MOST_WORDS = 5_000
_LOCATIONS = ("primary_location", "best_oa_location")
_FIELDS = (
    "id,doi,display_name,publication_date,language,primary_location,"
    "best_oa_location,abstract_inverted_index"
)


class OpenAlex:
    """A SearchProvider. `email` and `key` are optional and raise its limits."""

    name = "openalex"
    kinds: frozenset[SourceKind] = frozenset({"academic"})
    pushes: frozenset[Push] = frozenset({"dates", "recency", "language"})

    def __init__(
        self,
        *,
        email: str | None = None,
        key: Secret | None = None,
        base_url: str = BASE_URL,
        deadline_s: float = 10.0,
        trusted: bool = False,
    ) -> None:
        self._email = email
        self._key = key
        self._api = JsonApi(base_url, deadline_s=deadline_s, trusted=trusted)

    async def search(self, query: ProviderQuery) -> ProviderAnswer:
        """One page of at most 100 works, of 10,000 in all."""
        terms = key_terms(query.text)
        count = min(query.count, _MOST)
        if not terms or (query.page + 1) * count > _MOST_PAGED or nothing_fits(query):
            return ProviderAnswer(exhausted=True)
        with translated(self.name, setting=KEY_SETTING):
            said = await self._api.get("works", self._params(query, " ".join(terms), count))
        items = list(said.objects("results"))
        results = (_result(query, item) for item in items)
        return ProviderAnswer(kept(results, query.count), exhausted=len(items) < count)

    async def close(self) -> None:
        """Let go of the connections."""
        await self._api.close()

    def _params(self, query: ProviderQuery, text: str, count: int) -> dict[str, str | int]:
        params: dict[str, str | int] = {
            "search": text,
            "select": _FIELDS,
            "per-page": count,
            "page": query.page + 1,
        }
        filters = _filters(query)
        if filters:
            params["filter"] = ",".join(filters)
        if self._email:
            params["mailto"] = self._email
        if self._key:
            params["api_key"] = self._key.reveal()
        return params


def _filters(query: ProviderQuery) -> list[str]:
    first, last = day_bounds(query)
    filters = []
    if first is not None:
        filters.append(f"from_publication_date:{first}")
    if last is not None:
        filters.append(f"to_publication_date:{last}")
    # It knows languages by two letters, without a region.
    codes = [language.lower().partition("-")[0] for language in query.filter.languages]
    if codes and all(len(code) == 2 and code.isalpha() for code in codes):
        filters.append(f"language:{'|'.join(dict.fromkeys(codes))}")
    return filters


def _result(query: ProviderQuery, item: Fields) -> SearchResult | None:
    pages = [item.inner(name).text("landing_page_url") for name in _LOCATIONS]
    abstract = _abstract(item.mapping("abstract_inverted_index"))
    return found(
        query,
        preferred([item.text("doi"), *pages, item.text("id")], query.filter),
        plain(item.text("display_name")),
        kind="academic",
        texts=[plain(abstract)] if abstract else (),
        stamp=_stamp(item.text("publication_date"), query),
        language=item.text("language"),
    )


def _stamp(day: str, query: ProviderQuery) -> Stamp | None:
    """It writes the first day of a year or month also when it knows no more than that."""
    known = day.removesuffix("-01").removesuffix("-01")
    return read_stamp(known, query.now)


def _abstract(index: Mapping[str, object]) -> str:
    """The text of an abstract that is given as the positions of its words."""
    words: dict[int, str] = {}
    for word, positions in index.items():
        for position in positions if isinstance(positions, list) else ():
            if isinstance(position, int) and 0 <= position < _MOST_WORDS:
                words[position] = word
    return " ".join(words[position] for position in sorted(words))
