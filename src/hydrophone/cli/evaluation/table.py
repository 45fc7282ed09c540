"""The figures of a run as a table in the terminal."""

from __future__ import annotations

from itertools import groupby
from typing import TYPE_CHECKING, Literal

from hydrophone.cli.output import err, out
from hydrophone.evaluation.reports.wording import change_of, interval_of, value_of

if TYPE_CHECKING:
    from rich.console import Console
    from rich.table import Table

    from hydrophone.evaluation.reports.compare import SetComparison
    from hydrophone.evaluation.reports.report import Report, SetReport

MOST_CHANGES = 10
PIPED_COLUMNS = 140


def show(report: Report) -> None:
    """Every set with its figures; then the comparison, if there is one."""
    console = out()
    for one in report.sets:
        _show_set(console, one)
    if report.comparison is not None:
        for compared in report.comparison.sets:
            _show_comparison(console, compared, report.comparison.old)
    about = report.about
    judge = f"citations judged by {about.judge}; " if about.judge else ""
    err().print(
        f"{about.engine}, model {about.model}; {judge}intervals hold the true value with 95 % "
        "confidence",
        markup=False,
    )


def _show_set(console: Console, one: SetReport) -> None:
    measured = one.measured
    about = f", {measured.documents:,} documents" if measured.documents else ""
    console.print(f"[bold]{measured.name}[/]: {len(measured.rows):,} questions{about}")
    table = _table("left", "right", "right", "right", "left")
    sections = groupby(one.figures.values(), key=lambda figure: figure.measure.section)
    for section, found in sections:
        table.add_row(f"[bold]{section}[/]")
        for figure in found:
            measure = figure.measure
            table.add_row(
                f"  {measure.key}",
                value_of(measure, figure.value.mean),
                interval_of(measure, figure.value),
                f"of {figure.count:,}",
                f"[dim]{measure.title}[/]",
            )
    _print(console, table)
    for row in [row for row in measured.rows if row.error is not None][:1]:
        err().print(f"failed: {row.question} ({row.error})", markup=False, style="yellow")


def _show_comparison(console: Console, compared: SetComparison, old: str) -> None:
    console.print(f"[bold]{compared.name}[/] compared with {old}: ", end="")
    console.print(f"{compared.shared:,} questions in both")
    table = _table("left", "right", "right", "right", "left")
    for one in compared.differences:
        table.add_row(f"  {one.key}", *change_of(one), "beyond chance" if one.sure else "")
    _print(console, table)
    for change in compared.changes[:MOST_CHANGES]:
        console.print(
            f"  {change.key} {change.old:.2f} → {change.new:.2f}: {change.question}", markup=False
        )
    if len(compared.changes) > MOST_CHANGES:
        console.print(f"  and {len(compared.changes) - MOST_CHANGES} more; --json has them all")


def _table(*columns: Literal["left", "right"]) -> Table:
    from rich.table import Table

    table = Table(box=None, pad_edge=False, padding=(0, 2, 0, 0), show_header=False)
    for justify in columns[:-1]:
        table.add_column(justify=justify, no_wrap=True)
    table.add_column(justify=columns[-1])  # the one to be narrow where there is little room
    return table


def _print(console: Console, table: Table) -> None:
    if console.is_terminal:
        console.print(table)
        return
    console.width = PIPED_COLUMNS
    with console.capture() as held:
        console.print(table)
    for line in held.get().splitlines():
        console.print(line.rstrip(), markup=False)
