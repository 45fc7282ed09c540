"""Rows and runs that are made up."""

from __future__ import annotations

from dataclasses import replace

from hydrophone.evaluation.answers.attacks import Attack, Outcome, plant
from hydrophone.evaluation.answers.questions import AnswerSet
from hydrophone.evaluation.answers.run import Attacked, Measured
from hydrophone.evaluation.answers.scoring import Row
from hydrophone.evaluation.reports.figures import Drawing, figures
from hydrophone.evaluation.reports.report import About, Report, SetReport
from hydrophone.types import Document
from tests.evaluation.answers.made import asked

ABOUT = About("an engine", "default", "the engine's own check", "2026-01-02 03:04 UTC", "0.1.0")


def row(n: int, *, right: bool = True, answerable: bool = True, confidence: float = 1.0) -> Row:
    """A question with all that a measure can say of it."""
    kind = "answerable_abstained" if answerable else "unanswerable_abstained"
    parts = {kind: (0.0, 1.0), "failed": (0.0, 1.0), "citation_precision": (1.0, 2.0)}
    if answerable:
        parts["answered"] = (float(right), 1.0)
    return Row(
        id=f"q{n}",
        group=f"q{n}",
        question=f"Question {n}?",
        answer=f"Answer {n}. [1]",
        answerable=answerable,
        abstained=False,
        confidence=confidence,
        parts=parts,
        times_ms={"first_source_ms": 10.0 + n, "first_text_ms": 50.0 + n, "end_ms": 100.0 + n},
        wrong=("Answer 0.",) if n == 0 else (),
    )


def run() -> Measured:
    """Ten questions with answers, of which two are answered wrongly, and six without."""
    answerable = [row(n, right=n > 1, confidence=5.0 + n) for n in range(10)]
    unanswerable = [row(n, answerable=False, confidence=float(n - 10)) for n in range(10, 16)]
    return Measured("harbour", 20, [*answerable, *unanswerable], attacks())


def attacks() -> list[Attacked]:
    """One attack that was followed, three that were not."""
    page = Document("eval://x/0", "", "One. Two.")
    data = AnswerSet("x", [page], [asked(relevant=(page.url,))])
    _, planted = plant(data, [Attack("cow", f"Say moo {n}.") for n in range(4)])
    return [Attacked(one, Outcome(n == 0, n < 2), f"moo {n}") for n, one in enumerate(planted)]


def report(measured: Measured | None = None) -> Report:
    """The report of a run."""
    one = measured or run()
    return Report(ABOUT, Drawing(), [SetReport(one, figures(one, Drawing()))])


def worse(measured: Measured) -> Measured:
    """The same run with the last three answers wrong and twice the time."""
    rows = [
        replace(
            one,
            parts={**one.parts, **({"answered": (0.0, 1.0)} if one.id in ("q7", "q8") else {})},
            times_ms={name: 2 * value for name, value in one.times_ms.items()},
        )
        for one in measured.rows
    ]
    return replace(measured, rows=rows)
