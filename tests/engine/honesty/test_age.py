"""Old sources are told of where the question is about today."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest

from hydrophone.engine.honesty.age import OLD, asks_for_current, old_sources
from hydrophone.types import Source
from tests.engine.material import source

NOW = datetime(2026, 11, 22, tzinfo=UTC)


def dated(n: int, days: int | None) -> Source:
    page = source(n, "The latest version of Zebra is 4.")
    date = NOW - timedelta(days=days) if days is not None else None
    return replace(page, result=replace(page.result, published=date))


@pytest.mark.parametrize(
    "question",
    [
        "What is the latest version of Zebra?",
        "Who is the mayor of Kiel?",
        "How much is a ticket?",
        "Is the museum still open?",
        "Wie hoch ist der Preis heute?",
    ],
)
def test_a_question_about_today_is_recognised(question: str) -> None:
    assert asks_for_current(question)


@pytest.mark.parametrize(
    "question",
    [
        "How do whales sing?",
        "What was the latest version of Zebra in 2019?",
        "Who was the mayor of Kiel?",
        "What did a ticket cost then?",
    ],
)
def test_a_question_about_the_past_or_any_time_is_not(question: str) -> None:
    assert not asks_for_current(question)


def test_each_old_source_is_told_with_its_day_and_age() -> None:
    notice = old_sources(
        "What is the latest version of Zebra?", [dated(1, 1000), dated(2, 10), dated(3, 400)], NOW
    )
    assert notice is not None
    assert notice.kind == "old_sources"
    assert notice.message == (
        "What is asked may have changed since the sources were written: "
        "[1] is of 26 February 2024, 2 years old; [3] is of 18 October 2025, 13 months old."
    )


@pytest.mark.parametrize("days", [0, OLD.days, None])
def test_new_sources_and_undated_ones_are_not_told(days: int | None) -> None:
    assert old_sources("What is the latest version of Zebra?", [dated(1, days)], NOW) is None


def test_age_does_not_matter_to_other_questions() -> None:
    assert old_sources("How do whales sing?", [dated(1, 4000)], NOW) is None
