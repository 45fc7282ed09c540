"""What a question becomes on its way out: every field of Sonar in its place, as the official API
would take it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from typing import Any

import pytest

from hydrophone.errors import InvalidRequest
from hydrophone.types import (
    Extras,
    Filter,
    FunctionTool,
    ImageFilter,
    JsonFormat,
    Location,
    MediaPart,
    OutputOptions,
    Question,
    RegexFormat,
    Sampling,
    SearchOptions,
    TextPart,
    ToolCall,
    Tools,
    Turn,
    ask,
)
from hydrophone.upstream.asking.request import Asked, asked_of
from hydrophone.upstream.target import Target, target_of
from tests.emulators.agent_api import wrong_field

NOW = datetime(2026, 11, 22, 12, 0, tzinfo=UTC)
PLAIN = ask("Do whales sing?", model="sonar")


def asked(question: Question, target: Target | str = "fast") -> Asked:
    """The request, which the official API must take."""
    made = asked_of(question, target_of(target) if isinstance(target, str) else target, NOW)
    assert wrong_field(made.body) is None
    assert made.encoded()
    return made


def body(question: Question, target: Target | str = "fast") -> Mapping[str, Any]:
    return asked(question, target).body


def searching(**options: Any) -> Question:
    return replace(PLAIN, search=SearchOptions(**options))


def web_search(question: Question) -> Mapping[str, Any]:
    [tool] = body(question)["tools"]
    assert tool["type"] == "web_search"
    return dict(tool)


def test_a_plain_question_is_a_preset_and_one_item() -> None:
    assert body(PLAIN) == {
        "preset": "fast",
        "input": [{"type": "message", "role": "user", "content": "Do whales sing?"}],
        "stream": True,
    }


def test_a_model_of_theirs_is_made_to_search() -> None:
    made = body(PLAIN, "openai/gpt-5.1")
    assert made["model"] == "openai/gpt-5.1"
    assert made["tools"] == [{"type": "web_search"}]
    assert made["tool_choice"] == {"type": "web_search"}
    may = body(searching(classify=True), "openai/gpt-5.1")
    assert "tool_choice" not in may


def test_a_model_that_needs_a_limit_gets_one() -> None:
    assert body(PLAIN, "anthropic/claude")["max_output_tokens"] == 8192


def test_filters_go_to_the_search_tool() -> None:
    where = Filter(
        domains_allow=("nasa.gov", ".edu"),
        published_after=date(2025, 3, 1),
        published_before=date(2025, 12, 31),
        modified_after=date(2025, 4, 2),
        modified_before=date(2026, 1, 5),
    )
    tool = web_search(searching(filter=where, context_size="high", max_results=60))
    assert tool["filters"] == {
        "search_domain_filter": ["nasa.gov", ".edu"],
        "search_after_date_filter": "03/01/2025",
        "search_before_date_filter": "12/31/2025",
        "last_updated_after_filter": "04/02/2025",
        "last_updated_before_filter": "01/05/2026",
    }
    assert tool["search_context_size"] == "high"
    assert tool["max_results"] == 50


def test_denied_domains_are_denied() -> None:
    tool = web_search(searching(filter=Filter(domains_deny=("reddit.com",))))
    assert tool["filters"] == {"search_domain_filter": ["-reddit.com"]}


def test_denied_beside_allowed_domains_are_told() -> None:
    where = Filter(domains_allow=("a.com", "b.com"), domains_deny=("b.com", "x.a.com"))
    made = asked(searching(filter=where))
    [tool] = made.body["tools"]  # type: ignore[misc]
    assert tool["filters"] == {"search_domain_filter": ["a.com"]}  # type: ignore[index, call-overload]
    assert "denied domains" in made.notices[0].message


def test_a_recency_is_one_alone_and_a_date_beside_dates() -> None:
    alone = web_search(searching(filter=Filter(recency="week")))
    assert alone["filters"] == {"search_recency_filter": "week"}
    both = searching(filter=Filter(recency="week", published_after=date(2020, 1, 1)))
    assert web_search(both)["filters"] == {"search_after_date_filter": "11/15/2026"}
    older = searching(filter=Filter(recency="week", published_after=date(2026, 11, 20)))
    assert web_search(older)["filters"] == {"search_after_date_filter": "11/20/2026"}
    assert asked(both).notices[0].kind == "partial"


def test_a_place_goes_to_the_search_tool() -> None:
    place = Location(48.1, 11.6, "DE", "Bavaria", "Munich")
    tool = web_search(searching(location=place, country="DE"))
    assert tool["user_location"] == {
        "latitude": 48.1,
        "longitude": 11.6,
        "country": "DE",
        "region": "Bavaria",
        "city": "Munich",
    }
    assert web_search(searching(country="FR"))["user_location"] == {"country": "FR"}
    nowhere = searching(location=Location(48.1, 11.6))
    assert "tools" not in body(nowhere)
    assert "48.1" in hint_of(nowhere)


def test_filings_are_looked_for_on_their_site() -> None:
    made = asked(searching(kinds=("sec",)))
    [tool] = made.body["tools"]  # type: ignore[misc]
    assert tool["filters"] == {"search_domain_filter": ["sec.gov"]}  # type: ignore[index, call-overload]
    assert "sec.gov" in made.notices[0].message


def test_pro_search_asks_the_next_preset_up() -> None:
    assert body(searching(depth="pro"))["preset"] == "low"
    assert body(searching(depth="pro"), "low")["preset"] == "low"
    assert body(searching(depth="auto"))["preset"] == "fast"


@pytest.mark.parametrize("target", ["fast", "high", Target("preset", "low", searchless=True)])
def test_without_a_search_a_model_without_tools_is_asked(target: Target | str) -> None:
    question = PLAIN if isinstance(target, Target) else searching(enabled=False)
    made = body(question, target)
    assert made["model"] == "perplexity/sonar"
    assert not {"preset", "tools", "tool_choice"} & set(made)


def test_functions_go_along_without_a_search_too() -> None:
    tools = Tools((FunctionTool("depth", "How deep", {"type": "object"}, strict=True),), "required")
    made = body(replace(searching(enabled=False), tools=replace(tools, parallel=False)))
    assert made["tools"] == [
        {
            "type": "function",
            "name": "depth",
            "description": "How deep",
            "parameters": {"type": "object"},
            "strict": True,
        }
    ]
    assert made["tool_choice"] == "required"
    assert made["parallel_tool_calls"] is False


def test_a_function_that_must_be_called_is_named() -> None:
    tools = Tools((FunctionTool("fetch_url"),), choice="fetch_url", max_calls=3)
    made = body(replace(PLAIN, tools=tools))
    assert made["tool_choice"] == {"type": "function", "name": "caller_fetch_url"}
    assert made["max_tool_calls"] == 3


def test_the_conversation_keeps_its_order() -> None:
    turns = (
        Turn("system", (TextPart("Be brief."),)),
        Turn("user", (TextPart("How deep?"),)),
        Turn("assistant", (TextPart("I ask."),), (ToolCall("c1", "depth", '{"a":1}'),)),
        Turn("tool", (TextPart("315 m"),), tool_call_id="c1"),
        Turn("assistant", (TextPart("315 m."),)),
        Turn("user", (TextPart("And now?"),)),
    )
    assert body(Question(turns, "sonar"))["input"] == [
        {"type": "message", "role": "system", "content": "Be brief."},
        {"type": "message", "role": "user", "content": "How deep?"},
        {"type": "message", "role": "assistant", "content": "I ask."},
        {"type": "function_call", "call_id": "c1", "name": "depth", "arguments": '{"a":1}'},
        {"type": "function_call_output", "call_id": "c1", "output": "315 m", "name": "depth"},
        {"type": "message", "role": "assistant", "content": "315 m."},
        {"type": "message", "role": "user", "content": "And now?"},
    ]


def test_images_and_files_are_parts() -> None:
    turn = Turn(
        "user",
        (
            TextPart("What is this?"),
            MediaPart("image", url="https://sea.example/a.png"),
            MediaPart("image", "image/jpeg", data=b"\xff\xd8"),
            MediaPart("file", url="https://sea.example/a.pdf"),
            MediaPart("file", "application/pdf", data=b"%PDF", name="a.pdf"),
        ),
    )
    [item] = body(Question((turn,), "sonar"))["input"]
    assert item["content"] == [
        {"type": "input_text", "text": "What is this?"},
        {"type": "input_image", "image_url": "https://sea.example/a.png"},
        {"type": "input_image", "image_url": "data:image/jpeg;base64,/9g="},
        {"type": "input_file", "file_url": "https://sea.example/a.pdf"},
        {
            "type": "input_file",
            "filename": "a.pdf",
            "file_data": "data:application/pdf;base64,JVBERg==",
        },
    ]


def test_the_output_is_asked_for_in_their_words() -> None:
    output = OutputOptions(
        format=JsonFormat({"type": "object"}, "facts", "Some facts", strict=False),
        max_tokens=5,
        sampling=Sampling(temperature=0.1, top_p=0.5),
        language="de",
    )
    extras = Extras(reasoning_effort="none")
    made = body(replace(PLAIN, output=output, extras=extras))
    assert made["response_format"] == {
        "type": "json_schema",
        "json_schema": {
            "name": "facts",
            "schema": {"type": "object"},
            "description": "Some facts",
            "strict": False,
        },
    }
    assert made["max_output_tokens"] == 16
    assert (made["temperature"], made["top_p"]) == (0.1, 0.5)
    assert made["language_preference"] == "de"
    assert made["reasoning"] == {"effort": "minimal"}


def test_images_are_looked_for_by_their_tool() -> None:
    wanted = ImageFilter(domains_deny=("x.example",), formats=("png",))
    extras = Extras(images=True, image_filter=wanted, most_images=99)
    question = replace(PLAIN, extras=extras, search=SearchOptions(safe=True))
    [tool] = body(question)["tools"]
    assert tool == {
        "type": "image_search",
        "filters": {
            "domain_filter": ["-x.example"],
            "format_filter": ["png"],
            "safe_search": True,
        },
        "max_results": 30,
    }


def hint_of(question: Question) -> str:
    return str(body(question)["input"][0]["content"])


def test_what_has_no_field_is_said_in_words() -> None:
    languages = searching(filter=Filter(languages=("de", "fr")))
    assert "de, fr" in hint_of(languages)
    assert asked(languages).notices[0].kind == "partial"
    output = OutputOptions(format=JsonFormat(), locale="es-MX", timezone="Europe/Berlin")
    said = hint_of(replace(PLAIN, output=output))
    assert "JSON" in said
    assert "es-MX" in said
    assert "Europe/Berlin" in said


def test_hints_stand_behind_the_system_and_before_the_user() -> None:
    system = Turn("system", (TextPart("Be brief."),))
    question = replace(searching(filter=Filter(languages=("de",))), turns=(system, *PLAIN.turns))
    roles = [item["role"] for item in body(question)["input"]]
    assert roles == ["system", "system", "user"]


def test_what_has_no_effect_is_told() -> None:
    drawn = Sampling(top_k=5, presence_penalty=0.5, frequency_penalty=1.0, seed=7)
    question = replace(
        PLAIN,
        output=OutputOptions(sampling=drawn),
        extras=Extras(videos=True),
        search=SearchOptions(safe=True),
        keep=True,
    )
    [notice] = asked(question).notices
    assert notice.kind == "ignored_option"
    for name in (
        "top_k",
        "presence_penalty",
        "frequency_penalty",
        "seed",
        "return_videos",
        "safe_search",
        "save_to_library",
    ):
        assert name in notice.message


def test_a_pattern_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="pattern"):
        asked(replace(PLAIN, output=OutputOptions(format=RegexFormat(r"\d+"))))


def test_a_video_is_refused() -> None:
    turn = Turn("user", (TextPart("?"), MediaPart("video", url="https://v.example/a.mp4")))
    with pytest.raises(InvalidRequest, match="videos"):
        asked(Question((turn,), "sonar"))


def test_a_question_without_text_is_refused() -> None:
    with pytest.raises(InvalidRequest, match="no question"):
        asked(ask("  "))
