"""A ledger for work that may be done again under the same request id: one row all the same."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime

from sqlalchemy import select

from hydrophone.accounts.ledger import Grouping, Ledger, LedgerRow, UsageSum
from hydrophone.storage.state import State
from hydrophone.storage.state_tables import LEDGER


class LedgerOnce:
    """Passes on to a ledger in `state` the rows of request ids that have none there.

    Work that was broken off ("disconnected") is done again and has its row then. Nobody else may
    record rows of the same ids at the same time.
    """

    def __init__(self, state: State, ledger: Ledger) -> None:
        self._state = state
        self._ledger = ledger

    async def record(self, row: LedgerRow) -> None:
        """See `Ledger`; but a second row with the same request id is dropped."""
        if row.outcome == "disconnected":
            return
        query = select(LEDGER.c.request_id).where(LEDGER.c.request_id == row.request_id)
        async with self._state.reading() as connection:
            known = (await connection.execute(query)).first()
        if known is None:
            await self._ledger.record(row)

    async def usage(
        self, since: datetime, until: datetime, *, by: Grouping = "key"
    ) -> Sequence[UsageSum]:
        """See `Ledger`."""
        return await self._ledger.usage(since, until, by=by)

    async def close(self) -> None:
        """See `Ledger`."""
        await self._ledger.close()
