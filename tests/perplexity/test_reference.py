"""Names, parameters, defaults and values are those that the published documents give.

The tables are those of perplexity-webui-scraper's page and of the OpenAI server's fork of it; the
examples beside them run in tests/clients/web_session.
"""

from __future__ import annotations

import inspect
from dataclasses import MISSING, fields
from pathlib import Path
from typing import Any

import pytest

from hydrophone import perplexity
from hydrophone.perplexity import (
    MODELS,
    CitationMode,
    ClientConfig,
    Conversation,
    ConversationConfig,
    Coordinates,
    LogLevel,
    Models,
    Perplexity,
    PerplexityError,
    SearchFocus,
    SourceFocus,
    TimeRange,
)
from hydrophone.perplexity.asking import ask_body
from hydrophone.perplexity.client.conversation import AsyncConversation
from hydrophone.perplexity.config import sources
from hydrophone.perplexity.models.ids import resolve

CLIENT_DEFAULTS = {
    "timeout": 3600,
    "impersonate": "chrome",
    "max_retries": 3,
    "retry_base_delay": 1.0,
    "retry_max_delay": 60.0,
    "retry_jitter": 0.5,
    "requests_per_second": 0.5,
    "rotate_fingerprint": True,
    "max_init_query_length": 2000,
    "logging_level": "disabled",
    "log_file": None,
}
CONVERSATION_DEFAULTS = {
    "model": None,
    "citation_mode": "clean",
    "save_to_library": False,
    "search_focus": "web",
    "source_focus": "web",
    "time_range": "all",
    "language": "en-US",
    "timezone": None,
    "coordinates": None,
}
TABLE = """
best | Pro | pro
deep-research | Deep research | pro
sonar | Sonar | pro
gemini-3.1-pro | Gemini 3.1 Pro | pro
gemini-3.1-pro-thinking | Gemini 3.1 Pro Thinking | pro
gpt-5.4 | GPT-5.4 | pro
gpt-5.4-thinking | GPT-5.4 Thinking | pro
claude-sonnet-4.6 | Claude Sonnet 4.6 | pro
claude-sonnet-4.6-thinking | Claude Sonnet 4.6 Thinking | pro
claude-opus-4.6 | Claude Opus 4.6 | max
claude-opus-4.6-thinking | Claude Opus 4.6 Thinking | max
nv-nemotron-3-super-thinking | Nemotron 3 Super Thinking | pro
"""
CONSTANTS = {
    "RESEARCH": "pplx_alpha",
    "LABS": "pplx_beta",
    "BEST": "pplx_pro_upgraded",
    "SONAR": "experimental",
    "GPT_52": "gpt52",
    "GPT_52_THINKING": "gpt52_thinking",
    "CLAUDE_45_OPUS": "claude45opus",
    "CLAUDE_45_OPUS_THINKING": "claude45opusthinking",
    "GEMINI_3_PRO": "gemini30pro",
    "GEMINI_3_FLASH": "gemini30flash",
    "GEMINI_3_FLASH_THINKING": "gemini30flash_high",
    "GROK_41": "grok41nonreasoning",
    "GROK_41_THINKING": "grok41reasoning",
    "KIMI_K2_THINKING": "kimik2thinking",
    "CLAUDE_45_SONNET": "claude45sonnet",
    "CLAUDE_45_SONNET_THINKING": "claude45sonnetthinking",
}
EXCEPTIONS = {
    "PerplexityError": Exception,
    "HTTPError": perplexity.PerplexityError,
    "AuthenticationError": perplexity.HTTPError,
    "RateLimitError": perplexity.HTTPError,
    "FileUploadError": perplexity.PerplexityError,
    "FileValidationError": perplexity.PerplexityError,
    "ResearchClarifyingQuestionsError": perplexity.PerplexityError,
    "ResponseParsingError": perplexity.PerplexityError,
    "StreamingError": perplexity.PerplexityError,
}


def defaults(kind: Any) -> dict[str, Any]:
    return {
        one.name: one.default if one.default is not MISSING else one.default_factory()
        for one in fields(kind)
    }


@pytest.mark.parametrize(
    ("kind", "documented"),
    [(ClientConfig, CLIENT_DEFAULTS), (ConversationConfig, CONVERSATION_DEFAULTS)],
)
def test_settings_have_the_documented_names_and_defaults(
    kind: Any, documented: dict[str, Any]
) -> None:
    ours = defaults(kind)
    assert {name: ours[name] for name in documented} == documented
    assert list(ours)[: len(documented)] == list(documented)


def test_asking_has_the_documented_parameters() -> None:
    documented = {"model": None, "files": None, "citation_mode": None, "stream": False}
    for ask in (Conversation.ask, AsyncConversation.ask):
        _, query, *more = inspect.signature(ask).parameters.values()
        assert (query.name, query.default) == ("query", inspect.Parameter.empty)
        assert {one.name: one.default for one in more} == documented
        assert all(one.kind is one.POSITIONAL_OR_KEYWORD for one in more)


def test_the_client_has_the_documented_parameters() -> None:
    documented = {"session_token": inspect.Parameter.empty, "config": None}
    parameters = list(inspect.signature(Perplexity).parameters.values())[:2]
    assert {one.name: one.default for one in parameters} == documented
    assert {"create_conversation", "close", "__enter__", "__exit__"} <= set(dir(Perplexity))
    assert {"answer", "title", "search_results", "uuid"} <= set(dir(Conversation))


@pytest.mark.parametrize("line", TABLE.strip().splitlines())
def test_the_documented_models_are_there(line: str) -> None:
    id, name, tier = line.split(" | ")
    model = MODELS[id]
    assert (model.name, model.subscription_tier) == (name, tier)
    assert model.description


def test_the_constants_of_the_fork_are_there() -> None:
    named = {name: resolve(getattr(Models, name)).identifier for name in CONSTANTS}
    assert named == CONSTANTS


@pytest.mark.parametrize(
    ("kind", "values"),
    [
        (CitationMode, "default markdown clean"),
        (SearchFocus, "web writing"),
        (SourceFocus, "web academic social finance all"),
        (TimeRange, "all day week month year"),
        (LogLevel, "disabled debug info warning error critical"),
    ],
)
def test_values_are_texts_and_constants_alike(kind: Any, values: str) -> None:
    assert [one.value for one in kind] == values.split()
    for value in values.split():
        assert kind[value.upper()] == value
        assert f"{kind[value.upper()]}" == value


@pytest.mark.parametrize(
    ("text", "constant"),
    [
        ({"citation_mode": "markdown"}, {"citation_mode": CitationMode.MARKDOWN}),
        ({"search_focus": "writing"}, {"search_focus": SearchFocus.WRITING}),
        ({"source_focus": "finance"}, {"source_focus": SourceFocus.FINANCE}),
        (
            {"source_focus": ["social", "academic"]},
            {"source_focus": [SourceFocus.SOCIAL, SourceFocus.ACADEMIC]},
        ),
        ({"time_range": "week"}, {"time_range": TimeRange.WEEK}),
        ({"model": "best"}, {"model": Models.BEST}),
    ],
)
def test_both_forms_are_one_request(text: dict[str, Any], constant: dict[str, Any]) -> None:
    one, other = ConversationConfig(**text), ConversationConfig(**constant)
    assert one == other
    assert params(one) == params(other)


def params(config: ConversationConfig) -> dict[str, Any]:
    """What a question is asked with, but for the ids that are new each time."""
    asked: dict[str, Any] = ask_body("?", MODELS["best"], config)["params"]
    return {name: value for name, value in asked.items() if not name.startswith("frontend_")}


@pytest.mark.parametrize(
    ("focus", "told"),
    [
        ("web", ["web"]),
        ("academic", ["scholar"]),
        ("social", ["social"]),
        ("finance", ["edgar"]),
        ("all", ["web", "scholar", "social"]),
        (["all", "finance", "web"], ["web", "scholar", "social", "edgar"]),
    ],
)
def test_each_kind_of_sources_has_the_services_name(focus: Any, told: list[str]) -> None:
    assert list(sources(ConversationConfig(source_focus=focus))) == told


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"citation_mode": "none"}, "default, markdown, clean"),
        ({"search_focus": "deep"}, "web, writing"),
        ({"source_focus": "youtube"}, "web, academic, social, finance, all"),
        ({"source_focus": []}, "names no source"),
        ({"time_range": "hour"}, "all, day, week, month, year"),
        ({"timezone": "Mars/Olympus"}, "Europe/Paris"),
        ({"research_interaction": "never"}, "auto, manual"),
        ({"custom_model_mode": "fast"}, "copilot, research, search"),
    ],
)
def test_a_value_that_does_not_exist_is_refused_with_those_that_do(
    given: dict[str, Any], told: str
) -> None:
    with pytest.raises(ValueError, match=told):
        ConversationConfig(**given)


@pytest.mark.parametrize(
    "given",
    [
        {"timeout": 0},
        {"idle_timeout": -1},
        {"max_retries": -1},
        {"requests_per_second": -0.5},
        {"max_init_query_length": 0},
        {"logging_level": "loud"},
        {"research_interaction": "Auto"},
    ],
)
def test_a_client_that_could_not_work_is_refused(given: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=next(iter(given))):
        ClientConfig(**given)


def test_a_log_file_may_be_a_path_or_a_text() -> None:
    assert ClientConfig(log_file="p.log").log_file == "p.log"
    assert ClientConfig(log_file=Path("p.log")).log_file == Path("p.log")


@pytest.mark.parametrize("place", [(90.5, 0), (0, -181)])
def test_a_place_that_is_not_on_earth_is_refused(place: tuple[float, float]) -> None:
    with pytest.raises(ValueError, match="degrees"):
        Coordinates(*place)


@pytest.mark.parametrize("name", EXCEPTIONS)
def test_exceptions_have_the_documented_names_under_one_base(name: str) -> None:
    kind = getattr(perplexity, name)
    assert issubclass(kind, EXCEPTIONS[name])
    assert issubclass(kind, PerplexityError)


def test_exceptions_carry_what_is_documented() -> None:
    http = perplexity.HTTPError("no", status_code=500, url="/x", response_body="y" * 900)
    assert (http.status_code, http.url, http.response_body) == (500, "/x", "y" * 500)
    assert perplexity.FileUploadError("a.txt", "no").file_path == "a.txt"
    assert perplexity.ResponseParsingError("no", "raw").raw_data == "raw"
    questions = perplexity.ResearchClarifyingQuestionsError(["Which year?"])
    assert questions.questions == ["Which year?"]
    assert "Which year?" in str(questions)
    unknown = perplexity.UnknownModelError("no such model")
    assert (unknown.status, unknown.param, str(unknown)) == (400, "model", "no such model")
