"""The files of a report: its text with what it cites, and the proofs."""

from __future__ import annotations

import json

import pytest

from hydrophone.api.responses.files import files_of, find_file
from hydrophone.errors import NotFound
from hydrophone.types import (
    Citation,
    Event,
    Finished,
    SearchResult,
    Source,
    Sources,
    SourceSpan,
    Span,
    Step,
    StepResult,
    Text,
    Usage,
)

ANN = Source(1, SearchResult("https://a.example/", "Whales\n(and *more*)", "Whales sing."))
BEE = Source(2, SearchResult("https://b.example/", "", "Boats hum."))
PROOF = Citation(
    2, "7", Span(0, 10), SourceSpan("0" * 64, 0, 10), "Boats hum.", "supported", score=0.9
)
REPORT: list[Event] = [
    Sources((ANN, BEE), complete=True),
    Step("section-1", "write"),
    Text("## Noise\n\nBoats hum. [2]\n"),
    PROOF,
    StepResult("section-1"),
    Finished("stop", Usage()),
]


def test_a_report_lists_the_sources_that_it_cites() -> None:
    report = find_file(files_of(REPORT), "file_report")
    assert report.body.decode() == (
        "## Noise\n\nBoats hum. [2]\n\n## Sources\n\n2. Untitled: <https://b.example/>\n"
    )


def test_the_list_of_sources_has_all_of_them_and_the_proofs() -> None:
    listed = json.loads(find_file(files_of(REPORT), "file_sources").body)
    assert [one["id"] for one in listed["sources"]] == [1, 2]
    [proof] = listed["citations"]
    assert (proof["number"], proof["quote"], proof["verdict"]) == (2, "Boats hum.", "supported")


def test_a_report_without_citations_lists_all_sources_a_line_each() -> None:
    uncited = [event for event in REPORT if event != PROOF]
    report = find_file(files_of(uncited), "file_report").body.decode()
    assert "1. Whales (and *more*): <https://a.example/>\n2. Untitled" in report


def test_other_answers_have_no_files() -> None:
    answer = [event for event in REPORT if not isinstance(event, Step)]
    assert files_of(answer) == ()
    assert files_of([Step("section-1", "write"), *answer[-1:]]) == ()
    with pytest.raises(NotFound):
        find_file(files_of(answer), "file_report")
