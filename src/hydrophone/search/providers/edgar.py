"""SEC EDGAR full-text search: filings since 2001.

Shapes: the requests of the public page sec.gov/edgar/search, as the PyPI package edgartools makes
them (edgar/search/efts.py); the SEC's rules on access: sec.gov/about/developer-resources (a user
agent that names who asks, ten requests a second).
"""

from __future__ import annotations

import re
from datetime import date
from urllib.parse import quote

from hydrophone.fetch.json_api import Fields, JsonApi
from hydrophone.search.base import ProviderAnswer, ProviderQuery, Push
from hydrophone.search.errors import translated
from hydrophone.search.providers.dates import day_bounds, nothing_fits, read_stamp
from hydrophone.search.providers.shapes import found, kept, key_terms
from hydrophone.types import SearchResult, SourceKind

BASE_URL = "https://efts.sec.gov/LATEST"
ARCHIVES_URL = "https://www.sec.gov/Archives/edgar/data"
AGENT_SETTING = "HYDROPHONE_EDGAR_USER_AGENT"

_MOST = 100
_LAST_HIT = 10_000
_FIRST_DAY = date(2001, 1, 1)
_ACCESSION = re.compile(r"\d{10}-\d{2}-\d{6}")
_CIK_NOTE = re.compile(r"\s*\(CIK \d+\)")


class Edgar:
    """A SearchProvider. `user_agent` names who asks, with a mail address, as the SEC requires."""

    name = "edgar"
    kinds: frozenset[SourceKind] = frozenset({"sec"})
    pushes: frozenset[Push] = frozenset({"dates", "recency"})

    def __init__(
        self,
        user_agent: str,
        *,
        base_url: str = BASE_URL,
        deadline_s: float = 10.0,
        trusted: bool = False,
    ) -> None:
        self._api = JsonApi(
            base_url, headers={"User-Agent": user_agent}, deadline_s=deadline_s, trusted=trusted
        )

    async def search(self, query: ProviderQuery) -> ProviderAnswer:
        """One page of at most 100 documents that hold all the words. It gives no text of them."""
        params = _params(query)
        if not params["q"] or (query.page + 1) * query.count > _LAST_HIT or nothing_fits(query):
            return ProviderAnswer(exhausted=True)
        with translated(self.name, setting=AGENT_SETTING):
            hits = (await self._api.get("search-index", params)).inner("hits")
        items = list(hits.objects("hits"))
        total = hits.inner("total").number("value") or 0
        count = min(query.count, _MOST)
        return ProviderAnswer(
            kept((_result(query, item) for item in items[:count]), count),
            exhausted=not items or (query.page + 1) * count >= total,
        )

    async def close(self) -> None:
        """Let go of the connections."""
        await self._api.close()


def _params(query: ProviderQuery) -> dict[str, str | int]:
    params: dict[str, str | int] = {"q": " ".join(key_terms(query.text))}
    first, last = day_bounds(query)
    if first is not None or last is not None:
        params["dateRange"] = "custom"
        until = last or query.now.date()
        params["startdt"] = str(first or min(_FIRST_DAY, until))
        params["enddt"] = str(until)
    if query.page:
        params["from"] = query.page * min(query.count, _MOST)
    return params


def _result(query: ProviderQuery, hit: Fields) -> SearchResult | None:
    source = hit.inner("_source")
    form = next((form for form in [source.text("form"), *source.texts("root_forms")] if form), "")
    part = source.text("file_type")
    company = _CIK_NOTE.sub("", "; ".join(source.texts("display_names")[:1]))
    about = [source.text("file_description"), _dated("filed", source.text("file_date"))]
    about.append(_dated("for the period that ended", source.text("period_ending")))
    title = (company, form, part if part != form else "")
    return found(
        query,
        _url(hit.text("_id"), source),
        " ".join(part for part in title if part),
        kind="sec",
        snippet=", ".join(part for part in about if part),
        stamp=read_stamp(source.text("file_date"), query.now),
    )


def _dated(what: str, day: str) -> str:
    return f"{what} {day}" if day else ""


def _url(hit_id: str, source: Fields) -> str:
    """Where the document lies: below the filer's number and the filing's, without hyphens."""
    accession, _, document = hit_id.partition(":")
    filer = next((cik.lstrip("0") for cik in source.texts("ciks") if cik.strip("0").isdigit()), "")
    if not _ACCESSION.fullmatch(accession) or not document or not filer:
        return ""
    return f"{ARCHIVES_URL}/{filer}/{accession.replace('-', '')}/{quote(document)}"
