"""Which statements disagree, and which only seem to."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from hydrophone.engine.honesty.disagreement import Statement, date_of, disagreement, told
from tests.engine.material import source


def between(question: str, one: str, other: str) -> bool:
    return disagreement(question, [Statement(1, one), Statement(2, other)]) is not None


@pytest.mark.parametrize(
    ("question", "one", "other"),
    [
        (
            "How tall is the Eiffel Tower?",
            "The Eiffel Tower is 300 metres tall.",
            "The Eiffel Tower in Paris is 330 metres tall.",
        ),
        (
            "What is the default timeout of Zebra?",
            "The default timeout of Zebra is 30 seconds.",
            "Zebra has a default timeout of 60 seconds.",
        ),
        (
            "When was the harbour bridge opened?",
            "The harbour bridge was opened in 1932.",
            "The harbour bridge was opened to traffic in 1934.",
        ),
        (
            "What year did the mill burn down?",
            "The mill burned down on 3 May 1881.",
            "The mill burned down on 4 May 1881.",
        ),
        (
            "How many people live in Kiel?",
            "About 200,000 people live in Kiel.",
            "Some 250,000 people live in Kiel today.",
        ),
        (
            "Does Zebra support Windows?",
            "Zebra supports Windows on all machines.",
            "Zebra does not support Windows on all machines.",
        ),
    ],
)
def test_different_values_for_what_is_asked_disagree(question: str, one: str, other: str) -> None:
    assert between(question, one, other)
    assert between(question, other, one)


@pytest.mark.parametrize(
    ("question", "one", "other"),
    [
        (
            "How tall is the tower?",
            "The Eiffel Tower is 330 metres tall.",
            "The Tokyo Tower is 333 metres tall.",
        ),
        (
            "How many people live in Kiel?",
            "In 1990 some 240,000 people lived in Kiel.",
            "In 2020 some 247,000 people lived in Kiel.",
        ),
        (
            "How tall is the Eiffel Tower?",
            "The Eiffel Tower is 330 metres tall.",
            "The Eiffel Tower is 1,083 feet tall.",
        ),
        (
            "How many people live in Kiel?",
            "About 247,000 people live in Kiel.",
            "247,548 people live in Kiel.",
        ),
        (
            "What is the maximum temperature of the engine?",
            "The maximum temperature of the engine is 90 degrees.",
            "The minimum temperature of the engine is 20 degrees.",
        ),
        (
            "Who built the Eiffel Tower?",
            "The Eiffel Tower is 300 metres tall.",
            "The Eiffel Tower is 330 metres tall.",
        ),
        (
            "When was the harbour bridge opened?",
            "The harbour bridge was opened in 1932.",
            "The harbour bridge was opened in March 1932.",
        ),
        (
            "When was the harbour bridge opened?",
            "The harbour bridge was begun in 1924 and opened in 1932.",
            "The harbour bridge was opened in 1932.",
        ),
        (
            "Does Zebra support Windows?",
            "Zebra supports Windows on all machines.",
            "Zebra lacks support for Windows on old machines.",
        ),
        ("How tall is it?", "", ""),
    ],
)
def test_what_can_both_be_right_does_not_disagree(question: str, one: str, other: str) -> None:
    assert not between(question, one, other)


def test_one_source_does_not_disagree_with_itself() -> None:
    says = ["The Eiffel Tower is 300 metres tall.", "The Eiffel Tower is 330 metres tall."]
    statements = [Statement(1, text) for text in says]
    assert disagreement("How tall is the Eiffel Tower?", statements) is None


def test_both_statements_are_told_with_their_dates() -> None:
    old = source(1, "The Eiffel Tower is 300 metres tall.")
    old = replace(old, result=replace(old.result, published=datetime(2019, 3, 3, tzinfo=UTC)))
    undated = source(2, "The Eiffel Tower is 330 metres tall.")
    statements = [Statement(one.n, one.result.passages[0].text) for one in (old, undated)]
    found = disagreement("How tall is the Eiffel Tower?", statements)
    assert found is not None
    notice = told(found, [old, undated])
    assert notice.kind == "disagreement"
    assert notice.message == (
        "The sources do not agree: “The Eiffel Tower is 300 metres tall.” [1] (of 3 March 2019) "
        "and “The Eiffel Tower is 330 metres tall.” [2] (of an unknown date)."
    )


def test_a_change_counts_as_the_date() -> None:
    page = source(1, "x")
    changed = replace(
        page.result,
        published=datetime(2019, 3, 3, tzinfo=UTC),
        modified=datetime(2024, 11, 20, tzinfo=UTC),
    )
    assert date_of(replace(page, result=changed)) == "of 20 November 2024"
