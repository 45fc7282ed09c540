"""What has no effect is told in one Notice, and nothing else is."""

from __future__ import annotations

from dataclasses import replace
from datetime import date

import pytest

from hydrophone.engine.extras.ignored import NOT_KEPT, ignored
from hydrophone.engine.profile import Profile
from hydrophone.types import (
    Extras,
    Filter,
    FunctionTool,
    OutputOptions,
    Question,
    Sampling,
    SearchOptions,
    Tools,
    ask,
)

QUESTION = ask("Whales?")
R1 = Profile(search=False, searchless=True, chat_model="tiny")
FILTERED = replace(
    QUESTION,
    search=SearchOptions(
        filter=Filter(
            domains_allow=("a.example",), published_after=date(2026, 1, 1), recency="week"
        ),
        context_size="high",
    ),
)


def told(question: Question, profile: Profile) -> str:
    notice = ignored(question, profile)
    assert notice is not None
    assert notice.kind == "ignored_option"
    return notice.message


def test_filters_on_a_model_that_never_searches_are_named_in_one_notice() -> None:
    assert told(FILTERED, R1) == (
        "Without effect, as this model never searches: search_domain_filter, "
        "search_after_date_filter, search_recency_filter, web_search_options."
    )


def test_filters_on_a_request_that_searches_not_are_named_too() -> None:
    question = replace(FILTERED, search=replace(FILTERED.search, enabled=False))
    assert "nothing is searched for" in told(question, Profile(chat_model="tiny"))


def test_what_only_a_language_model_can_heed_is_named_without_one() -> None:
    question = replace(
        QUESTION,
        tools=Tools((FunctionTool("f"),)),
        extras=Extras(reasoning_effort="low"),
        output=OutputOptions(locale="de-DE"),
    )
    assert told(question, Profile()).endswith(
        "no language model is configured: tools, reasoning_effort, response_formatting_locale."
    )
    assert ignored(question, Profile(chat_model="tiny")) is None


def test_a_library_that_nobody_has_is_told_in_the_same_notice() -> None:
    assert told(replace(QUESTION, keep=True), Profile()) == NOT_KEPT
    message = told(replace(FILTERED, keep=True), R1)
    assert message.startswith("Without effect, as this model never searches: ")
    assert message.endswith(NOT_KEPT)


@pytest.mark.parametrize(
    ("question", "profile"),
    [
        (QUESTION, Profile()),
        (FILTERED, Profile()),
        (QUESTION, R1),
        (replace(QUESTION, output=OutputOptions(sampling=Sampling(temperature=1.0))), Profile()),
        (replace(QUESTION, extras=Extras(reasoning_effort="low")), Profile(kind="report")),
        (replace(QUESTION, tools=Tools((FunctionTool("f"),), choice="none")), Profile()),
    ],
)
def test_what_has_its_effect_or_needs_none_is_not_told(
    question: Question, profile: Profile
) -> None:
    assert ignored(question, profile) is None
