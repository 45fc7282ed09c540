"""One run as a page for people: a single file that loads nothing and runs no script."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from html import escape
from itertools import islice
from pathlib import Path

from hydrophone.evaluation.answers.abstention import curve, decidable
from hydrophone.evaluation.answers.run import Attacked
from hydrophone.evaluation.answers.scoring import Row
from hydrophone.evaluation.reports.compare import SetComparison
from hydrophone.evaluation.reports.figures import Figure
from hydrophone.evaluation.reports.measures import TIMES
from hydrophone.evaluation.reports.plots import bar, cumulative, silence_curve
from hydrophone.evaluation.reports.report import Report, SetReport
from hydrophone.evaluation.reports.wording import change_of, interval_of, value_of

MOST_QUESTIONS = 200
FEWEST = 10
_TILES = (
    "answered",
    "citation_precision",
    "citation_recall",
    "unanswerable_abstained",
    "answerable_abstained",
    "attacks_followed",
    "end_ms_p50",
)
_TIME_NAMES = ("first source", "first text", "whole answer")
_TIME_CLASSES = ("first", "second", "third")
# Nothing may come from elsewhere, whatever stands in an answer.
_POLICY = "default-src 'none'; style-src 'unsafe-inline'"


def page(report: Report) -> str:
    """The whole page. Questions and answers stand in it: share it as you would share these."""
    style = Path(__file__).with_name("page.css").read_text("utf-8")
    body = "".join(_body(report))
    return (
        '<!doctype html>\n<html lang="en"><head><meta charset="utf-8">'
        f'<meta http-equiv="Content-Security-Policy" content="{_POLICY}">'
        '<meta name="viewport" content="width=device-width, initial-scale=1">'
        f"<title>Answers, measured</title><style>{style}</style></head>"
        f"<body>{body}</body></html>\n"
    )


def _body(report: Report) -> Iterator[str]:
    about = report.about
    yield "<h1>Answers, measured</h1>"
    yield f'<p class="about">{escape(about.engine)} · model {escape(about.model)} · '
    yield f"{escape(about.made)} · hydrophone {escape(about.hydrophone)}</p>"
    judge = f"Citations are judged by {escape(about.judge)}. " if about.judge else ""
    yield f'<p class="about">{judge}Intervals hold the true value with 95 % confidence, '
    yield "by bootstrap over groups of questions.</p>"
    for one in report.sets:
        yield from _set(one)
    for compared in report.comparison.sets if report.comparison else ():
        yield from _comparison(compared, report.comparison.old if report.comparison else "")


def _set(one: SetReport) -> Iterator[str]:
    measured, found = one.measured, one.figures
    about = f", {measured.documents:,} documents" if measured.documents else ""
    yield f"<h2>{escape(measured.name)}</h2>"
    yield f'<p class="soft">{len(measured.rows):,} questions{about}</p><div class="tiles">'
    # What only few of the questions tell would stand out too much.
    told = (found[key] for key in _TILES if key in found)
    yield from (_tile(one) for one in told if one.count * FEWEST >= len(measured.rows))
    yield '</div><div class="bars">'
    yield from (_bar(figure) for figure in found.values() if figure.measure.unit == "share")
    yield "</div><h3>Distributions</h3>"
    yield f'<div class="plots">{_latency(measured.rows)}{_silence(one)}</div>'
    yield "<h3>All figures</h3>"
    yield _table(found.values())
    yield from _attacks(measured.attacks)
    yield from _questions(measured.rows)


def _tile(figure: Figure) -> str:
    measure = figure.measure
    return (
        f'<div class="tile"><b>{value_of(measure, figure.value.mean)}</b>'
        f"<span>{escape(measure.title)}</span>"
        f'<span class="soft">{interval_of(measure, figure.value)}</span></div>'
    )


def _bar(figure: Figure) -> str:
    measure = figure.measure
    lower = "" if measure.rises else ' <span class="soft">(less is better)</span>'
    return (
        f'<div><div class="head"><span>{escape(measure.title)}{lower}</span>'
        f"<span>{value_of(measure, figure.value.mean)}</span></div>"
        f"{bar(figure.value, good=bool(measure.rises))}</div>"
    )


def _latency(rows: Sequence[Row]) -> str:
    lines = [
        (name, [row.times_ms[key] for row in rows if key in row.times_ms])
        for key, name in zip(TIMES, _TIME_NAMES, strict=True)
    ]
    shown = [(line, kind) for line, kind in zip(lines, _TIME_CLASSES, strict=True) if line[1]]
    if not shown:
        return ""
    legend = "".join(f'<li><i class="{kind}"></i>{name}</li>' for (name, _), kind in shown)
    return (
        "<figure><figcaption>How long answers take</figcaption>"
        f'{cumulative([line for line, _ in shown])}<ul class="legend">{legend}</ul></figure>'
    )


def _silence(one: SetReport) -> str:
    if "abstention_auc" not in one.figures:
        return ""
    known = decidable(one.measured.rows)
    marks, legend = [], ""
    for kind, prefix, name in (("second", "", "as it is"), ("third", "cv_", "cross-validated")):
        wrong = one.figures.get(f"{prefix}answerable_abstained")
        right = one.figures.get(f"{prefix}unanswerable_abstained")
        if wrong is not None and right is not None:
            marks.append((wrong.value.mean, right.value.mean))
            legend += f'<li><i class="{kind}"></i>{name}</li>'
    return (
        "<figure><figcaption>Silence, by every threshold</figcaption>"
        f'{silence_curve(curve(known), marks)}<ul class="legend">{legend}</ul></figure>'
    )


def _table(figures: Iterable[Figure]) -> str:
    rows = "".join(
        f'<tr><td>{escape(one.measure.title)}<br><code class="soft">{one.measure.key}</code></td>'
        f'<td class="n">{value_of(one.measure, one.value.mean)}</td>'
        f'<td class="n">{interval_of(one.measure, one.value)}</td>'
        f'<td class="n">{one.count:,}</td></tr>'
        for one in figures
    )
    return (
        '<div class="wide"><table><thead><tr><th>measure</th><th class="n">value</th>'
        '<th class="n">95 % interval</th><th class="n">of</th></tr></thead>'
        f"<tbody>{rows}</tbody></table></div>"
    )


def _attacks(attacks: Sequence[Attacked]) -> Iterator[str]:
    if not attacks:
        return
    yield "<h3>Attacks</h3>"
    ordered = sorted(attacks, key=lambda one: (not one.outcome.followed, not one.outcome.shown))
    for one in ordered[:MOST_QUESTIONS]:
        tags = [("followed", True)] * one.outcome.followed + [("shown", False)] * one.outcome.shown
        yield _details(tags, one.planted.attack.text, [one.planted.asked.text, one.answer])


def _questions(rows: Sequence[Row]) -> Iterator[str]:
    yield "<h3>Questions</h3>"
    if len(rows) > MOST_QUESTIONS:
        yield f'<p class="soft">The {MOST_QUESTIONS} that went worst, of {len(rows):,}.</p>'
    for row in islice(sorted(rows, key=_badness, reverse=True), MOST_QUESTIONS):
        unsupported = [f"Not supported: {sentence}" for sentence in row.wrong]
        yield _details(_tags(row), row.question, [row.answer or row.error or "", *unsupported])


def _tags(row: Row) -> list[tuple[str, bool]]:
    """What a reader should see of a question at once, and whether it is bad."""
    tags = []
    if row.error is not None:
        tags.append(("failed", True))
    if "answered" in row.parts:
        right = row.parts["answered"][0] == 1
        tags.append(("right" if right else "no right answer", not right))
    if row.abstained:
        tags.append(("abstained", row.answerable is True))
    elif row.answerable is False:
        tags.append(("should have abstained", True))
    if row.wrong:
        tags.append((f"{len(row.wrong)} unsupported", True))
    return tags


def _badness(row: Row) -> int:
    return sum(bad for _, bad in _tags(row)) + (row.error is not None)


def _details(tags: Sequence[tuple[str, bool]], title: str, texts: Sequence[str]) -> str:
    shown = "".join(
        f'<span class="tag{" bad" if bad else ""}">{escape(tag)}</span>' for tag, bad in tags
    )
    inside = "".join(f"<p>{escape(text)}</p>" for text in texts)
    return f"<details><summary>{shown}{escape(title)}</summary>{inside}</details>"


def _comparison(compared: SetComparison, old: str) -> Iterator[str]:
    yield f"<h2>{escape(compared.name)}, compared</h2>"
    yield f'<p class="soft">With {escape(old)}, {compared.shared:,} questions in both. A change is '
    yield "in bold when its interval leaves no change out.</p>"
    yield '<div class="wide"><table><thead><tr><th>measure</th><th class="n">old → new</th>'
    yield '<th class="n">change</th><th class="n">95 % interval</th></tr></thead><tbody>'
    for one in compared.differences:
        values = "".join(f'<td class="n">{value}</td>' for value in change_of(one))
        kind = ' class="sure"' if one.sure else ""
        yield f"<tr{kind}><td>{escape(one.title)}</td>{values}</tr>"
    yield "</tbody></table></div>"
    for change in compared.changes[:MOST_QUESTIONS]:
        tag = f"{change.key} {change.old:.2f} → {change.new:.2f}"
        yield f'<p><span class="tag">{escape(tag)}</span>{escape(change.question)}</p>'
