"""Models and presets: what a name means, and which of ours answers for it."""

from __future__ import annotations

import pytest

from hydrophone.api.agent.asked.rules import Rules
from hydrophone.api.agent.head import ResponseHead
from hydrophone.types import Question
from tests.api.agent.asking import QUOTING, WRITING, asked, refused, told


def shown(question: Question, ran: str | None = None) -> str:
    """The model's name as the response has it."""
    return ResponseHead("k", 0, question, WRITING).shown_model(ran)


@pytest.mark.parametrize(
    ("name", "model"),
    [
        ("perplexity/sonar", "sonar"),
        ("hydrophone/sonar-pro", "sonar-pro"),
        ("sonar-pro", "sonar-pro"),
        ("default", "default"),
        ("local/tiny", "local/tiny"),
    ],
)
def test_our_own_models_are_shown_as_they_were_asked(name: str, model: str) -> None:
    question = asked(model=name)
    assert (question.model, shown(question)) == (model, name)
    assert told(question) == []


def test_another_providers_model_is_stood_for_and_the_name_says_by_whom() -> None:
    question = asked(model="xai/grok-4", rules=Rules("sonar-pro"))
    assert (question.model, shown(question)) == ("sonar-pro", "hydrophone/sonar-pro")
    assert told(question) == ["downgrade"]


@pytest.mark.parametrize("name", ["gpt-4o", "perplexity/unknown", "hydrophone/unknown", "soná"])
def test_an_unknown_name_of_no_other_provider_is_refused(name: str) -> None:
    assert refused(model=name) == (400, "model")


def test_who_is_lenient_stands_for_every_name_and_who_is_strict_for_none() -> None:
    assert asked(WRITING, Rules(lenient=True), model="gpt-4o").model == "default"
    assert refused(WRITING, Rules(strict=True), model="xai/grok-4") == (400, "model")
    assert refused(QUOTING, Rules(lenient=True), model="local/x") == (400, "model")


def test_several_models_are_tried_in_order_and_each_once() -> None:
    question = asked(models=["xai/grok-4", "perplexity/sonar", "openai/gpt", "local/tiny"])
    assert (question.model, question.fallbacks) == ("default", ("sonar", "local/tiny"))
    assert shown(question, "sonar") == "perplexity/sonar"
    assert shown(question) == "hydrophone/default"


def test_the_list_comes_before_the_single_model_and_has_its_limits() -> None:
    assert asked(model="perplexity/sonar", models=["local/tiny"]).model == "local/tiny"
    assert refused(models=[]) == (400, "models")
    assert refused(models=["perplexity/sonar"] * 6) == (400, "models")
    assert refused(models=["perplexity/sonar", "gpt-4o"]) == (400, "models[1]")


@pytest.mark.parametrize(
    ("preset", "model", "depth", "size"),
    [
        ("fast", "sonar", "fast", "low"),
        ("low", "sonar-pro", "fast", "medium"),
        ("medium", "sonar-reasoning-pro", "pro", "medium"),
        ("high", "sonar-deep-research", "fast", "medium"),
        ("xhigh", "sonar-deep-research", "fast", "high"),
        ("fast-search", "sonar", "fast", "low"),
        ("deep-research", "sonar-deep-research", "fast", "medium"),
        ("fast@2026-09-01.0", "sonar", "fast", "low"),
    ],
)
def test_presets_choose_model_and_search(preset: str, model: str, depth: str, size: str) -> None:
    question = asked(preset=preset)
    search = question.search
    assert (question.model, search.depth, search.context_size) == (model, depth, size)
    assert shown(question) == f"hydrophone/{model}"


def test_a_model_takes_the_place_of_the_presets_and_an_effort_that_of_a_preset() -> None:
    question = asked(preset="medium", model="local/tiny")
    assert (question.model, question.search.depth) == ("local/tiny", "pro")
    assert asked(preset="high", effort="fast").model == "sonar"


def test_steps_change_what_a_preset_searches() -> None:
    assert asked(preset="medium", max_steps=1).search.depth == "fast"
    assert asked(preset="fast", max_steps=2).search.depth == "pro"
    assert asked(preset="high").extras.reasoning_effort == "medium"
    assert asked(preset="high", max_steps=2).extras.reasoning_effort == "low"
    assert asked(preset="xhigh", max_steps=50).extras.reasoning_effort == "xhigh"
    assert asked(preset="high", reasoning={"effort": "low"}).extras.reasoning_effort == "low"


def test_without_pro_search_a_preset_searches_once_and_says_so() -> None:
    question = asked(WRITING, Rules(pro_search=False), preset="medium")
    assert question.search.depth == "fast"
    assert told(question) == ["downgrade"]
