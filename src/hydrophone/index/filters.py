"""A ground `Filter` as a test on one document, for indexes without SQL."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime

from hydrophone.storage.index_db_filter import (
    DomainRule,
    Period,
    locate,
    modified_period,
    published_period,
    read_domain_rule,
    to_us,
)
from hydrophone.types import Document, Filter

Test = Callable[[Document, str], bool]


def compile_test(filter: Filter, now: datetime) -> Test:
    """A test of (document, collection). Raises InvalidRequest on a filter that cannot be read."""
    allow = [read_domain_rule(entry) for entry in filter.domains_allow]
    deny = [read_domain_rule(entry) for entry in filter.domains_deny]
    published = published_period(filter, now)
    modified = modified_period(filter)

    def test(document: Document, collection: str) -> bool:
        return (
            (not filter.collections or collection in filter.collections)
            and document.url.startswith(filter.url_prefix or "")
            and (not allow or any(_covers(rule, document.url) for rule in allow))
            and not any(_covers(rule, document.url) for rule in deny)
            and _speaks(document.language, filter.languages)
            and _inside(document.published, published)
            and _inside(document.modified, modified)
        )

    return test


def _covers(rule: DomainRule, url: str) -> bool:
    host, path = locate(url)
    if rule.host.startswith("."):
        below = host.endswith(rule.host)
    else:
        below = f".{host}".endswith(f".{rule.host}")
    return below and f"{path}/".startswith(f"{rule.path}/")


def _speaks(language: str | None, wanted: tuple[str, ...]) -> bool:
    if not wanted:
        return True
    tag = f"{(language or '').lower()}-"
    return language is not None and any(tag.startswith(f"{w.strip().lower()}-") for w in wanted)


def _inside(moment: datetime | None, period: Period) -> bool:
    if period.unbounded:
        return True
    if moment is None:
        return False
    moment_us = to_us(moment)
    return (period.from_us is None or moment_us >= period.from_us) and (
        period.until_us is None or moment_us < period.until_us
    )
