"""How endpoints are asked for formats, over real sockets: each family its form, and what is learnt
from a refusal."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from typing import Any

import pytest

from hydrophone.errors import InvalidRequest, UpstreamError
from hydrophone.llm.base import ModelRequest
from hydrophone.llm.openai import Limits, OpenAIModel
from hydrophone.llm.structured.forms import Form, family_of, fields, ladder
from hydrophone.types import JsonFormat, RegexFormat
from tests.emulators.openai_model import ModelServer, Reply

Connect = Callable[..., OpenAIModel]
OBJECT = JsonFormat({"type": "object", "properties": {"a": {"type": "string"}}}, name="facts")
PATTERN = RegexFormat(r"^\d{2}(?=a|b)\w$")
ONE_TO_NINE = 'root ::= s0\ns0 ::= [1-9] s1\ns1 ::= ""'
REFUSED = Reply(status=400, error={"error": {"message": "Unrecognized argument: response_format"}})


@pytest.mark.parametrize(
    ("owner", "family"),
    [
        ("vllm", "vllm"),
        ("llamacpp", "llamacpp"),
        ("llama.cpp", "llamacpp"),
        ("SGLang", "sglang"),
        ("library", "other"),
        ("openai-internal", "other"),
        ("", "other"),
    ],
)
def test_servers_are_told_by_the_owner_of_their_models(owner: str, family: str) -> None:
    assert family_of(owner) == family


@pytest.mark.parametrize(
    ("wanted", "family", "forms"),
    [
        (OBJECT, "other", ("json_schema", "json_object", "told")),
        (JsonFormat({"type": "array"}), "vllm", ("json_schema", "told")),
        (JsonFormat(), "llamacpp", ("json_object", "told")),
        (PATTERN, "vllm", ("pattern", "wrapped", "told")),
        (PATTERN, "sglang", ("pattern", "wrapped", "told")),
        (PATTERN, "llamacpp", ("grammar", "told")),
        (PATTERN, "other", ("wrapped", "told")),
    ],
)
def test_the_form_that_binds_most_comes_first(
    wanted: JsonFormat | RegexFormat, family: Any, forms: tuple[Form, ...]
) -> None:
    assert ladder(wanted, family) == forms


@pytest.mark.parametrize(
    ("wanted", "form", "sent"),
    [
        (JsonFormat(), "json_object", {"response_format": {"type": "json_object"}}),
        (OBJECT, "told", {}),
        (RegexFormat(r"\d{2}\b\w"), "grammar", {"grammar": "root ::= [0-9]{2} [0-9A-Z\\x5Fa-z]"}),
        (RegexFormat(r"(?!0)\d"), "grammar", {"grammar": ONE_TO_NINE}),
        (
            PATTERN,
            "pattern",
            {
                "structured_outputs": {"regex": "[0-9]{2}[0-9A-Z_a-z]"},
                "guided_regex": "[0-9]{2}[0-9A-Z_a-z]",
                "regex": "[0-9]{2}[0-9A-Z_a-z]",
            },
        ),
    ],
)
def test_forms_have_their_fields(
    wanted: JsonFormat | RegexFormat, form: Form, sent: dict[str, Any]
) -> None:
    assert fields(wanted, form) == sent


def test_a_schema_goes_with_its_name_and_strict_where_it_can() -> None:
    strict = {
        "type": "object",
        "properties": {"a": {"type": "string"}},
        "required": ["a"],
        "additionalProperties": False,
    }
    wanted = JsonFormat(strict, name="facts", description="About whales.")
    assert fields(wanted, "json_schema")["response_format"] == {
        "type": "json_schema",
        "json_schema": {
            "name": "facts",
            "schema": strict,
            "strict": True,
            "description": "About whales.",
        },
    }
    for loose in (OBJECT, replace(wanted, strict=False)):
        assert fields(loose, "json_schema")["response_format"]["json_schema"]["strict"] is False


def test_a_wrapped_pattern_is_an_object_of_one_text() -> None:
    sent = fields(PATTERN, "wrapped")["response_format"]["json_schema"]
    assert sent["strict"] is True
    assert sent["schema"]["properties"] == {
        "matching_text": {"type": "string", "pattern": "^[0-9]{2}[0-9A-Z_a-z]$"}
    }


def sent_forms(server: ModelServer) -> list[str]:
    """What each request for a reply asked with."""
    names = ("grammar", "guided_regex", "response_format")
    bodies = [one.body for one in server.requests if one.method == "POST"]
    found = [next((name for name in names if name in body), "told") for body in bodies]
    return [
        body["response_format"]["type"] if name == "response_format" else name
        for name, body in zip(found, bodies, strict=True)
    ]


async def test_llama_cpp_gets_a_grammar_and_is_asked_who_it_is_once(
    connect: Connect, request_: ModelRequest
) -> None:
    async with ModelServer(Reply("42a"), card={"owned_by": "llamacpp"}) as server:
        model = connect(server.url)
        for _ in range(2):
            reply = await model.complete(replace(request_, response_format=PATTERN))
            assert reply.text == "42a"
    assert [one.method for one in server.requests] == ["GET", "POST", "POST"]
    assert sent_forms(server) == ["grammar", "grammar"]


async def test_a_refused_form_is_left_out_the_next_time(
    connect: Connect, request_: ModelRequest
) -> None:
    replies = [REFUSED, REFUSED, Reply('{"a": "b"}')]
    async with ModelServer(*replies) as server:
        model = connect(server.url)
        for _ in range(2):
            async with model.stream(replace(request_, response_format=OBJECT)) as deltas:
                assert "".join([delta.text async for delta in deltas]) == '{"a": "b"}'
    assert sent_forms(server) == ["json_schema", "json_object", "told", "told"]


async def test_a_form_refused_for_one_schema_is_tried_for_another(
    connect: Connect, request_: ModelRequest
) -> None:
    async with ModelServer(REFUSED, Reply("{}")) as server:
        model = connect(server.url)
        for n in range(2):
            wanted = JsonFormat({"type": "object", "title": str(n)})
            await model.complete(replace(request_, response_format=wanted))
    assert sent_forms(server) == ["json_schema", "json_object", "json_schema"]


async def test_a_form_refused_for_three_schemas_and_taken_for_none_is_given_up(
    connect: Connect, request_: ModelRequest
) -> None:
    async with ModelServer(*[REFUSED, Reply("{}")] * 3, Reply("{}")) as server:
        model = connect(server.url)
        for n in range(4):
            wanted = JsonFormat({"type": "object", "title": str(n)})
            await model.complete(replace(request_, response_format=wanted))
    assert sent_forms(server) == ["json_schema", "json_object"] * 3 + ["json_object"]


async def test_a_request_that_is_refused_in_every_form_fails_with_the_first_reason(
    connect: Connect, request_: ModelRequest
) -> None:
    other = Reply(status=400, error={"error": {"message": "too long"}})
    async with ModelServer(REFUSED, other) as server:
        model = connect(server.url)
        for _ in range(2):
            server.replies = (*[Reply()] * len(server.requests), REFUSED, other)
            with pytest.raises(InvalidRequest, match="Unrecognized argument"):
                await model.complete(replace(request_, response_format=OBJECT))
    assert sent_forms(server) == ["json_schema", "json_object", "told"] * 2


@pytest.mark.parametrize(
    ("message", "forms"),
    [
        ("failed to parse grammar", ["json_schema", "json_object"]),
        ("out of memory", ["json_schema"]),
    ],
)
async def test_a_server_that_fails_over_a_grammar_has_refused_it(
    connect: Connect, request_: ModelRequest, message: str, forms: list[str]
) -> None:
    failing = Reply(status=500, error={"error": {"message": message}})
    async with ModelServer(failing, Reply("{}")) as server:
        model = connect(server.url, limits=Limits(retries=0))
        if len(forms) > 1:
            await model.complete(replace(request_, response_format=OBJECT))
        else:
            with pytest.raises(UpstreamError, match=message):
                await model.complete(replace(request_, response_format=OBJECT))
    assert sent_forms(server) == forms


async def test_a_server_that_does_not_list_its_models_gets_a_wrapped_pattern(
    connect: Connect, request_: ModelRequest
) -> None:
    async with ModelServer(Reply('{"matching_text": "42a"}'), models=()) as server:
        await connect(server.url).complete(replace(request_, response_format=PATTERN))
    assert sent_forms(server) == ["json_schema"]


async def test_a_plain_request_asks_nobody_for_anything(
    connect: Connect, request_: ModelRequest
) -> None:
    async with ModelServer(Reply("Hello."), card={"owned_by": "llamacpp"}) as server:
        await connect(server.url).complete(request_)
    assert [one.method for one in server.requests] == ["POST"]
    assert sent_forms(server) == ["told"]
