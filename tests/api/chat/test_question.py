"""From a chat body to a question: every field that the waist knows."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from hydrophone.api.chat.question import to_question
from hydrophone.api.chat.schema import ChatRequest
from hydrophone.errors import InvalidRequest
from hydrophone.types import (
    Filter,
    FunctionTool,
    JsonFormat,
    Question,
    RegexFormat,
    Sampling,
    ToolCall,
    Tools,
)

USER = {"role": "user", "content": "Do whales sing?"}


def asked(**fields: Any) -> Question:
    body = ChatRequest.model_validate({"messages": [USER]} | fields)
    return to_question(body, "sonar")


def test_a_plain_question_has_the_defaults_of_the_waist() -> None:
    question = asked()
    assert question == Question(question.turns, "sonar")
    assert question.last_user_text == "Do whales sing?"


def test_roles_and_parts_become_turns() -> None:
    messages = [
        {"role": "developer", "content": "Be brief."},
        {"role": "user", "content": [{"type": "text", "text": "a"}, {"type": "text", "text": "b"}]},
        {
            "role": "assistant",
            "content": None,
            "tool_calls": [
                {"id": "1", "type": "function", "function": {"name": "f", "arguments": "{}"}}
            ],
        },
        {"role": "tool", "content": "42", "tool_call_id": "1"},
        USER,
    ]
    turns = asked(messages=messages).turns
    assert [turn.role for turn in turns] == ["system", "user", "assistant", "tool", "user"]
    assert turns[1].text == "a\nb"
    assert turns[2].tool_calls == (ToolCall("1", "f", "{}"),)
    assert turns[2].parts == ()
    assert turns[3].tool_call_id == "1"


def test_filters_become_one_filter() -> None:
    question = asked(
        collections=["sea"],
        search_domain_filter=["https://www.A.example", " -b.example ", ".gov"],
        search_language_filter=["en"],
        search_recency_filter="week",
        search_after_date_filter="3/1/2025",
        search_before_date_filter="03/31/2025",
        last_updated_after_filter="1/2/2024",
        last_updated_before_filter="12/31/2024",
    )
    assert question.search.filter == Filter(
        collections=("sea",),
        domains_allow=("a.example", ".gov"),
        domains_deny=("b.example",),
        languages=("en",),
        recency="week",
        published_after=date(2025, 3, 1),
        published_before=date(2025, 3, 31),
        modified_after=date(2024, 1, 2),
        modified_before=date(2024, 12, 31),
    )


def test_tools_are_passed_on() -> None:
    function = {"name": "f", "description": "d", "parameters": {"type": "object"}, "strict": True}
    tool = {"type": "function", "function": function}
    choice = {"type": "function", "function": {"name": "f"}}
    question = asked(tools=[tool], tool_choice=choice, parallel_tool_calls=False)
    known = FunctionTool("f", "d", {"type": "object"}, strict=True)
    assert question.tools == Tools((known,), "f", parallel=False)
    assert asked(tool_choice="none").tools.choice == "none"


def test_output_options_are_passed_on() -> None:
    question = asked(
        max_tokens=100,
        temperature=0.5,
        top_p=0.9,
        top_k=0,
        presence_penalty=1,
        frequency_penalty=-1,
        seed=7,
        stop="END",
        language_preference="de",
    )
    assert question.output.max_tokens == 100
    assert question.output.stop == ("END",)
    assert question.output.language == "de"
    assert question.output.sampling == Sampling(
        temperature=0.5,
        top_p=0.9,
        presence_penalty=1,
        frequency_penalty=-1,
        seed=7,
    )


def test_openais_newer_name_of_the_limit_counts() -> None:
    assert asked(max_tokens=9, max_completion_tokens=5).output.max_tokens == 5


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({"type": "text"}, None),
        ({"type": "json_object"}, JsonFormat()),
        ({"type": "regex", "regex": {"regex": "[0-9]+"}}, RegexFormat("[0-9]+")),
        (
            {"type": "json_schema", "json_schema": {"schema": {"type": "object"}}},
            JsonFormat({"type": "object"}),
        ),
        (
            {
                "type": "json_schema",
                "json_schema": {"schema": {}, "name": "n", "description": "d", "strict": False},
            },
            JsonFormat({}, "n", "d", strict=False),
        ),
    ],
)
def test_formats_become_values(given: dict[str, Any], expected: object) -> None:
    assert asked(response_format=given).output.format == expected


@pytest.mark.parametrize(("sent", "enabled"), [(None, None), (True, False), (False, True)])
def test_a_search_is_left_to_the_model_unless_the_caller_says(
    sent: bool | None, enabled: bool | None
) -> None:
    assert asked(disable_search=sent).search.enabled is enabled


def test_perplexitys_name_of_the_result_count_comes_first() -> None:
    assert asked(max_results=5).search.max_results == 5
    assert asked(max_results=5, num_search_results=30).search.max_results == 30


@pytest.mark.parametrize(
    "value", ["2025-03-01", "13/1/2025", "2/30/2025", "3/1", "", "3/1/2025 12:00"]
)
def test_a_wrong_date_says_how_to_write_it(value: str) -> None:
    with pytest.raises(InvalidRequest, match="M/D/YYYY") as caught:
        asked(last_updated_before_filter=value)
    assert caught.value.code == "invalid_date_format"
    assert caught.value.param == "last_updated_before_filter"


@pytest.mark.parametrize("entry", ["", "-", "https://", "x" * 254])
def test_what_is_no_domain_is_refused(entry: str) -> None:
    with pytest.raises(InvalidRequest) as caught:
        asked(search_domain_filter=[entry])
    assert caught.value.code == "invalid_search_domain_filter"


def test_an_empty_text_stops_nothing() -> None:
    assert asked(stop=["", "END"]).output.stop == ("END",)
    assert asked(stop="").output.stop == ()
