"""The ledger in `state.db`: rows through the group-commit writer, sums through SQLAlchemy."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime
from operator import attrgetter

from sqlalchemy import ColumnElement, RowMapping, func, select

from hydrophone.accounts.ledger import USAGE_FIELDS, Grouping, LedgerRow, UsageSum, milliseconds
from hydrophone.storage.ledger_writer import LedgerWriter, SqlValue
from hydrophone.storage.state import State
from hydrophone.storage.state_tables import LEDGER
from hydrophone.types import Usage

_DAY_MS = 24 * 60 * 60 * 1000
_usage_values = attrgetter(*USAGE_FIELDS)


class DurableLedger:
    """Keeps the rows in `state.db`. A row is committed before `record` returns."""

    def __init__(self, state: State, *, busy_timeout_s: float = 5.0) -> None:
        self._state = state
        self._writer = LedgerWriter(state.path, busy_timeout_s=busy_timeout_s)

    async def record(self, row: LedgerRow) -> None:
        """Commit one row; see `Ledger`."""
        await self._writer.write(row_values(row))

    async def usage(
        self, since: datetime, until: datetime, *, by: Grouping = "key"
    ) -> Sequence[UsageSum]:
        """Sums by group; see `Ledger`."""
        group = _group(by).label("usage_group")
        query = (
            select(
                group,
                func.count().label("requests"),
                *(func.sum(LEDGER.c[name]).label(name) for name in USAGE_FIELDS),
                func.sum(LEDGER.c.cost_usd).label("cost_usd"),
            )
            .where(LEDGER.c.started_at_ms >= milliseconds(since))
            .where(LEDGER.c.started_at_ms < milliseconds(until))
            .group_by(group)
            .order_by(group)
        )
        async with self._state.reading() as connection:
            rows = (await connection.execute(query)).mappings().all()
        return tuple(_usage_sum(row, by) for row in rows)

    async def close(self) -> None:
        """Write what waits and end the writer; the state stays open."""
        await self._writer.close()


def row_values(row: LedgerRow) -> tuple[SqlValue, ...]:
    """The row's values in the order of the writer's columns."""
    return (
        row.request_id,
        row.principal.kind,
        row.principal.id,
        row.door,
        row.model,
        row.started_at_ms,
        row.ended_at_ms,
        row.outcome,
        row.error_code,
        *_usage_values(row.usage),
        row.cost_usd,
    )


def _group(by: Grouping) -> ColumnElement[str] | ColumnElement[int]:
    if by == "key":
        return LEDGER.c.principal_id
    if by == "model":
        return LEDGER.c.model
    return LEDGER.c.started_at_ms // _DAY_MS


def _usage_sum(row: RowMapping, by: Grouping) -> UsageSum:
    group = row["usage_group"]
    if by == "day":
        group = datetime.fromtimestamp(group * _DAY_MS / 1000, UTC).date().isoformat()
    usage = Usage(**{name: int(row[name]) for name in USAGE_FIELDS})
    return UsageSum(str(group), row["requests"], usage, row["cost_usd"])
