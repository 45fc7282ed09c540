"""What a result must satisfy, as Perplexity's bodies say it: one reading for every endpoint."""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import date, datetime
from typing import Literal

from pydantic import Field

from hydrophone.api.request import Body
from hydrophone.errors import InvalidRequest
from hydrophone.types import Filter

MAX_DOMAINS = 20
MAX_DOMAIN_CHARS = 253
MAX_LANGUAGES = 10
# How much of a wrong value is repeated to who sent it.
SHOWN_CHARS = 80
_NO_FILTER = Filter()
_DAY = "^(0?[1-9]|1[0-2])/(0?[1-9]|[12][0-9]|3[01])/[12][0-9]{3}$"  # for the OpenAPI document
_PREFIXES = ("https://", "http://", "www.")
_LABEL = r"(?:xn--)?[^\W_](?:[\w-]{0,61}[^\W_])?"
_DOMAIN = re.compile(rf"\.?{_LABEL}(?:\.{_LABEL})*\.?(?::\d{{1,5}})?(?P<path>/\S*)?", re.IGNORECASE)
_LETTERS = re.compile(r"[A-Za-z]{2}")


class FilterFields(Body):
    """The fields that filter results; every body that searches has them."""

    search_domain_filter: list[str] | None = Field(
        default=None,
        description=(
            "Only these domains, or with '-' before it not this one; at most 20. An entry is a "
            "domain, which covers its subdomains, a top-level domain such as '.gov', or a domain "
            "with a path."
        ),
        json_schema_extra={"maxItems": MAX_DOMAINS},
    )
    search_language_filter: list[str] | None = Field(
        default=None, description="Only pages in these languages, as ISO 639-1; at most 10."
    )
    search_recency_filter: Literal["hour", "day", "week", "month", "year"] | None = Field(
        default=None, description="Only pages that were published this lately."
    )
    search_after_date_filter: str | None = Field(
        default=None,
        description="Only pages published on or after this day, M/D/YYYY, in UTC.",
        json_schema_extra={"pattern": _DAY},
    )
    search_before_date_filter: str | None = Field(
        default=None,
        description="Only pages published on or before this day, M/D/YYYY, in UTC.",
        json_schema_extra={"pattern": _DAY},
    )
    last_updated_after_filter: str | None = Field(
        default=None,
        description="Only pages changed on or after this day, M/D/YYYY, in UTC.",
        json_schema_extra={"pattern": _DAY},
    )
    last_updated_before_filter: str | None = Field(
        default=None,
        description="Only pages changed on or before this day, M/D/YYYY, in UTC.",
        json_schema_extra={"pattern": _DAY},
    )
    collections: list[str] | None = Field(
        default=None, description="Search only these own collections."
    )


FILTER_FIELDS = frozenset(FilterFields.__annotations__)


def read_filter(body: FilterFields, *, strict: bool, most_languages: int = MAX_LANGUAGES) -> Filter:
    """The filter that the body asks for.

    Raises InvalidRequest with the field's name: `invalid_search_domain_filter`,
    `invalid_date_format`, `invalid_parameter` for fields that contradict each other. `strict`
    refuses what Perplexity's service refuses and what can be understood all the same.
    """
    if body.model_fields_set.isdisjoint(FILTER_FIELDS):
        return _NO_FILTER
    allow, deny = read_domains(body.search_domain_filter or (), strict=strict)
    published_after, published_before = _period(
        body, "search_after_date_filter", "search_before_date_filter"
    )
    modified_after, modified_before = _period(
        body, "last_updated_after_filter", "last_updated_before_filter"
    )
    if strict and body.search_recency_filter and (published_after or published_before):
        raise InvalidRequest(
            "search_recency_filter cannot be used together with search_after_date_filter or "
            "search_before_date_filter",
            param="search_recency_filter",
            code="invalid_parameter",
        )
    return Filter(
        collections=tuple(body.collections or ()),
        domains_allow=allow,
        domains_deny=deny,
        languages=read_languages(body.search_language_filter or (), most=most_languages),
        published_after=published_after,
        published_before=published_before,
        modified_after=modified_after,
        modified_before=modified_before,
        recency=body.search_recency_filter,
    )


def read_domains(
    entries: Sequence[str],
    *,
    strict: bool,
    most: int = MAX_DOMAINS,
    param: str = "search_domain_filter",
    code: str = "invalid_search_domain_filter",
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Allowed and denied (`-`) domains. Scheme and `www.` do not count, `strict` refuses them, and
    allowed beside denied ones. Raises InvalidRequest."""
    if len(entries) > most:
        raise InvalidRequest(
            f"{param} holds at most {most} domains, not {len(entries)}", param=param, code=code
        )
    bare = [entry.strip() for entry in entries]
    try:
        allow = tuple(_domain(entry, strict) for entry in bare if not entry.startswith("-"))
        deny = tuple(_domain(entry[1:], strict) for entry in bare if entry.startswith("-"))
    except ValueError as error:
        raise InvalidRequest(f"{param}: {error}", param=param, code=code) from None
    if strict and allow and deny:
        message = f"{param} either allows domains or denies them with '-', not both"
        raise InvalidRequest(message, param=param, code=code)
    return allow, deny


def _domain(entry: str, strict: bool) -> str:
    bare = entry.strip()
    for prefix in _PREFIXES:
        if bare[: len(prefix)].lower() == prefix:
            if strict:
                raise ValueError(f"write the domain without {prefix!r}")
            bare = bare[len(prefix) :]
    match = _DOMAIN.fullmatch(bare) if len(bare) <= MAX_DOMAIN_CHARS else None
    if match is None:
        raise ValueError(
            f"{entry[:SHOWN_CHARS]!r} is no domain: write it like 'example.com', '.gov', "
            f"'example.com/path' or '-example.com', in at most {MAX_DOMAIN_CHARS} characters"
        )
    path = match["path"] or ""
    return bare[: len(bare) - len(path)].lower() + path


def read_languages(
    entries: Sequence[str], *, most: int = MAX_LANGUAGES, param: str = "search_language_filter"
) -> tuple[str, ...]:
    """Languages as ISO 639-1 in lower case. Raises InvalidRequest."""
    if len(entries) > most:
        raise InvalidRequest(
            f"at most {most} languages can be filtered for, not {len(entries)}", param=param
        )
    for entry in entries:
        if _LETTERS.fullmatch(entry.strip()) is None:
            raise InvalidRequest(
                f"{entry[:SHOWN_CHARS]!r} is no language: write its two letters of ISO 639-1, "
                "such as 'en'",
                param=param,
            )
    return tuple(entry.strip().lower() for entry in entries)


def read_country(value: str | None, *, param: str) -> str | None:
    """A country as ISO 3166 alpha-2 in upper case. Raises InvalidRequest."""
    if value is None:
        return None
    if _LETTERS.fullmatch(value.strip()) is None:
        raise InvalidRequest(
            f"{value[:SHOWN_CHARS]!r} is no country: write its two letters of ISO 3166, "
            "such as 'US'",
            param=param,
        )
    return value.strip().upper()


def _period(body: FilterFields, after: str, before: str) -> tuple[date | None, date | None]:
    first = read_date(getattr(body, after), param=after)
    last = read_date(getattr(body, before), param=before)
    if first is not None and last is not None and first > last:
        message = f"no day is both on or after {after} and on or before {before}"
        raise InvalidRequest(message, param=before, code="invalid_parameter")
    return first, last


def read_date(value: str | None, *, param: str) -> date | None:
    """A day written as M/D/YYYY, leading zeros or not. Raises InvalidRequest."""
    if value is None:
        return None
    try:
        return datetime.strptime(value, "%m/%d/%Y").date()
    except ValueError:
        raise InvalidRequest(
            f"{value[:SHOWN_CHARS]!r} is no date: write it as M/D/YYYY, for example 3/1/2025",
            param=param,
            code="invalid_date_format",
        ) from None
