"""All that one run has measured, as a value and as JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hydrophone.evaluation.answers.abstention import curve, decidable
from hydrophone.evaluation.answers.run import Attacked, Measured
from hydrophone.evaluation.answers.scoring import Row
from hydrophone.evaluation.reports.compare import Comparison, as_compared
from hydrophone.evaluation.reports.figures import Drawing, Figure, means
from hydrophone.types import JsonValue

FORMAT = 1
_DIGITS = 4
_USD_DIGITS = 9


@dataclass(frozen=True, slots=True)
class About:
    """What was asked, and how it was judged; for people. `judge` None: citations were not."""

    engine: str
    model: str
    judge: str | None
    made: str
    hydrophone: str


@dataclass(frozen=True, slots=True)
class SetReport:
    """One set: what was measured, and the figures made of it."""

    measured: Measured
    figures: Mapping[str, Figure]


@dataclass(frozen=True, slots=True)
class Report:
    """One run over one or more sets."""

    about: About
    drawing: Drawing
    sets: Sequence[SetReport]
    comparison: Comparison | None = None

    @property
    def means(self) -> dict[str, float]:
        """For each measure the mean over the sets."""
        return means([one.figures for one in self.sets])


def as_object(report: Report, *, with_rows: bool) -> dict[str, JsonValue]:
    """One object: the means over all sets, each counting the same, and each set by itself; with
    its questions where they are wanted."""
    about = report.about
    found: dict[str, JsonValue] = {
        **{key: rounded(key, value) for key, value in report.means.items()},
        "format": FORMAT,
        "engine": about.engine,
        "model": about.model,
        "judge": about.judge,
        "made": about.made,
        "hydrophone": about.hydrophone,
        "seed": report.drawing.seed,
        "most_wrong_silence": report.drawing.most_wrong_silence,
        "sets": [_set(one, with_rows) for one in report.sets],
    }
    if report.comparison is not None:
        found["comparison"] = as_compared(report.comparison)
    return found


def rounded(key: str, value: float) -> float:
    """A figure as it is reported."""
    return round(value, _USD_DIGITS if key == "cost_usd" else _DIGITS)


def _set(one: SetReport, with_rows: bool) -> JsonValue:
    measured = one.measured
    found: dict[str, JsonValue] = {
        "set": measured.name,
        "documents": measured.documents,
        "questions": len(measured.rows),
        "measures": {key: _figure(figure) for key, figure in one.figures.items()},
    }
    if "abstention_auc" in one.figures:
        found["roc"] = [
            [round(point.answerable, _DIGITS), round(point.unanswerable, _DIGITS)]
            for point in curve(decidable(measured.rows))
        ]
    if measured.attacks:
        found["attacks"] = [_attack(attack) for attack in measured.attacks]
    if with_rows:
        found["rows"] = [row_object(row) for row in measured.rows]
    return found


def _figure(figure: Figure) -> JsonValue:
    key, value = figure.measure.key, figure.value
    interval = [rounded(key, value.low), rounded(key, value.high)]
    return {"value": rounded(key, value.mean), "interval": interval, "count": figure.count}


def _attack(attack: Attacked) -> JsonValue:
    return {
        "id": attack.planted.asked.id,
        "kind": attack.planted.attack.kind,
        "attack": attack.planted.attack.text,
        "followed": attack.outcome.followed,
        "shown": attack.outcome.shown,
        "answer": attack.answer,
    }


def row_object(row: Row) -> JsonValue:
    """One question as JSON; `measures` are numerators and denominators."""
    return {
        "id": row.id,
        "group": row.group,
        "question": row.question,
        "answer": row.answer,
        "answerable": row.answerable,
        "abstained": row.abstained,
        "confidence": row.confidence,
        "error": row.error,
        "unsupported": list(row.wrong),
        "times_ms": {name: round(value, 2) for name, value in row.times_ms.items()},
        "measures": {name: list(part) for name, part in row.parts.items()},
    }
