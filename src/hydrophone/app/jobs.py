"""Background jobs: the queue in `state.db`, worked on by the answerers of the catalog."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

from hydrophone.settings import Settings

if TYPE_CHECKING:
    from hydrophone.catalog import Catalog
    from hydrophone.jobs.desk import Admit, Desk
    from hydrophone.jobs.runner import Runner
    from hydrophone.storage.state import State


@dataclass(frozen=True, slots=True)
class JobRoom:
    """The desk takes jobs in, also in a process whose runner has not been started."""

    desk: Desk
    runner: Runner


def open_jobs(
    settings: Settings, state: State, catalog: Catalog, admit: Admit | None = None
) -> JobRoom:
    """The room over the open database; `admit` as the desk asks it. Who starts its runner closes
    it, before all other rooms."""
    from hydrophone.accounts.job_books import JobBooks
    from hydrophone.jobs.desk import Desk
    from hydrophone.jobs.runner import Runner

    books = JobBooks(catalog.price)
    runner = Runner(
        state,
        catalog,
        books,
        at_once=settings.jobs_at_once,
        keep_days=settings.keep_jobs_days,
    )
    return JobRoom(Desk(state, runner, books, admit=admit), runner)
