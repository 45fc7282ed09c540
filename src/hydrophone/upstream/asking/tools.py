"""The tools of a request to the Agent API: search with its filters, images, functions."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime, timedelta

from hydrophone.types import (
    Extras,
    Filter,
    FunctionTool,
    JsonValue,
    Location,
    Question,
    Recency,
    SearchOptions,
)

Fields = dict[str, JsonValue]
MOST_RESULTS = 50
MOST_IMAGES = 30
# In the place of a search among filings, which it no longer has.
SEC_DOMAIN = "sec.gov"
# Names of its own tools, which it refuses for functions, and what they go under instead.
_RESERVED = frozenset(
    """web_search search_web people_search search_people fetch_url finance_search sandbox
    image_search load_skill share_file tool_search""".split()  # noqa: SIM905 - quoted words are no easier to read
)
_RENAMED = "caller_"
_DAYS: Mapping[Recency, int] = {"hour": 1, "day": 1, "week": 7, "month": 31, "year": 366}


def renamed(question: Question) -> dict[str, str]:
    """The names that functions of reserved names go under, by their own."""
    known = (tool.name for tool in question.tools.functions)
    return {name: _RENAMED + name for name in known if name in _RESERVED}


def web_search(options: SearchOptions, now: datetime) -> Fields:
    """The search tool; without any option it has its type alone.

    A context size of "low" is Sonar's default and leaves the preset its own.
    """
    tool: Fields = {"type": "web_search"}
    if filters := filters_of(options, now, filings="sec" in options.kinds):
        tool["filters"] = filters
    if options.context_size != "low":
        tool["search_context_size"] = options.context_size
    if options.max_results is not None:
        tool["max_results"] = min(options.max_results, MOST_RESULTS)
    if place := _location(options.location, options.country):
        tool["user_location"] = place
    return tool


def filters_of(options: SearchOptions, now: datetime, *, filings: bool = False) -> Fields:
    """The filters of a search. A recency beside dates, which would be refused, becomes a date.

    `filings`: nothing but filings of companies, which are then looked for on their one site.
    """
    where = options.filter
    filters: Fields = {}
    if entries := domains(where, filings=filings):
        filters["search_domain_filter"] = list(entries)
    after = where.published_after
    if where.recency is not None and (after or where.published_before):
        since = now.date() - timedelta(days=_DAYS[where.recency])
        after = max(since, _day(after)) if after is not None else since
    elif where.recency is not None:
        filters["search_recency_filter"] = where.recency
    named = {
        "search_after_date_filter": after,
        "search_before_date_filter": where.published_before,
        "last_updated_after_filter": where.modified_after,
        "last_updated_before_filter": where.modified_before,
    }
    return filters | {name: written(day) for name, day in named.items() if day is not None}


def domains(where: Filter, *, filings: bool = False) -> tuple[str, ...]:
    """Allowed domains, or else denied ones with a `-`: both together would be refused."""
    allowed = where.domains_allow
    if not allowed and where.url_prefix:
        allowed = (where.url_prefix.partition("://")[2].rstrip("/"),)
    if not allowed and filings:
        allowed = (SEC_DOMAIN,)
    if allowed:
        denied = set(where.domains_deny)
        return tuple(entry for entry in allowed if entry not in denied)
    return tuple(f"-{entry}" for entry in where.domains_deny)


def image_search(extras: Extras, *, safe: bool | None) -> Fields:
    """The tool that looks for images."""
    wanted = extras.image_filter
    filters: Fields = {}
    if wanted.domains_allow or wanted.domains_deny:
        filters["domain_filter"] = [
            *wanted.domains_allow,
            *(f"-{entry}" for entry in wanted.domains_deny if not wanted.domains_allow),
        ]
    if wanted.formats:
        filters["format_filter"] = list(wanted.formats)
    if safe is not None:
        filters["safe_search"] = safe
    tool: Fields = {"type": "image_search"}
    if filters:
        tool["filters"] = filters
    if extras.most_images:
        tool["max_results"] = min(extras.most_images, MOST_IMAGES)
    return tool


def function(tool: FunctionTool, names: Mapping[str, str]) -> Fields:
    """A function of the caller's."""
    described: Fields = {
        "type": "function",
        "name": names.get(tool.name, tool.name),
        "description": tool.description,
        "parameters": tool.parameters,
        "strict": tool.strict,
    }
    return {name: value for name, value in described.items() if value is not None}


def choice(wanted: str, names: Mapping[str, str]) -> JsonValue:
    """Which tool is to be called."""
    if wanted in ("none", "auto", "required"):
        return wanted
    return {"type": "function", "name": names.get(wanted, wanted)}


def written(day: date) -> str:
    """A day as MM/DD/YYYY."""
    return day.strftime("%m/%d/%Y")


def _day(moment: date) -> date:
    return moment.date() if isinstance(moment, datetime) else moment


def _location(place: Location | None, country: str | None) -> Fields:
    """Where the caller is; without a country, which it wants, that is said in words."""
    country = place.country or country if place else country
    if not country:
        return {}
    given: Fields = {"country": country}
    if place is not None:
        given = {
            "latitude": place.latitude,
            "longitude": place.longitude,
            "country": country,
            "region": place.region,
            "city": place.city,
        }
    return {name: value for name, value in given.items() if value is not None}
