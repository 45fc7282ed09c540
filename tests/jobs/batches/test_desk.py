"""What the desk of batches takes in, and for how long it remembers."""

from __future__ import annotations

import pytest

from hydrophone.errors import NotFound, RateLimited
from hydrophone.jobs.batches.desk import BatchDesk
from hydrophone.jobs.batches.rows import purge_batches
from hydrophone.ports import BatchOrder
from hydrophone.storage.state import State
from tests.jobs.batches.batching import URL, batching_of, line
from tests.jobs.working import ADA, BOB, Report, room_of


async def test_a_caller_has_a_most_of_batches_that_have_not_ended(state: State) -> None:
    batches = batching_of(state, room_of(state, Report()))
    desk = BatchDesk(state, batches.feeder, (URL,), most_unended_each=2)
    order = BatchOrder(await batches.put(b"x"), URL)
    first = await desk.create(order, ADA)
    await desk.create(order, ADA, idempotency_key="second")
    with pytest.raises(RateLimited):
        await desk.create(order, ADA)
    assert await desk.create(order, ADA, idempotency_key="second")
    await desk.create(BatchOrder(await batches.put(b"x", BOB), URL), BOB)
    async with state.writing() as connection:
        await connection.exec_driver_sql(
            "UPDATE batches SET ended_at_ms = 1 WHERE id = ?", (first.id,)
        )
    await desk.create(order, ADA)


async def test_a_batch_is_forgotten_some_days_after_its_end(state: State) -> None:
    batches = batching_of(state, room_of(state, Report()))
    ended, other = await batches.begin(line("a")), await batches.begin(line("b"))
    async with state.writing() as connection:
        statement = "UPDATE batches SET ended_at_ms = 1000 WHERE id = ?"
        await connection.exec_driver_sql(statement, (ended.id,))
        assert await purge_batches(connection, 1000) == 0
        assert await purge_batches(connection, 1001) == 1
    with pytest.raises(NotFound):
        await batches.desk.batch(ended.id, ADA)
    assert await batches.desk.batch(other.id, ADA) == other
