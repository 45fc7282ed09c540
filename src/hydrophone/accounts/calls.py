"""Calls whose answers come whole: what became of each, once, in the ledger.

The row is written before the answer goes out, as the gate of answers does it.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable
from typing import TypeVar

from hydrophone.accounts.ledger import Ledger, LedgerRow, Outcome, now_ms, row_of
from hydrophone.errors import HydrophoneError, InternalError
from hydrophone.stream import outlast
from hydrophone.types import ContextSize, Price, RequestContext

T = TypeVar("T")
_log = logging.getLogger(__name__)


class Call:
    """One call on its way through a gate. `model` is the name under which its row stands.

    A call that fails costs nothing. With `price` None the row has no cost.
    """

    __slots__ = ("_context", "_context_size", "_ledger", "_model", "_price", "_started_at_ms")

    def __init__(
        self,
        ledger: Ledger,
        context: RequestContext,
        *,
        model: str,
        price: Price | None,
        context_size: ContextSize = "low",
    ) -> None:
        self._ledger = ledger
        self._context = context
        self._model = model
        self._price = price
        self._context_size = context_size
        self._started_at_ms = now_ms(context)

    async def around(self, work: Awaitable[T]) -> T:
        """Do the work. Exactly one ledger row is written, whatever its end.

        Raises what the work raises, and StorageError when the ledger cannot be written; a defect
        is raised as InternalError.
        """
        try:
            done = await work
        except asyncio.CancelledError:
            await self._note("cancelled" if self._context.cancel.cancelled else "disconnected")
            raise
        except HydrophoneError as error:
            await self._note("failed", error.code)
            raise
        except Exception as error:
            _log.error("request %s failed", self._context.request_id, exc_info=error)
            await self._note("failed", InternalError.code)
            message = "something went wrong inside the server; its log has the details"
            raise InternalError(message) from error
        await self._ledger.record(self._row("done", None))
        return done

    async def _note(self, outcome: Outcome, error_code: str | None = None) -> None:
        """Write the row of a call that was not done; its error counts, not the ledger's."""
        await outlast(asyncio.create_task(self._try_to_record(outcome, error_code)))

    async def _try_to_record(self, outcome: Outcome, error_code: str | None) -> None:
        try:
            await self._ledger.record(self._row(outcome, error_code))
        except Exception as error:
            _log.error("request %s has no ledger row", self._context.request_id, exc_info=error)

    def _row(self, outcome: Outcome, error_code: str | None) -> LedgerRow:
        return row_of(
            self._context,
            self._model,
            outcome,
            started_at_ms=self._started_at_ms,
            error_code=error_code,
            cost_usd=self._cost_usd(outcome),
        )

    def _cost_usd(self, outcome: Outcome) -> float | None:
        if self._price is None:
            return None
        if outcome == "failed":
            return 0.0
        return self._price.cost(self._context.meter.usage, self._context_size).total_usd
