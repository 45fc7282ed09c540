"""What the ledger says of a job: one row at its end, as the gate writes one for each request."""

from __future__ import annotations

from hydrophone.accounts.durable_ledger import row_values
from hydrophone.accounts.gate import PriceOf, storable
from hydrophone.accounts.ledger import LedgerRow, Outcome
from hydrophone.jobs.ending import Ending
from hydrophone.storage.ledger_writer import LEDGER_COLUMNS, SqlValue
from hydrophone.types import Failed, Finished


class JobBooks:
    """Implements `Books` of the room of jobs. `price_of` as the gate has it."""

    def __init__(self, price_of: PriceOf | None = None) -> None:
        self._price_of = price_of

    def row(self, ending: Ending) -> dict[str, SqlValue]:
        """The row by the ledger's columns; the request began when the job was taken in."""
        job, last = ending.job, ending.last
        row = LedgerRow(
            request_id=job.id,
            principal=job.principal,
            door=job.door,
            model=storable(_model(ending)),
            started_at_ms=job.created_at_ms,
            ended_at_ms=ending.ended_at_ms,
            outcome=_outcome(ending),
            error_code=last.code if isinstance(last, Failed) else None,
            usage=ending.meter.usage,
            cost_usd=self._cost_usd(ending),
        )
        return dict(zip(LEDGER_COLUMNS, row_values(row), strict=True))

    def _cost_usd(self, ending: Ending) -> float | None:
        if isinstance(ending.last, Finished) and ending.last.charged is not None:
            return ending.last.charged.total_usd
        price = None if self._price_of is None else self._price_of(_model(ending))
        if price is None:
            return None
        size, meter = ending.question.search.context_size, ending.meter
        return price.cost(meter.usage, size, pro=meter.pro_search).total_usd


def _model(ending: Ending) -> str:
    """The model that answered, or else the one that was asked."""
    last = ending.last
    return (isinstance(last, Finished) and last.model) or ending.job.model


def _outcome(ending: Ending) -> Outcome:
    if ending.status == "done":
        return "done"
    return "cancelled" if ending.status == "cancelled" else "failed"
