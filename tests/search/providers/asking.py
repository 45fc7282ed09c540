"""Queries for the tests of adapters, all asked at one moment."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

from hydrophone.search.base import ProviderQuery
from hydrophone.types import Filter

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
FILTER_FIELDS = frozenset(Filter.__dataclass_fields__)


def ask(text: str = "how do hydrophones work", **said: Any) -> ProviderQuery:
    """A query; fields of the filter may be given beside the query's own."""
    filtered = {name: value for name, value in said.items() if name in FILTER_FIELDS}
    others = {name: value for name, value in said.items() if name not in FILTER_FIELDS}
    return ProviderQuery(text, filter=Filter(**filtered), now=NOW, **others)
