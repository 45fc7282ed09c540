"""The gate of searches: what became of each, once, in the ledger.

The row is written before the results go out, as the gate of answers does it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Sequence

from hydrophone.accounts.ledger import Ledger, LedgerRow, Outcome
from hydrophone.catalog import SEARCH
from hydrophone.errors import HydrophoneError, InternalError
from hydrophone.ports import Searcher, SearchOutcome
from hydrophone.stream import outlast
from hydrophone.types import Price, RequestContext, SearchOptions

_log = logging.getLogger(__name__)


class SearchGate:
    """A searcher that keeps the books of another one.

    A search that fails costs nothing. With `price` None the rows have no cost.
    """

    def __init__(self, searcher: Searcher, ledger: Ledger, *, price: Price | None = None) -> None:
        self._searcher = searcher
        self._ledger = ledger
        self._price = price

    async def search(
        self, queries: Sequence[str], options: SearchOptions, context: RequestContext
    ) -> SearchOutcome:
        """Pass the search on. Exactly one ledger row is written, whatever its end.

        Raises what the searcher raises, and StorageError when the ledger cannot be written; a
        defect of the searcher is raised as InternalError.
        """
        account = _Account(self._ledger, self._price, options, context)
        try:
            outcome = await self._searcher.search(queries, options, context)
        except asyncio.CancelledError:
            await account.note("cancelled" if context.cancel.cancelled else "disconnected")
            raise
        except HydrophoneError as error:
            await account.note("failed", error.code)
            raise
        except Exception as error:
            _log.error("request %s failed", context.request_id, exc_info=error)
            await account.note("failed", InternalError.code)
            message = "something went wrong inside the server; its log has the details"
            raise InternalError(message) from error
        await account.settle()
        return outcome


class _Account:
    """One search on its way through the gate."""

    __slots__ = ("_context", "_ledger", "_options", "_price", "_started_at_ms")

    def __init__(
        self, ledger: Ledger, price: Price | None, options: SearchOptions, context: RequestContext
    ) -> None:
        self._ledger = ledger
        self._price = price
        self._options = options
        self._context = context
        self._started_at_ms = _now_ms(context)

    async def settle(self) -> None:
        """Write the row of a search that is done. Raises StorageError."""
        await self._ledger.record(self._row("done", None))

    async def note(self, outcome: Outcome, error_code: str | None = None) -> None:
        """Write the row of one that has ended otherwise; its error counts, not the ledger's."""
        await outlast(asyncio.create_task(self._try_to_record(outcome, error_code)))

    async def _try_to_record(self, outcome: Outcome, error_code: str | None) -> None:
        try:
            await self._ledger.record(self._row(outcome, error_code))
        except Exception as error:
            _log.error("request %s has no ledger row", self._context.request_id, exc_info=error)

    def _row(self, outcome: Outcome, error_code: str | None) -> LedgerRow:
        context = self._context
        return LedgerRow(
            request_id=context.request_id,
            principal=context.principal,
            door=context.door,
            model=SEARCH,
            started_at_ms=self._started_at_ms,
            ended_at_ms=_now_ms(context),
            outcome=outcome,
            error_code=error_code,
            usage=context.meter.usage,
            cost_usd=self._cost_usd(outcome),
        )

    def _cost_usd(self, outcome: Outcome) -> float | None:
        if self._price is None:
            return None
        if outcome == "failed":
            return 0.0
        return self._price.cost(self._context.meter.usage, self._options.context_size).total_usd


def _now_ms(context: RequestContext) -> int:
    return round(context.clock() * 1000)
