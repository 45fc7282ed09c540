"""What the ledger says of a job is what the gate would have said of the same answer."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hydrophone.accounts.durable_ledger import row_values
from hydrophone.accounts.gate import Gate
from hydrophone.accounts.job_books import JobBooks
from hydrophone.accounts.ledger import MemoryLedger
from hydrophone.errors import Cancelled, InvalidModel
from hydrophone.jobs.ending import Ending
from hydrophone.jobs.rows import JobRow
from hydrophone.scripted import ScriptedAnswerer, ScriptItem
from hydrophone.types import (
    Failed,
    Finished,
    Price,
    Principal,
    RequestContext,
    SearchOptions,
    Sources,
    Text,
    Usage,
    ask,
)

PRICE = Price(input_usd=1, output_usd=2, low_usd=5, high_usd=12, pro_high_usd=22)
ASKED = replace(ask("q", model="sonar\0"), search=SearchOptions(context_size="high"))
JOB = JobRow(
    "the-job",
    Principal("key", "ada"),
    *("async", "sonar\0", "running", 1, False, 2_000, 3_000, None, 0, "{}", None, None),
)


@pytest.mark.parametrize("pro", [False, True])
@pytest.mark.parametrize(
    "script",
    [
        [Sources(complete=True), Text("a"), Finished("stop", Usage())],
        [InvalidModel("there is none")],
        [Cancelled("it was cancelled")],
    ],
)
async def test_the_row_is_the_gates(script: list[ScriptItem], pro: bool) -> None:
    ledger = MemoryLedger()
    context = RequestContext(
        JOB.principal, request_id=JOB.id, door=JOB.door, clock=iter([2.0, 4.0]).__next__
    )
    context.meter.add(prompt_tokens=1_000, completion_tokens=500, search_queries=2)
    context.meter.pro_search = pro
    gate = Gate(ScriptedAnswerer(script), ledger, price_of=lambda _: PRICE)
    async with gate.answer(ASKED, context) as events:
        last = [event async for event in events][-1]
    assert isinstance(last, Finished | Failed)
    ending = Ending(JOB, ASKED, context.meter, 0, (), last, 4_000)
    row = JobBooks(lambda _: PRICE).row(ending)
    (written,) = ledger.rows
    assert tuple(row.values()) == row_values(written)
    assert row["cost_usd"] == pytest.approx(0.001 + 0.001 + (0.022 if pro else 0.012))


def test_what_has_no_price_has_no_cost() -> None:
    ending = Ending(JOB, ASKED, RequestContext().meter, 0, (), Finished("stop", Usage()), 4_000)
    assert JobBooks().row(ending)["cost_usd"] is None
    assert JobBooks(lambda _: None).row(ending)["cost_usd"] is None
