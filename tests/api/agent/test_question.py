"""Every field of the body, as the question has it."""

from __future__ import annotations

from typing import Any

import pytest

from hydrophone.api.agent.asked.rules import Rules
from hydrophone.codec import decode_value, encode_value
from hydrophone.types import Budgets, FunctionTool, JsonFormat, Question, Sampling, Tools
from tests.api.agent.asking import QUOTING, SEARCH, WRITING, asked, refused, told

SCHEMA = {"type": "object", "properties": {"n": {"type": "integer"}}}
FORMAT = {"type": "json_schema", "json_schema": {"name": "count", "schema": SCHEMA}}
FUNCTION = {"type": "function", "name": "depth", "parameters": SCHEMA, "strict": True}


def test_a_text_is_the_question_of_a_bare_model_which_does_not_search() -> None:
    question = asked()
    assert (question.model, question.last_user_text) == ("sonar", "How many whales?")
    assert question.search.enabled is False
    assert told(question) == []


def test_without_a_language_model_a_bare_model_searches_all_the_same_and_says_so() -> None:
    question = asked(QUOTING)
    assert question.search.enabled is True
    assert told(question) == ["ignored_option"]


def test_the_tool_or_a_preset_makes_it_search() -> None:
    assert asked(QUOTING, tools=[SEARCH]).search.enabled is True
    assert asked(preset="fast").search.enabled is True
    assert told(asked(QUOTING, preset="fast")) == []


@pytest.mark.parametrize(
    "body", [{"max_tool_calls": 0}, {"tool_choice": "none"}], ids=["no calls", "none"]
)
def test_all_tools_can_be_switched_off(body: dict[str, Any]) -> None:
    question = asked(preset="fast", tools=[FUNCTION], **body)
    assert question.search.enabled is False
    assert question.tools.choice == "none"
    assert refused(QUOTING, preset="fast", **body) == (400, next(iter(body)))


def test_a_strict_server_refuses_a_bare_model_that_cannot_answer() -> None:
    assert refused(QUOTING, Rules(strict=True)) == (400, "tools")


def test_options_of_the_answer_are_read() -> None:
    question = asked(
        temperature=0.5,
        top_p=0.9,
        max_output_tokens=100,
        language_preference="de-AT",
        response_format=FORMAT,
        reasoning={"effort": "high"},
        instructions="Be brief.",
    )
    output = question.output
    assert output.sampling == Sampling(temperature=0.5, top_p=0.9)
    assert (output.max_tokens, output.language) == (100, "de")
    assert output.format == JsonFormat(SCHEMA, "count")
    assert question.extras.reasoning_effort == "high"
    assert [(turn.role, turn.text) for turn in question.turns] == [
        ("system", "Be brief."),
        ("user", "How many whales?"),
    ]


def test_what_is_below_its_least_is_raised_and_what_is_above_its_most_lowered() -> None:
    assert asked(max_output_tokens=1).output.max_tokens == 16
    assert asked(reasoning={"effort": "max"}).extras.reasoning_effort == "xhigh"


def test_empty_instructions_are_none() -> None:
    assert [turn.role for turn in asked(preset="low", instructions="").turns] == ["user"]


def test_functions_and_their_choice_are_read() -> None:
    function = FunctionTool("depth", None, SCHEMA, True)
    choice = {"type": "function", "name": "depth"}
    question = asked(tools=[FUNCTION], tool_choice=choice, parallel_tool_calls=False)
    assert question.tools == Tools((function,), "depth", parallel=False)
    assert asked(tools=[FUNCTION], tool_choice="required").tools.choice == "required"
    assert asked(tools=[FUNCTION, SEARCH], tool_choice="required").tools.choice == "auto"
    assert asked(tools=[SEARCH], tool_choice={"type": "web_search"}).tools.choice == "auto"


def test_the_number_of_calls_limits_the_searches() -> None:
    assert asked(tools=[SEARCH], max_tool_calls=3).budgets == Budgets(searches=3)


def test_pages_alone_are_read_without_a_search() -> None:
    read = asked(input="What says https://sea.example/a ?", tools=[{"type": "fetch_url"}])
    assert read.search.enabled is True
    assert read.budgets == Budgets(searches=0)
    assert asked(tools=[{"type": "fetch_url", "max_urls": 2}]).search.enabled is False


@pytest.mark.parametrize(
    ("body", "status", "param"),
    [
        ({"nonsense": 1}, 400, "nonsense"),
        ({"include": []}, 400, "include"),
        ({"text": {"format": {"type": "text"}}}, 400, "text"),
        ({"input": [{"role": "user", "content": "a", "name": "b"}]}, 400, "input[0].name"),
        ({"tools": [{**SEARCH, "limit": 1}]}, 400, "tools[0].limit"),
        ({"tools": [{**SEARCH, "filters": {"x": 1}}]}, 400, "tools[0].filters.x"),
        ({"reasoning": {"effort": "huge"}}, 400, "reasoning.effort"),
        ({"response_format": {**FORMAT, "x": 1}}, 400, "response_format.x"),
        ({"response_format": {"type": "json_schema"}}, 400, "response_format.json_schema"),
        ({"input": 5}, 422, "input"),
        ({"input": ""}, 400, "input"),
        ({"input": []}, 400, "input"),
        ({"temperature": 3}, 400, "temperature"),
        ({"max_output_tokens": 0}, 400, "max_output_tokens"),
        ({"max_steps": 101}, 400, "max_steps"),
        ({"metadata": {str(n): "" for n in range(17)}}, 400, "metadata"),
        ({"metadata": {"k" * 65: ""}}, 400, "metadata"),
        ({"metadata": {"k": "v" * 513}}, 400, "metadata"),
        ({"skills": [{"id": "s"}]}, 400, "skills"),
        ({"profile": {"id": "p"}}, 400, "profile"),
        ({"language_preference": "?"}, 400, "language_preference"),
        ({"preset": "slow"}, 400, "preset"),
        ({"effort": "slow"}, 400, "effort"),
    ],
)
def test_what_is_wrong_or_unknown_is_refused_with_its_place(
    body: dict[str, Any], status: int, param: str
) -> None:
    assert refused(**body) == (status, param)


def test_a_model_or_a_preset_is_needed() -> None:
    assert refused(model=None) == (400, "model")


def test_a_lenient_server_takes_what_openai_has() -> None:
    rules = Rules(lenient=True)
    text = {"format": {"type": "json_schema", "name": "count", "schema": SCHEMA}}
    body = {"include": ["x"], "user": "me", "stream_options": {}, "text": text}
    assert asked(WRITING, rules, **body).output.format == JsonFormat(SCHEMA, "count")
    assert asked(WRITING, rules, input=[{"role": "user", "content": "a", "name": "b"}])
    for name in ("nonsense", "conversation", "prompt"):
        assert refused(WRITING, rules, **{name: "x"}) == (400, name)
    wrong = {"format": {"type": "json_schema"}}
    assert refused(WRITING, rules, text=wrong) == (400, "text.format")


def test_what_is_shown_again_survives_the_codec_and_holds_no_secret() -> None:
    secret = {"type": "mcp", "server_label": "a", "authorization": "s3cret", "headers": {"k": "s3"}}
    question = asked(
        WRITING, Rules(lenient=True), tools=[SEARCH, secret], metadata={"a": "b"}, preset="low"
    )
    written = encode_value(question)
    assert decode_value(Question, written) == question
    assert b"s3" not in written
    assert question.echo is not None
    fields = question.echo["fields"]
    assert isinstance(fields, dict)
    assert fields["metadata"] == {"a": "b"}
    assert fields["tools"] == [SEARCH, {"type": "mcp"}]
    assert (fields["preset"], fields["effort"]) == ("low", "low")
