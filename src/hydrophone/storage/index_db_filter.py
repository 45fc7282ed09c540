"""A ground `Filter` as a condition on the tables of `index.db`.

The reading of its values (domain rules, inclusive UTC bounds, look-back windows) is shared with
the in-memory index, the comparing is not.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import urlsplit

import orjson

from hydrophone.errors import InvalidRequest
from hydrophone.types import Filter

SqlValue = str | int | float | bytes | None

RECENCY_WINDOWS = {
    "hour": timedelta(hours=1),
    "day": timedelta(hours=24),
    "week": timedelta(days=7),
    "month": timedelta(days=30),
    "year": timedelta(days=365),
}
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class InvalidFilter(InvalidRequest):
    """A filter's value cannot be understood."""

    code = "invalid_parameter"


@dataclass(frozen=True, slots=True)
class DomainRule:
    """A domain and its subdomains (`host`), or all below a suffix (`host` starts with a dot).

    `path` is empty, or a prefix of whole path segments: /docs covers /docs and /docs/a, not /docsy.
    """

    host: str
    path: str = ""


@dataclass(frozen=True, slots=True)
class Period:
    """Microseconds since 1970, `from_us` inclusive and `until_us` exclusive; None is unbounded."""

    from_us: int | None = None
    until_us: int | None = None

    @property
    def unbounded(self) -> bool:
        """True when every date, and an unknown one, is inside."""
        return self.from_us is None and self.until_us is None


@dataclass(frozen=True, slots=True)
class Condition:
    """SQL on the row `d` of `documents`, and the values for its question marks."""

    sql: str
    values: tuple[SqlValue, ...]

    def put_into(self, statement: str) -> str:
        """The statement with this condition at its mark {condition}."""
        return statement.replace("{condition}", self.sql)

    @property
    def always(self) -> bool:
        """True when it holds for every document."""
        return self.sql == "1"


def to_us(moment: datetime) -> int:
    """Microseconds since 1970. A time without a zone is taken as UTC."""
    if moment.tzinfo is None:
        moment = moment.replace(tzinfo=UTC)
    return (moment - _EPOCH) // _MICROSECOND


def from_us(moment_us: int) -> datetime:
    """The time in UTC."""
    return _EPOCH + moment_us * _MICROSECOND


def locate(url: str) -> tuple[str, str]:
    """Host (lower case, ASCII, no port) and path of a URL; empty strings where it has none."""
    try:
        parts = urlsplit(url)
        return _ascii_host(parts.hostname or ""), parts.path or "/"
    except ValueError:
        return "", ""


def read_domain_rule(entry: str) -> DomainRule:
    """The rule that an entry such as `example.com`, `.gov` or `example.com/docs` states.

    A scheme in front is passed over. Raises InvalidFilter when there is no domain in it.
    """
    bare = entry.strip().split("://", 1)[-1]
    host, slash, path = bare.partition("/")
    dot = "." if host.startswith(".") else ""
    try:
        name = urlsplit(f"//{host[len(dot) :]}").hostname or ""
    except ValueError:
        name = ""
    if not name or any(c.isspace() for c in name):
        raise InvalidFilter(f"{entry!r} is no domain, top-level domain or domain with a path")
    return DomainRule(dot + _ascii_host(name), (slash + path).rstrip("/"))


def published_period(filter: Filter, now: datetime) -> Period:
    """What the published dates and the recency allow together."""
    period = _period(filter.published_after, filter.published_before)
    if filter.recency is None:
        return period
    since_us = to_us(now - RECENCY_WINDOWS[filter.recency])
    return Period(max(since_us, period.from_us or since_us), period.until_us)


def modified_period(filter: Filter) -> Period:
    """What the modified dates allow."""
    return _period(filter.modified_after, filter.modified_before)


def compile_filter(filter: Filter, now: datetime) -> Condition:
    """The filter as SQL. Raises InvalidFilter."""
    clauses: list[Condition] = []
    if filter.collections:
        clauses.append(
            Condition(
                "d.collection_id IN (SELECT id FROM collections "
                "WHERE name IN (SELECT value FROM json_each(?)))",
                (orjson.dumps(filter.collections).decode(),),
            )
        )
    if filter.domains_allow:
        clauses.append(_any_of(_domain_clause(entry) for entry in filter.domains_allow))
    for entry in filter.domains_deny:
        denied = _domain_clause(entry)
        clauses.append(Condition(f"NOT {denied.sql}", denied.values))
    if filter.url_prefix:
        clauses.append(prefix_clause(filter.url_prefix))
    if filter.languages:
        clauses.append(_any_of(_language_clause(entry) for entry in filter.languages))
    clauses += _period_clauses("d.published_us", published_period(filter, now))
    clauses += _period_clauses("d.modified_us", modified_period(filter))
    return join_clauses(clauses)


def join_clauses(clauses: list[Condition]) -> Condition:
    """All of the clauses together."""
    return _joined(" AND ", clauses) if clauses else Condition("1", ())


def prefix_clause(url_prefix: str) -> Condition:
    """URLs that begin with this text."""
    # The bound lets SQLite walk its index; substr alone decides.
    return Condition(
        "(d.url >= ? AND substr(d.url, 1, ?) = ?)", (url_prefix, len(url_prefix), url_prefix)
    )


def _period(after: date | datetime | None, before: date | datetime | None) -> Period:
    from_us = None if after is None else to_us(_day_start(after))
    if before is None:
        return Period(from_us, None)
    if isinstance(before, datetime):
        return Period(from_us, to_us(before) + 1)
    return Period(from_us, to_us(_day_start(before)) + timedelta(days=1) // _MICROSECOND)


def _day_start(moment: date | datetime) -> datetime:
    if isinstance(moment, datetime):
        return moment
    return datetime.combine(moment, time(), UTC)


def _domain_clause(entry: str) -> Condition:
    rule = read_domain_rule(entry)
    if rule.host.startswith("."):
        clause = Condition("substr(d.host, ?) = ?", (-len(rule.host), rule.host))
    else:
        below = f".{rule.host}"
        clause = Condition("(d.host = ? OR substr(d.host, ?) = ?)", (rule.host, -len(below), below))
    if rule.path:
        folder = f"{rule.path}/"
        path = Condition(
            "(d.path = ? OR substr(d.path, 1, ?) = ?)", (rule.path, len(folder), folder)
        )
        clause = _joined(" AND ", [clause, path])
    return Condition(f"({clause.sql})", clause.values)


def _language_clause(entry: str) -> Condition:
    language = entry.strip().lower()
    return Condition(
        "ifnull(lower(d.language) = ? OR substr(lower(d.language), 1, ?) = ?, 0)",
        (language, len(language) + 1, f"{language}-"),
    )


def _period_clauses(column: str, period: Period) -> list[Condition]:
    clauses = []
    if period.from_us is not None:
        clauses.append(Condition(f"ifnull({column} >= ?, 0)", (period.from_us,)))
    if period.until_us is not None:
        clauses.append(Condition(f"ifnull({column} < ?, 0)", (period.until_us,)))
    return clauses


def _any_of(clauses: Iterable[Condition]) -> Condition:
    return _joined(" OR ", list(clauses))


def _joined(word: str, clauses: list[Condition]) -> Condition:
    sql = word.join(clause.sql for clause in clauses)
    return Condition(f"({sql})", tuple(v for clause in clauses for v in clause.values))


def _ascii_host(host: str) -> str:
    host = host.rstrip(".").lower()
    try:
        return host if host.isascii() else host.encode("idna").decode("ascii")
    except UnicodeError:
        return host
