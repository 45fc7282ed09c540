"""Background jobs in a server as people run it: begun, stopped in the middle, gone on with."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from typing import Any

import pytest

from hydrophone.accounts.job_books import JobBooks
from hydrophone.jobs.desk import Desk
from hydrophone.jobs.runner import Runner
from hydrophone.ports import LoggedEvent
from hydrophone.scripted import ScriptedAnswerer
from hydrophone.storage.state import open_state
from hydrophone.types import LOCAL, Finished, Question, Step, Text, ask
from tests.app.ledger import rows
from tests.app.modelling import modelling, settings_for
from tests.emulators.openai_model import Reply
from tests.running import Shell, serving

QUESTION = "How do I add my own documents, and which formats can be read?"
PATIENCE_S = 100.0


@pytest.fixture
def shell(documented_shell: Shell) -> Shell:
    """With some of the documentation in it, vectors and all."""
    return documented_shell


class Nobody(ScriptedAnswerer):
    """Answers nothing: the desk of this process has no runner."""

    def resumes(self, question: Question) -> bool:
        return False

    def resume(self, question, context, so_far):  # type: ignore[no-untyped-def]
        return self.answer(question, context)


@asynccontextmanager
async def desk_of(shell: Shell) -> AsyncIterator[Desk]:
    """A desk on the data of a server, in another process."""
    state = await open_state(shell.data_dir / "state.db")
    books = JobBooks()
    runner = Runner(state, Nobody(()), books, at_once=1, keep_days=7)
    try:
        yield Desk(state, runner, books, look_s=0.1)
    finally:
        await state.close()


def text_of(events: list[LoggedEvent]) -> str:
    return "".join(one.event.delta for one in events if isinstance(one.event, Text))


async def read(desk: Desk, job_id: str, *, up_to: str | None = None) -> list[LoggedEvent]:
    """The job's events, to the end or up to where this step begins."""
    found = []
    async with asyncio.timeout(PATIENCE_S):
        async for logged in desk.events(job_id, LOCAL):
            found.append(logged)
            if isinstance(logged.event, Step) and logged.event.id == up_to:
                break
    return found


async def test_a_server_works_on_jobs_of_other_processes(shell: Shell) -> None:
    with serving(shell, HYDROPHONE_OFFLINE="1"):
        async with desk_of(shell) as desk:
            job = await desk.submit(ask(QUESTION, model="sonar"), LOCAL, door="async")
            events = await read(desk, job.id)
            done = await desk.job(job.id, LOCAL)
    assert done.status == "done"
    assert "[1]" in text_of(events)
    assert [(row.door, row.outcome, row.request_id) for row in rows(shell.data_dir)] == [
        ("async", "done", job.id)
    ]


@pytest.mark.timeout(240)
async def test_a_report_is_gone_on_with_after_the_server_was_stopped(shell: Shell) -> None:
    # Sub-questions, an outline and the text of every section, whatever is asked of the model.
    said = "Adding files with one command\nReading the formats of files\nCrawling whole sites"
    silent = True

    def choose(body: Any) -> Reply:
        writing = "Write the section" in str(body["messages"][-1]["content"])
        return Reply(said, hang_after=0 if silent and writing else None)

    with modelling() as model:
        model.choose = choose
        settings = settings_for(model)
        async with desk_of(shell) as desk:
            with serving(shell, **settings) as server:
                asked = ask(QUESTION, model="sonar-deep-research")
                job = await desk.submit(asked, LOCAL, door="async")
                seen = await read(desk, job.id, up_to="section-1")
                server.stop()
            assert (await desk.job(job.id, LOCAL)).status == "queued"
            silent = False
            with serving(shell, **settings):
                every = await read(desk, job.id)
    assert every[: len(seen)] == seen
    assert isinstance(every[-1].event, Finished)
    steps = [one.event.id for one in every if isinstance(one.event, Step)]
    assert len(steps) == len(set(steps))
    headings = [line for line in text_of(every).splitlines() if line.startswith("## ")]
    assert len(headings) == len(set(headings)) >= 1
    assert [row.outcome for row in rows(shell.data_dir)] == ["done"]
