"""`hydrophone eval answers`: how good answers and their citations are."""

from __future__ import annotations

from pathlib import Path
from typing import TYPE_CHECKING, Annotated

import typer

from hydrophone.cli.evaluation.limits import read_limits
from hydrophone.cli.output import Json, err, fail, print_json, run

if TYPE_CHECKING:
    from hydrophone.cli.evaluation.plan import Plan
    from hydrophone.evaluation.reports.report import Report

STOPPED = "stopped; the vectors that were made are kept"
KEY_VARIABLE = "HYDROPHONE_EVAL_KEY"


def answers(
    data: Annotated[
        Path, typer.Option(help="Folder of one data set or several, or a file of questions.")
    ],
    only: Annotated[
        list[str] | None, typer.Option("--set", help="Only this set; may be repeated.")
    ] = None,
    documents: Annotated[
        list[Path] | None,
        typer.Option(help="Files to ask the questions of a file about; may be repeated."),
    ] = None,
    own: Annotated[
        bool, typer.Option("--own", help="Ask as `hydrophone ask` does: own index, and web.")
    ] = False,
    url: Annotated[
        str | None, typer.Option(help="Ask another engine: base of an OpenAI-compatible API.")
    ] = None,
    model: Annotated[str | None, typer.Option(help="Model id to ask.")] = None,
    key_env: Annotated[
        str, typer.Option(help="Variable that holds the key for --url.")
    ] = KEY_VARIABLE,
    limit: Annotated[int | None, typer.Option(min=1, help="Only N questions of each set.")] = None,
    seed: Annotated[
        int | None, typer.Option(help="Draw the questions, and the intervals, by this.")
    ] = None,
    without_gold: Annotated[
        int,
        typer.Option(min=0, help="Ask N further questions without the pages that answer them."),
    ] = 0,
    attacks: Annotated[
        Path | None, typer.Option(help="File of instructions to put into documents.")
    ] = None,
    judge: Annotated[
        bool, typer.Option("--judge/--no-judge", help="Check citations against their sources.")
    ] = True,
    most_wrong_silence: Annotated[
        float, typer.Option(min=0, max=1, help="Share that a threshold may silence wrongly.")
    ] = 0.2,
    at_once: Annotated[int, typer.Option(min=1, help="Questions asked at the same time.")] = 1,
    compare: Annotated[
        Path | None, typer.Option(help="JSON of an older run, made with --rows.")
    ] = None,
    fail_under: Annotated[
        list[str] | None, typer.Option(help="MEASURE=VALUE: exit 1 when it is less.")
    ] = None,
    fail_over: Annotated[
        list[str] | None, typer.Option(help="MEASURE=VALUE: exit 1 when it is more.")
    ] = None,
    html: Annotated[Path | None, typer.Option(help="Write a page with plots here.")] = None,
    rows: Annotated[bool, typer.Option("--rows", help="Put every question into the JSON.")] = False,
    json: Json = False,
) -> None:
    """Measure how good answers are: right, proven, silent when they should be, fast.

    Asks the questions of a data set (SQuAD, HotpotQA, MuSiQue, MTRAG, BEIR) about its documents, or
    those of a file of your own (.jsonl or .csv: question, answer, url, unanswerable) about
    --documents, about your index (--own), or any other engine (--url). Figures come with 95 %
    intervals.

    \b
    Examples: hydrophone eval answers --data ./squad --limit 300 --without-gold 100
              hydrophone eval answers --data questions.csv --documents ./handbook --html report.html
              hydrophone eval answers --data questions.jsonl --own --fail-under answered=85%
    """
    from hydrophone.cli.evaluation.plan import Place, Plan

    if url is not None and own:
        raise typer.BadParameter("--own and --url are two engines: ask one of them")
    if attacks is not None and (url is not None or own or documents):
        raise typer.BadParameter(
            "--attacks changes documents, so it needs a data set that has them"
        )
    if without_gold and (url is not None or own or documents):
        raise typer.BadParameter("--without-gold takes documents out of a data set that has them")
    limits = read_limits(fail_under or (), fail_over or ())
    plan = Plan(
        data=data.expanduser(),
        names=tuple(only or ()),
        place=Place(own, url, key_env, tuple(path.expanduser() for path in documents or ())),
        model=model,
        limit=limit,
        seed=seed,
        without_gold=without_gold,
        attacks=attacks,
        judges=judge,
        most_wrong_silence=most_wrong_silence,
        at_once=at_once,
        old=compare,
    )
    report = run(_measure(plan), stopped=STOPPED)
    _give_out(report, html, as_json=json, with_rows=rows)
    broken = [said for one in limits if (said := one.broken_by(report.means)) is not None]
    if broken:
        fail("; ".join(broken))


async def _measure(plan: Plan) -> Report:
    from hydrophone.cli.evaluation.measuring import measure

    return await measure(plan)


def _give_out(report: Report, html: Path | None, *, as_json: bool, with_rows: bool) -> None:
    if html is not None:
        from hydrophone.evaluation.reports.page import page

        try:
            html.write_text(page(report), "utf-8")
        except OSError as error:
            fail(f"{html} cannot be written: {error.strerror}")
        err().print(f"the report is in {html}", markup=False)
    if as_json:
        from hydrophone.evaluation.reports.report import as_object

        print_json(as_object(report, with_rows=with_rows))
        return
    from hydrophone.cli.evaluation.table import show

    show(report)
