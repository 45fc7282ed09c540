"""The ledger: one row for each request, whatever its end, and the sums over them.

A row says who asked, through which door, for which model, how it ended and what it used. It never
holds the text of a question or of an answer.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import astuple, dataclass, field, fields
from datetime import UTC, datetime
from typing import Literal, Protocol, TypeAlias

from hydrophone.errors import StorageError
from hydrophone.types import Principal, RequestContext, Usage

Outcome: TypeAlias = Literal["done", "failed", "cancelled", "disconnected"]
Grouping: TypeAlias = Literal["key", "model", "day"]

USAGE_FIELDS = tuple(f.name for f in fields(Usage))


@dataclass(frozen=True, slots=True)
class LedgerRow:
    """One request. Times are milliseconds since 1970 in UTC; `cost_usd` None is not known."""

    request_id: str
    principal: Principal
    door: str
    model: str
    started_at_ms: int
    ended_at_ms: int
    outcome: Outcome
    error_code: str | None = None
    usage: Usage = field(default_factory=Usage)
    cost_usd: float | None = None

    @property
    def day(self) -> str:
        """The day in UTC on which the request began, as YYYY-MM-DD."""
        return datetime.fromtimestamp(self.started_at_ms / 1000, UTC).date().isoformat()


@dataclass(frozen=True, slots=True)
class UsageSum:
    """What all requests of one group used. `group` is a principal's id, a model id or a day.

    `cost_usd` leaves out the rows whose cost is not known; it is None when none is.
    """

    group: str
    requests: int
    usage: Usage
    cost_usd: float | None = None


class Ledger(Protocol):
    """Keeps the rows. All implementations pass one suite of tests."""

    async def record(self, row: LedgerRow) -> None:
        """Keep one row; return when it is kept.

        The row is taken over before this first suspends: a caller that is cancelled meanwhile
        leaves it behind, and it is kept all the same. Never waits without bound. Raises
        StorageError, also for a second row with the same request id.
        """

    async def usage(
        self, since: datetime, until: datetime, *, by: Grouping = "key"
    ) -> Sequence[UsageSum]:
        """Sums over requests begun from `since` (inclusive) to `until` (exclusive).

        In the order of their groups. Both times know their zone. Raises StorageError.
        """

    async def close(self) -> None:
        """Keep what has been taken over, then end. Later rows raise StorageError."""


class MemoryLedger:
    """Keeps the rows in this process: for the library, for tests and demonstrations."""

    def __init__(self) -> None:
        self._rows: dict[str, LedgerRow] = {}
        self._closed = False

    @property
    def rows(self) -> tuple[LedgerRow, ...]:
        """All rows in the order of their coming."""
        return tuple(self._rows.values())

    async def record(self, row: LedgerRow) -> None:
        """Keep one row; see `Ledger`."""
        if self._closed:
            raise StorageError("the ledger is closed")
        if row.request_id in self._rows:
            raise StorageError(f"the ledger has a row for request {row.request_id} already")
        self._rows[row.request_id] = row

    async def usage(
        self, since: datetime, until: datetime, *, by: Grouping = "key"
    ) -> Sequence[UsageSum]:
        """Sums by group; see `Ledger`."""
        start_ms, end_ms = milliseconds(since), milliseconds(until)
        groups: dict[str, list[LedgerRow]] = {}
        for row in self._rows.values():
            if start_ms <= row.started_at_ms < end_ms:
                groups.setdefault(_group(row, by), []).append(row)
        return tuple(_sum(group, groups[group]) for group in sorted(groups))

    async def close(self) -> None:
        """Take no more rows."""
        self._closed = True


def now_ms(context: RequestContext) -> int:
    """Milliseconds since 1970 in UTC, by the request's clock."""
    return round(context.clock() * 1000)


def row_of(
    context: RequestContext,
    model: str,
    outcome: Outcome,
    *,
    started_at_ms: int,
    error_code: str | None = None,
    cost_usd: float | None = None,
) -> LedgerRow:
    """The row of a request that ends now, with what it has used so far."""
    return LedgerRow(
        request_id=context.request_id,
        principal=context.principal,
        door=context.door,
        model=model,
        started_at_ms=started_at_ms,
        ended_at_ms=now_ms(context),
        outcome=outcome,
        error_code=error_code,
        usage=context.meter.usage,
        cost_usd=cost_usd,
    )


def milliseconds(moment: datetime) -> int:
    """Milliseconds since 1970 in UTC. Raises ValueError for a time without a zone."""
    if moment.tzinfo is None:
        raise ValueError("a time without a zone is ambiguous")
    return round(moment.timestamp() * 1000)


def _group(row: LedgerRow, by: Grouping) -> str:
    return {"key": row.principal.id, "model": row.model, "day": row.day}[by]


def _sum(group: str, rows: Sequence[LedgerRow]) -> UsageSum:
    costs = [row.cost_usd for row in rows if row.cost_usd is not None]
    return UsageSum(
        group=group,
        requests=len(rows),
        usage=_add(row.usage for row in rows),
        cost_usd=sum(costs) if costs else None,
    )


def _add(usages: Iterable[Usage]) -> Usage:
    return Usage(*(sum(counts) for counts in zip(*map(astuple, usages), strict=True)))
