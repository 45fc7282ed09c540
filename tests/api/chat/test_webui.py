"""The `perplexity` block of the web-UI server becomes the same question as the official fields."""

from __future__ import annotations

from typing import Any

import pytest

from hydrophone.types import JsonFormat, Location, Question
from tests.api.chat.asking import asked, refusal


def blocked(block: dict[str, Any] | None = None, **official: Any) -> Question:
    return asked(perplexity=block, **official)


@pytest.mark.parametrize("block", [None, {}, {"allow_risky_model": True, "x": "y"}])
def test_a_block_that_says_nothing_changes_nothing(block: dict[str, Any] | None) -> None:
    assert blocked(block) == asked()


@pytest.mark.parametrize(
    ("focus", "kinds"),
    [
        ("web", ("own", "web")),
        ("academic", ("academic",)),
        ("social", ("social",)),
        ("finance", ("sec",)),
        ("all", ("own", "web", "academic", "social")),
        (["social", "academic"], ("social", "academic")),
        (["web", "all", "finance"], ("own", "web", "academic", "social", "sec")),
        ([], ()),
    ],
)
def test_a_source_focus_is_one_or_several(focus: Any, kinds: tuple[str, ...]) -> None:
    assert blocked({"source_focus": focus}).search.kinds == kinds


def test_writing_is_done_without_a_search() -> None:
    assert blocked({"search_focus": "writing"}).search.enabled is False
    assert blocked({"search_focus": "web"}).search.enabled is None
    assert blocked({"search_focus": "writing"}, disable_search=False).search.enabled is True


@pytest.mark.parametrize(
    ("given", "recency"),
    [
        ("all", None),
        *(("today", "day"), ("day", "day"), ("week", "week"), ("last_week", "week")),
        *(("month", "month"), ("last_month", "month"), ("year", "year"), ("last_year", "year")),
    ],
)
def test_a_time_range_is_a_recency(given: str, recency: str | None) -> None:
    assert blocked({"time_range": given}).search.filter.recency == recency


@pytest.mark.parametrize("style", ["default", "markdown", "clean"])
def test_a_citation_mode_is_a_style(style: str) -> None:
    assert blocked({"citation_mode": style}).output.citation_style == style


def test_language_time_zone_place_and_format_are_passed_on() -> None:
    question = blocked(
        {
            "language": "en-US",
            "timezone": "America/Sao_Paulo",
            "coordinates": {"latitude": -23.5, "longitude": -46.6},
            "response_format": "json_object",
            "save_to_library": True,
        }
    )
    assert question.output.language == "en"
    assert question.output.locale == "en-US"
    assert question.output.timezone == "America/Sao_Paulo"
    assert question.output.format == JsonFormat()
    assert question.search.location == Location(-23.5, -46.6)
    assert question.keep is True


def test_what_is_said_twice_counts_as_the_official_field_has_it() -> None:
    block = {
        "source_focus": "social",
        "time_range": "year",
        "language": "en-US",
        "coordinates": {"latitude": 1, "longitude": 2},
        "response_format": "json_object",
        "citation_mode": "clean",
    }
    question = blocked(
        block,
        search_mode="academic",
        search_recency_filter="day",
        language_preference="de",
        response_formatting_locale="de-AT",
        latitude=3,
        longitude=4,
        response_format={"type": "text"},
        citation_mode="markdown",
    )
    assert question.search.kinds == ("academic",)
    assert question.search.filter.recency == "day"
    assert (question.output.language, question.output.locale) == ("de", "de-AT")
    assert question.search.location == Location(3, 4)
    assert question.output.format is None
    assert question.output.citation_style == "markdown"


@pytest.mark.parametrize(
    ("block", "param"),
    [
        ({"timezone": "Mars/Olympus"}, "timezone"),
        ({"timezone": "../etc/passwd"}, "timezone"),
        ({"timezone": "America"}, "timezone"),
        ({"timezone": ""}, "timezone"),
        ({"language": "the English"}, "language"),
        ({"source_focus": "news"}, "source_focus"),
        ({"source_focus": ["web", "news"]}, "source_focus[1]"),
        ({"search_focus": "images"}, "search_focus"),
        ({"time_range": "decade"}, "time_range"),
        ({"citation_mode": "footnotes"}, "citation_mode"),
        ({"coordinates": {"latitude": 91, "longitude": 0}}, "coordinates.latitude"),
    ],
)
def test_a_wrong_value_gets_400_and_names_its_field(block: dict[str, Any], param: str) -> None:
    error = refusal(perplexity=block)
    assert (error.status, error.code) == (400, "invalid_request")
    assert error.param == f"perplexity.{param}"


@pytest.mark.parametrize("block", ["web", {"coordinates": {"latitude": 1}}, {"source_focus": 5}])
def test_a_wrong_type_gets_422(block: Any) -> None:
    assert refusal(perplexity=block).status == 422
