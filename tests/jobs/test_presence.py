"""Whether a process that held jobs still lives."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
from pathlib import Path

import pytest
from sqlalchemy import update

from hydrophone.jobs.presence import Presence
from hydrophone.storage.state import State
from hydrophone.storage.state_tables import JOBS
from hydrophone.types import LOCAL
from tests.jobs.working import WAIT_S, Report, question, whole, working

HOLD = """
import sys, time
from pathlib import Path
from hydrophone.jobs.presence import Presence
presence = Presence(Path(sys.argv[1]), "other")
presence.begin()
print("holds", flush=True)
time.sleep(60)
"""


def holding(folder: Path) -> subprocess.Popen[bytes]:
    """A process that holds jobs as "other"."""
    process = subprocess.Popen([sys.executable, "-c", HOLD, folder], stdout=subprocess.PIPE)
    assert process.stdout is not None
    assert process.stdout.readline() == b"holds\n"
    return process


def test_a_killed_process_is_known_to_be_gone_and_living_ones_are_not(tmp_path: Path) -> None:
    here = Presence(tmp_path / "runners", "here")
    here.begin()
    with holding(tmp_path / "runners") as other:
        try:
            assert here.gone() == []
        finally:
            other.kill()
    assert here.gone() == ["other"]
    here.forget("other")
    assert here.gone() == []
    here.end()
    assert list((tmp_path / "runners").iterdir()) == []


def test_a_folder_that_cannot_be_written_costs_only_the_knowledge(
    tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (tmp_path / "runners").write_text("a file where a folder should be")
    here = Presence(tmp_path / "runners", "here")
    here.begin()
    assert here.gone() == []
    here.end()
    assert "wait for their lease" in caplog.text


async def test_jobs_of_a_killed_process_are_taken_up_long_before_their_lease_ends(
    state: State,
) -> None:
    first = Report(halt_before=3)
    async with working(state, first) as room:
        job = await room.desk.submit(question(), LOCAL, door="async")
        async with asyncio.timeout(WAIT_S):
            await first.halted.wait()
    held = {"status": "running", "lease_owner": "other", "lease_until_ms": 2**52}
    async with state.writing() as connection:
        await connection.execute(update(JOBS).where(JOBS.c.id == job.id).values(**held))
    other = await asyncio.to_thread(holding, state.path.with_name("runners"))
    async with working(state, Report()) as room:
        other.kill()
        other.communicate()
        assert (await room.ended(job)).status == "done"
        names = await asyncio.to_thread(os.listdir, state.path.with_name("runners"))
        assert len(names) == 1, "the dead one is forgotten"
        said = [one.event async for one in room.desk.events(job.id, LOCAL)]
    assert whole() == "".join(getattr(event, "delta", "") for event in said)
