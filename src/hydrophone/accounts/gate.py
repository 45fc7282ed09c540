"""The gate: passes a question to an answerer and writes what became of it, once, in the ledger.

The row is written before the last event goes out, so nobody gets the end of an answer that was
not accounted for. A caller who leaves earlier gets a row as well, after the work has stopped.
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable
from contextlib import AbstractAsyncContextManager
from types import TracebackType
from typing import TypeAlias

from hydrophone.accounts.ledger import Ledger, LedgerRow, Outcome, now_ms, row_of
from hydrophone.errors import Cancelled
from hydrophone.ports import Answerer
from hydrophone.stream import StreamBroken, failure, outlast
from hydrophone.types import Cost, Event, Failed, Finished, Price, Question, RequestContext

PriceOf: TypeAlias = Callable[[str], Price | None]

# A model id comes from outside; no known one is nearly as long.
_MODEL_CHARS = 200
_log = logging.getLogger(__name__)


class Gate:
    """An answerer that keeps the books of another one.

    `price_of` gives a model's price, None for one that is not known: its rows have no cost.
    """

    def __init__(
        self, answerer: Answerer, ledger: Ledger, *, price_of: PriceOf | None = None
    ) -> None:
        self._answerer = answerer
        self._ledger = ledger
        self._price_of = price_of

    def answer(
        self, question: Question, context: RequestContext
    ) -> AbstractAsyncContextManager[AsyncIterator[Event]]:
        """Pass the events on. Exactly one ledger row is written, before the last event.

        When the ledger cannot be written, the last event of an answer that was whole is `Failed`
        instead. Never raises for what goes wrong with the question or with the answerer.
        """
        account = _Account(self._ledger, question, context, self._price_of)
        return _Passage(account, self._answerer.answer(question, context))


class _Passage(AbstractAsyncContextManager[AsyncIterator[Event]]):
    """The way of one request through the gate, out of it in any case by `_Account.leave`."""

    __slots__ = ("_account", "_work")

    def __init__(
        self, account: _Account, work: AbstractAsyncContextManager[AsyncIterator[Event]]
    ) -> None:
        self._account = account
        self._work: AbstractAsyncContextManager[AsyncIterator[Event]] | None = work

    async def __aenter__(self) -> AsyncIterator[Event]:
        assert self._work is not None
        try:
            events = await self._work.__aenter__()
        except Exception as error:
            self._work, events = None, _broken(error)
        except BaseException:
            await self._account.leave()
            raise
        return self._account.passing(events)

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> bool | None:
        try:
            return None if self._work is None else await self._work.__aexit__(kind, error, trace)
        finally:
            await self._account.leave()


class _Account:
    """One request on its way through the gate."""

    __slots__ = (
        "_context",
        "_context_size",
        "_ledger",
        "_model",
        "_price",
        "_price_of",
        "_settled",
        "_started_at_ms",
    )

    def __init__(
        self,
        ledger: Ledger,
        question: Question,
        context: RequestContext,
        price_of: PriceOf | None,
    ) -> None:
        self._ledger = ledger
        self._model = storable(question.model)
        self._context_size = question.search.context_size
        self._context = context
        self._price_of = price_of
        self._price = None if price_of is None else price_of(question.model)
        self._started_at_ms = now_ms(context)
        self._settled = False

    async def passing(self, events: AsyncIterator[Event]) -> AsyncIterator[Event]:
        """The events as they come; the last one after its row has been written."""
        try:
            async for event in events:
                if isinstance(event, (Finished, Failed)):
                    last = event
                    break
                yield event
            else:
                last = failure(StreamBroken("the answerer's events have no end"), self._context)
        except Exception as error:
            last = failure(error, self._context)
        yield await self._settle(last)

    async def _settle(self, last: Finished | Failed) -> Finished | Failed:
        if self._settled:
            return last
        self._settled = True
        try:
            charged = last.charged if isinstance(last, Finished) else None
            if isinstance(last, Finished) and last.model is not None:
                self._answered_by(last.model)
            await self._ledger.record(self._row(_outcome(last), _error_code(last), charged))
        except Exception as error:
            if isinstance(last, Failed):
                _log.error("request %s has no ledger row", self._context.request_id, exc_info=error)
                return last
            return failure(error, self._context)
        return last

    def _answered_by(self, model: str) -> None:
        """Another model than the one that was asked."""
        self._model = storable(model)
        self._price = None if self._price_of is None else self._price_of(model)

    async def leave(self) -> None:
        """Write the row of a caller who has not waited for the end."""
        if self._settled:
            return
        self._settled = True
        cancelled = self._context.cancel.cancelled
        await outlast(
            asyncio.create_task(self._record_left("cancelled" if cancelled else "disconnected"))
        )

    async def _record_left(self, outcome: Outcome) -> None:
        try:
            await self._ledger.record(self._row(outcome, None))
        except Exception as error:
            _log.error("request %s has no ledger row", self._context.request_id, exc_info=error)

    def _row(
        self, outcome: Outcome, error_code: str | None, charged: Cost | None = None
    ) -> LedgerRow:
        cost, meter = charged, self._context.meter
        if cost is None and self._price is not None:
            cost = self._price.cost(meter.usage, self._context_size, pro=meter.pro_search)
        return row_of(
            self._context,
            self._model,
            outcome,
            started_at_ms=self._started_at_ms,
            error_code=error_code,
            cost_usd=None if cost is None else cost.total_usd,
        )


async def _broken(error: Exception) -> AsyncIterator[Event]:
    raise error
    yield


def _outcome(last: Finished | Failed) -> Outcome:
    if isinstance(last, Finished):
        return "done"
    return "cancelled" if last.code == Cancelled.code else "failed"


def _error_code(last: Finished | Failed) -> str | None:
    return last.code if isinstance(last, Failed) else None


def storable(model: str) -> str:
    """The model id, cut, and without what no database takes."""
    cut = model[:_MODEL_CHARS].replace("\0", "")
    return cut.encode("utf-8", "replace").decode()
