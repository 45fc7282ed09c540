"""Doing what the options of `hydrophone eval answers` say."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from hydrophone import __version__
from hydrophone.cli.evaluation.bench import Bench, judge_of, open_bench
from hydrophone.cli.evaluation.plan import Plan
from hydrophone.cli.evaluation.progress import progress
from hydrophone.errors import InvalidRequest
from hydrophone.evaluation.answers.attacks import Attack, plant, read_attacks
from hydrophone.evaluation.answers.question_file import is_question_file, read_questions
from hydrophone.evaluation.answers.questions import AnswerSet, chosen, deprived, elsewhere
from hydrophone.evaluation.answers.run import Measured, ask_all, attack_all
from hydrophone.evaluation.answers.sets import read_sets
from hydrophone.evaluation.intervals import SEED
from hydrophone.evaluation.reports.compare import compare, read_run
from hydrophone.evaluation.reports.figures import Drawing, figures
from hydrophone.evaluation.reports.report import About, Report, SetReport
from hydrophone.settings import Settings, load_settings

if TYPE_CHECKING:
    from hydrophone.evaluation.indexing import Tell


async def measure(plan: Plan) -> Report:
    """Do what the plan says. Raises DataSetError, NotConfigured, and what the models raise."""
    sets = _sets(plan)
    old = None if plan.old is None else read_run(plan.old)
    attacks = None if plan.attacks is None else read_attacks(plan.attacks)
    settings = load_settings()
    drawing = Drawing(SEED if plan.seed is None else plan.seed, plan.most_wrong_silence)
    measured: list[Measured] = []
    with progress() as tell:
        for one in sets:
            found, bench = await _measure_set(one, attacks, plan, settings, tell)
            measured.append(found)
    reports = [SetReport(one, figures(one, drawing)) for one in measured]
    compared = None
    if old is not None:
        compared = compare(measured, old, str(plan.old), drawing.seed)
    judge = judge_of(settings) if plan.judges else None
    return Report(_about(bench, judge), drawing, reports, compared)


def _sets(plan: Plan) -> list[AnswerSet]:
    """The questions to ask, with the documents of their sets where these are to be searched."""
    if is_question_file(plan.data):
        if plan.place.needs_set:
            raise InvalidRequest(
                f"{plan.data} has questions and no documents: name some with --documents, or ask "
                "your own index with --own, or another engine with --url"
            )
        found = [read_questions(plan.data)]
    elif plan.place.documents:
        raise InvalidRequest(
            f"{plan.data} is no file of questions, so --documents has none to go with: a data set "
            "brings its own"
        )
    else:
        found = read_sets(plan.data, plan.names)
        if not plan.place.needs_set:
            found = [elsewhere(one) for one in found]
    sets = []
    for whole in found:
        kept = chosen(whole, plan.limit, plan.seed)
        if plan.without_gold:
            kept = deprived(whole, kept, plan.without_gold, plan.seed)
        sets.append(kept)
    return sets


async def _measure_set(
    data: AnswerSet,
    attacks: Sequence[Attack] | None,
    plan: Plan,
    settings: Settings,
    tell: Tell,
) -> tuple[Measured, Bench]:
    async with open_bench(data, plan, settings, tell) as bench:
        if plan.place.url is None:
            await bench.asker.ask(data.questions[0])  # what is loaded on first use is not measured
        rows = await ask_all(
            data.name, data.questions, bench.asker, bench.judging, tell, at_once=plan.at_once
        )
    found = Measured(data.name, len(data.documents), rows)
    if attacks is None:
        return found, bench
    poisoned, planted = plant(data, attacks)
    async with open_bench(poisoned, plan, settings, tell) as bench:
        ends = await attack_all(data.name, planted, bench.asker, tell, at_once=plan.at_once)
    return replace(found, attacks=ends), bench


def _about(bench: Bench, judge: str | None) -> About:
    return About(
        engine=bench.engine,
        model=bench.model,
        judge=judge,
        made=datetime.now(UTC).strftime("%Y-%m-%d %H:%M UTC"),
        hydrophone=__version__,
    )
