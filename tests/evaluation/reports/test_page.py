"""The page for people."""

from __future__ import annotations

from dataclasses import replace
from html.parser import HTMLParser
from pathlib import Path

import orjson

from hydrophone.evaluation.reports.compare import compare, read_run
from hydrophone.evaluation.reports.page import MOST_QUESTIONS, page
from hydrophone.evaluation.reports.report import as_object
from tests.evaluation.reports.made import report, row, run, worse

HOSTILE = "</p><script src=//evil.example/x.js></script><img src=http://evil.example/y onerror=z>"
VOID = {"meta", "br"}


class Reading(HTMLParser):
    """Elements with their attributes, whether they are closed in order, and the text."""

    def __init__(self, text: str) -> None:
        super().__init__()
        self.elements: list[tuple[str, dict[str, str | None]]] = []
        self.open: list[str] = []
        self.text = ""
        self.feed(text)
        self.close()

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append((tag, dict(attrs)))

    def handle_endtag(self, tag: str) -> None:
        assert self.open.pop() == tag

    def handle_data(self, data: str) -> None:
        self.text += data

    def count(self, tag: str, kind: str = "") -> int:
        return sum(t == tag and kind in (a.get("class") or "") for t, a in self.elements)


def test_the_page_has_plots_figures_and_questions_and_loads_nothing() -> None:
    read = Reading(page(report()))
    assert read.open == []
    assert read.count("svg", "bar") > 5
    assert read.count("svg", "plot") == 2
    assert read.count("polyline") == 4
    assert read.count("circle", "mark") == 2
    assert read.count("details") == 16 + 4
    assert "Question 3?" in read.text
    assert "80.0 %" in read.text
    attributes = {name for _, attrs in read.elements for name in attrs}
    assert attributes.isdisjoint({"src", "href", "srcset", "onload", "onclick", "style"})
    assert {"script", "link", "img", "iframe"}.isdisjoint(tag for tag, _ in read.elements)


def test_what_questions_and_answers_say_is_text() -> None:
    measured = run()
    rows = [replace(measured.rows[0], question=HOSTILE, answer=HOSTILE, wrong=(HOSTILE,))]
    read = Reading(page(report(replace(measured, name=HOSTILE, rows=rows))))
    assert read.open == []
    assert {"script", "img"}.isdisjoint(tag for tag, _ in read.elements)
    assert HOSTILE in read.text


def test_the_worst_questions_come_first_and_not_all_of_many() -> None:
    rows = [row(n, right=n != 250) for n in range(1, 300)]
    text = page(report(replace(run(), rows=rows, attacks=())))
    read = Reading(text)
    assert read.count("details") == MOST_QUESTIONS
    assert f"The {MOST_QUESTIONS} that went worst, of 299." in read.text
    assert text.index("Question 250?") < text.index("Question 1?")


def test_a_run_with_little_in_it_is_a_page_too() -> None:
    bare = replace(row(1), parts={"failed": (1.0, 1.0)}, times_ms={}, error="broken", answer="")
    read = Reading(page(report(replace(run(), rows=[bare], attacks=()))))
    assert read.count("svg", "plot") == 0
    assert "broken" in read.text


def test_a_comparison_is_on_the_page(tmp_path: Path) -> None:
    (tmp_path / "old.json").write_bytes(orjson.dumps(as_object(report(), with_rows=True)))
    compared = compare([worse(run())], read_run(tmp_path / "old.json"), "old.json", 1)
    read = Reading(page(replace(report(), comparison=compared)))
    assert "harbour, compared" in read.text
    assert "answered 1.00 → 0.00" in read.text
    assert read.count("tr", "sure") == 3
