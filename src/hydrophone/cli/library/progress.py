"""How `hydrophone crawl` shows where it is: a live panel, plain lines, or JSON lines."""

from __future__ import annotations

import sys
import time
from typing import TYPE_CHECKING, Self

from hydrophone.cli.library.add import FOUND_BY_WORDS, MANY_PASSAGES
from hydrophone.cli.output import err, out, print_json

if TYPE_CHECKING:
    from rich.console import RenderableType
    from rich.live import Live

    from hydrophone.crawl.walk.outcome import Progress

TELL_EVERY_S = 10.0
_SHOWN_HOSTS = 5
_TOLD_PROBLEMS = ("failed", "gone", "refused")
_NAMES = {
    "robots": "refused by robots.txt",
    "robots_unreachable": "robots.txt could not be read",
    "address_refused": "address not allowed",
    "unreachable": "could not be reached",
    "too_slow": "too slow",
    "too_large": "too large",
    "unreadable_document": "could not be read",
    "too_many_redirects": "too many redirects",
    "redirects_to_itself": "redirects to itself",
}


class Lines:
    """Plain lines, for files and pipes: problems, now and then how far it is, and a summary."""

    def __init__(self) -> None:
        self._told_at_s = time.monotonic()
        self._told_of_vectors = False

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        return None

    def show(self, step: Progress) -> None:
        """Show one step; `done` is the last."""
        if step.state == "done":
            self._end(step)
        elif step.state == "postponed":
            self._say(f"{step.url} does not answer and is left alone for now ({step.reason})")
        elif step.state == "redirect" and step.reason == "elsewhere" and step.depth == 0:
            self._say(f"{step.url} leads to {step.target}, which is no part of this crawl")
        elif step.state in _TOLD_PROBLEMS and step.kind == "page":
            self._tell_problem(f"{step.url}: {describe_problem(step.reason)}")
        self._advance(step)

    def show_vectors(self, done: int, total: int) -> None:
        """Show how many passages have vectors."""
        if total >= MANY_PASSAGES and not self._told_of_vectors:
            self._told_of_vectors = True
            self._say(FOUND_BY_WORDS)
        if self._is_time():
            self._say(f"vectors: {done:,} of {total:,} passages")

    def _say(self, line: str) -> None:
        err().print(line, markup=False)

    def _tell_problem(self, line: str) -> None:
        self._say(line)

    def _advance(self, step: Progress) -> None:
        if self._is_time():
            self._say(f"{count_pages(step)}; {step.waiting:,} URLs waiting")

    def _is_time(self) -> bool:
        if time.monotonic() - self._told_at_s < TELL_EVERY_S:
            return False
        self._told_at_s = time.monotonic()
        return True

    def _end(self, step: Progress) -> None:
        out().print(summary(step), markup=False)


class JsonLines(Lines):
    """An event a line; `done` is the last one, when the vectors have been made, too."""

    def __init__(self) -> None:
        super().__init__()
        self._done: Progress | None = None

    def __exit__(self, *_: object) -> None:
        if self._done is not None:
            self._print(self._done)

    def show(self, step: Progress) -> None:
        """Print the step as an object."""
        if step.state == "done":
            self._done = step
        else:
            self._print(step)

    def _print(self, step: Progress) -> None:
        print_json(
            {
                "state": step.state,
                "url": step.url,
                "kind": step.kind,
                "reason": step.reason,
                "target": step.target,
                "depth": step.depth,
                "fetched": step.fetched,
                "indexed": step.indexed,
                "unchanged": step.unchanged,
                "left_out": step.left_out,
                "deleted": step.deleted,
                "waiting": step.waiting,
                "bytes": step.size_bytes,
                "elapsed_s": round(step.elapsed_s, 3),
                "problems": dict(step.problems),
                "limited": step.limited,
            },
            indent=False,
        )

    def show_vectors(self, done: int, total: int) -> None:
        """Print how many passages have vectors."""
        print_json(
            {"state": "embedding", "vectors_done": done, "vectors_total": total}, indent=False
        )


class Panel(Lines):
    """A few lines on a terminal that follow the crawl; gone when it is done."""

    def __init__(self) -> None:
        from rich.live import Live

        super().__init__()
        self._step: Progress | None = None
        self._vectors = ""
        self._live: Live = Live(
            console=err(),
            get_renderable=self._render,
            refresh_per_second=4,
            transient=True,
        )

    def __enter__(self) -> Self:
        self._live.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._live.stop()

    def show_vectors(self, done: int, total: int) -> None:
        """Show how many passages have vectors."""
        self._live.start()
        self._vectors = f"vectors: {done:,} of {total:,} passages; {FOUND_BY_WORDS}"

    def _say(self, line: str) -> None:
        self._live.console.print(line, markup=False)

    def _tell_problem(self, line: str) -> None:
        """They are counted by kind here; a line each would push the rest away."""

    def _advance(self, step: Progress) -> None:
        self._step = step

    def _end(self, step: Progress) -> None:
        self._live.stop()
        super()._end(step)

    def _render(self) -> RenderableType:
        from rich.table import Table

        table = Table.grid(padding=(0, 2))
        step = self._step
        if step is None:
            table.add_row("starting")
            return table
        if step.state == "done":
            table.add_row("vectors", self._vectors)
            return table
        pages = step.indexed + step.unchanged + step.left_out
        rate = pages / max(step.elapsed_s, 0.001)
        table.add_row("pages", f"{count_pages(step)}, {rate:.1f} a second")
        table.add_row("queue", f"{step.waiting:,} URLs")
        if step.problems:
            table.add_row("problems", list_problems(step))
        if step.hosts:
            more = (
                f" and {len(step.hosts) - _SHOWN_HOSTS} more"
                if len(step.hosts) > _SHOWN_HOSTS
                else ""
            )
            table.add_row("hosts", ", ".join(step.hosts[:_SHOWN_HOSTS]) + more)
        return table


def choose_view(*, as_json: bool) -> Lines:
    """What fits where the output goes."""
    if as_json:
        return JsonLines()
    return Panel() if sys.stderr.isatty() else Lines()


def summary(step: Progress) -> str:
    """What a run has brought, in a few lines."""
    lines = [count_pages(step)]
    if step.problems:
        lines.append(f"problems: {list_problems(step)}")
    if step.limited:
        lines.append(f"a limit is reached; {step.waiting:,} URLs are left")
    elif step.waiting:
        lines.append(f"{step.waiting:,} URLs could not be had yet; the same command tries again")
    return "\n".join(lines)


def count_pages(step: Progress) -> str:
    """The counts of a run in words."""
    counts = [f"indexed {step.indexed:,} page{'' if step.indexed == 1 else 's'}"]
    counts += [f"{step.unchanged:,} unchanged"] if step.unchanged else []
    counts += [f"{step.left_out:,} left out"] if step.left_out else []
    counts += [f"{step.deleted:,} deleted"] if step.deleted else []
    return f"{', '.join(counts)} ({step.size_bytes / 1e6:,.1f} MB)"


def list_problems(step: Progress) -> str:
    """Broken pages by kind, the most frequent first."""
    kinds = sorted(step.problems.items(), key=lambda item: (-item[1], item[0]))
    return ", ".join(f"{count:,} {describe_problem(kind)}" for kind, count in kinds)


def describe_problem(reason: str) -> str:
    """A reason in words."""
    if reason.startswith("status_"):
        return f"answered {reason.removeprefix('status_')}"
    return _NAMES.get(reason, reason.replace("_", " "))
