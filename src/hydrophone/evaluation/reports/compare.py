"""Two runs over the same questions: how they differ, and on which questions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson

from hydrophone.evaluation.answers.run import Measured
from hydrophone.evaluation.answers.scoring import Part, Row
from hydrophone.evaluation.intervals import Estimate, difference
from hydrophone.evaluation.reports.measures import BY_KEY, TIMES, Measure
from hydrophone.evaluation.rows import DataSetError
from hydrophone.types import JsonValue

# A change in these is a change of the answer; the others change with every breath of the machine.
TOLD = (
    "failed",
    "answered",
    "contains",
    "unanswerable_abstained",
    "answerable_abstained",
    "gold_cited",
    "source_recall",
    "citation_recall",
    "citation_precision",
    "span_exactness",
)


@dataclass(frozen=True, slots=True)
class Difference:
    """How much a measure has changed over the questions that both runs asked: new less old.

    A time is the mean over the questions.
    """

    key: str
    title: str
    old: float
    new: float
    change: Estimate
    count: int

    @property
    def measure(self) -> Measure | None:
        """The measure; None for a time."""
        return BY_KEY.get(self.key)

    @property
    def sure(self) -> bool:
        """Whether the interval leaves no change out."""
        return self.change.low > 0 or self.change.high < 0


@dataclass(frozen=True, slots=True)
class Change:
    """A question of which a measure says something else than before; shares from 0 to 1."""

    set_name: str
    id: str
    question: str
    key: str
    old: float
    new: float


@dataclass(frozen=True, slots=True)
class SetComparison:
    """One set in both runs."""

    name: str
    shared: int
    differences: Sequence[Difference]
    changes: Sequence[Change]


@dataclass(frozen=True, slots=True)
class Comparison:
    """This run beside an older one, which `old` names."""

    old: str
    sets: Sequence[SetComparison]


@dataclass(frozen=True, slots=True)
class OldRow:
    """A question of the older run."""

    parts: Mapping[str, Part]
    times_ms: Mapping[str, float]


OldRun = Mapping[str, Mapping[str, OldRow]]


def read_run(path: Path) -> OldRun:
    """The rows of an older run's JSON by set and id. Raises DataSetError."""
    try:
        value = orjson.loads(path.read_bytes())
    except OSError as error:
        raise DataSetError(f"{path} cannot be read: {error.strerror}") from error
    except orjson.JSONDecodeError as error:
        raise DataSetError(f"{path}: this is no JSON ({error})") from error
    try:
        return {
            one["set"]: {row["id"]: _old_row(row) for row in one["rows"]} for one in value["sets"]
        }
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise DataSetError(
            f"{path}: it has no rows to compare with; make it with "
            "`hydrophone eval answers … --json --rows`"
        ) from error


def compare(sets: Sequence[Measured], old: OldRun, name: str, seed: int) -> Comparison:
    """This run beside the older one. Raises DataSetError when they share no question."""
    compared = [_compare(one, old[one.name], seed) for one in sets if one.name in old]
    compared = [one for one in compared if one.shared]
    if not compared:
        raise DataSetError(f"{name} has none of these questions, so there is nothing to compare")
    return Comparison(name, compared)


def _compare(measured: Measured, old: Mapping[str, OldRow], seed: int) -> SetComparison:
    pairs = [(row, old[row.id]) for row in measured.rows if row.id in old]
    changes = [one for row, before in pairs for one in _changes(measured.name, row, before)]
    return SetComparison(measured.name, len(pairs), list(_differences(pairs, seed)), changes)


def _differences(pairs: Sequence[tuple[Row, OldRow]], seed: int) -> Iterator[Difference]:
    for key, measure in BY_KEY.items():
        both = [(r, o) for r, o in pairs if key in r.parts and key in o.parts]
        parts = [(row.group, row.parts[key], before.parts[key]) for row, before in both]
        if parts:
            yield _difference(key, measure.title, parts, seed)
    for key in TIMES:
        timed = [(r, o) for r, o in pairs if key in r.times_ms and key in o.times_ms]
        parts = [(r.group, (r.times_ms[key], 1.0), (o.times_ms[key], 1.0)) for r, o in timed]
        if parts:
            yield _difference(
                key, f"{key.removesuffix('_ms').replace('_', ' ')}, mean", parts, seed
            )


def _difference(
    key: str, title: str, parts: Sequence[tuple[str, Part, Part]], seed: int
) -> Difference:
    groups = [group for group, _, _ in parts]
    new, old = [part for _, part, _ in parts], [part for _, _, part in parts]
    return Difference(
        key,
        title,
        old=sum(part[0] for part in old) / sum(part[1] for part in old),
        new=sum(part[0] for part in new) / sum(part[1] for part in new),
        change=difference(new, old, groups, seed),
        count=len(parts),
    )


def _changes(name: str, row: Row, before: OldRow) -> Iterator[Change]:
    for key in TOLD:
        if key in row.parts and key in before.parts:
            new, old = row.parts[key], before.parts[key]
            if new[0] / new[1] != old[0] / old[1]:
                question = row.question
                yield Change(name, row.id, question, key, old[0] / old[1], new[0] / new[1])


def _old_row(row: Mapping[str, Mapping[str, Sequence[float]]]) -> OldRow:
    parts = {key: (float(part[0]), float(part[1])) for key, part in row["measures"].items()}
    times = {key: float(str(value)) for key, value in row["times_ms"].items()}
    return OldRow({key: part for key, part in parts.items() if part[1] > 0}, times)


def as_compared(comparison: Comparison) -> JsonValue:
    """The comparison as JSON."""
    return {"old": comparison.old, "sets": [_as_set(one) for one in comparison.sets]}


def _as_set(one: SetComparison) -> JsonValue:
    return {
        "set": one.name,
        "questions": one.shared,
        "differences": {
            each.key: {
                "old": round(each.old, 6),
                "new": round(each.new, 6),
                "change": round(each.change.mean, 6),
                "interval": [round(each.change.low, 6), round(each.change.high, 6)],
                "count": each.count,
            }
            for each in one.differences
        },
        "changed": [
            {
                "id": each.id,
                "question": each.question,
                "measure": each.key,
                "old": round(each.old, 6),
                "new": round(each.new, 6),
            }
            for each in one.changes
        ],
    }
