"""How far measuring has come: bars on a terminal, elsewhere a line now and then."""

from __future__ import annotations

import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from typing import TYPE_CHECKING

from hydrophone.cli.output import err

if TYPE_CHECKING:
    from rich.progress import TaskID

    from hydrophone.evaluation.indexing import Progress, Tell

TELL_EVERY_S = 10.0


@contextmanager
def progress() -> Iterator[Tell]:
    """A bar a stage on a terminal, elsewhere a line now and then."""
    if not sys.stderr.isatty():
        yield _lines()
        return
    from rich.progress import Progress as Bars

    with Bars(console=err(), transient=True) as bars:
        tasks: dict[str, TaskID] = {}

        def show(step: Progress) -> None:
            name = f"{step.name}: {step.stage}"
            if name not in tasks:
                tasks[name] = bars.add_task(name)
            bars.update(tasks[name], completed=step.done, total=step.total)

        yield show


def _lines() -> Tell:
    told_at_s = time.monotonic()

    def tell(step: Progress) -> None:
        nonlocal told_at_s
        if time.monotonic() - told_at_s < TELL_EVERY_S:
            return
        told_at_s = time.monotonic()
        err().print(f"{step.name}: {step.stage} {step.done:,} of {step.total:,}", markup=False)

    return tell
