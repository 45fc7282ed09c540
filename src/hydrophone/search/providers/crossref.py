"""Crossref: what publishers register of their works, abstracts where they give them.

Shapes and limits: api.crossref.org/swagger-ui, crossref.org/documentation (REST API: filters,
access and authentication), and the PyPI package habanero.
"""

from __future__ import annotations

import re

from hydrophone.fetch.json_api import Fields, JsonApi
from hydrophone.search.base import ProviderAnswer, ProviderQuery, Push
from hydrophone.search.errors import translated
from hydrophone.search.providers.dates import Stamp, day_bounds, nothing_fits, stamp_of_parts
from hydrophone.search.providers.shapes import found, kept, plain, preferred
from hydrophone.types import SearchResult, SourceKind

BASE_URL = "https://api.crossref.org"
EMAIL_SETTING = "HYDROPHONE_CROSSREF_EMAIL"

_MOST = 100
_LAST_OFFSET = 10_000
_FIELDS = "DOI,URL,title,subtitle,abstract,published,issued,resource,type,container-title"
# Records that are no works of their own: figures and tables, reviews, whole journals.
_PARTS_OF_WORKS = frozenset({"component", "peer-review", "journal", "journal-issue", "grant"})
_OWN_TITLE = re.compile(r"\A(?:abstract|summary)\s*\n+", re.IGNORECASE)


class Crossref:
    """A SearchProvider. With an `email` the requests are served from a pool that is less busy."""

    name = "crossref"
    kinds: frozenset[SourceKind] = frozenset({"academic"})
    pushes: frozenset[Push] = frozenset({"dates", "recency"})

    def __init__(
        self,
        *,
        email: str | None = None,
        base_url: str = BASE_URL,
        deadline_s: float = 10.0,
        trusted: bool = False,
    ) -> None:
        self._email = email
        self._api = JsonApi(base_url, deadline_s=deadline_s, trusted=trusted)

    async def search(self, query: ProviderQuery) -> ProviderAnswer:
        """One page of at most 100 works, of 10,000 in all."""
        count = min(query.count, _MOST)
        if query.page * count > _LAST_OFFSET or nothing_fits(query):
            return ProviderAnswer(exhausted=True)
        with translated(self.name, setting=EMAIL_SETTING):
            said = await self._api.get("works", self._params(query, count))
        items = list(said.inner("message").objects("items"))
        results = (
            _result(query, item) for item in items if item.text("type") not in _PARTS_OF_WORKS
        )
        return ProviderAnswer(kept(results, query.count), exhausted=len(items) < count)

    async def close(self) -> None:
        """Let go of the connections."""
        await self._api.close()

    def _params(self, query: ProviderQuery, count: int) -> dict[str, str | int]:
        params: dict[str, str | int] = {
            "query": query.text,
            "rows": count,
            "offset": query.page * count,
            "select": _FIELDS,
        }
        first, last = day_bounds(query)
        dates = [f"from-pub-date:{first}"] if first else []
        dates += [f"until-pub-date:{last}"] if last else []
        if dates:
            params["filter"] = ",".join(dates)
        if self._email:
            params["mailto"] = self._email
        return params


def _result(query: ProviderQuery, item: Fields) -> SearchResult | None:
    doi = item.text("DOI")
    address = item.text("URL") or (f"https://doi.org/{doi}" if doi else "")
    landing = item.inner("resource").inner("primary").text("URL")
    abstract = _OWN_TITLE.sub("", plain(item.text("abstract")))
    title = ": ".join(item.texts("title")[:1] + item.texts("subtitle")[:1])
    return found(
        query,
        preferred([address, landing], query.filter),
        plain(title),
        kind="academic",
        snippet="" if abstract else plain(", ".join(item.texts("container-title")[:1])),
        texts=[abstract] if abstract else (),
        stamp=_stamp(item),
    )


def _stamp(item: Fields) -> Stamp | None:
    """`published` is the earlier of print and online; its parts may end after year or month."""
    for name in ("published", "issued"):
        for parts in item.inner(name).lists("date-parts"):
            numbers = [part for part in parts if isinstance(part, int)]
            if numbers and len(numbers) == len(parts):
                return stamp_of_parts(numbers)
    return None
