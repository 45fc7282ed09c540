"""What strict servers refuse as Perplexity's service does, and what others make of it."""

from __future__ import annotations

from datetime import date
from typing import Any

import pytest

from hydrophone.types import TextPart
from tests.api.chat.asking import USER, asked, refusal
from tests.api.serving import doors

SYSTEM = {"role": "system", "content": "Be brief."}
ASSISTANT = {"role": "assistant", "content": "They do."}
CALL = {
    "role": "assistant",
    "tool_calls": [{"id": i, "function": {"name": "f"}} for i in ("1", "2")],
}
RESULTS = [{"role": "tool", "content": i, "tool_call_id": i} for i in ("1", "2")]


def roles(messages: list[Any]) -> list[str]:
    return [turn.role for turn in asked(messages=messages).turns]


@pytest.mark.parametrize(
    ("messages", "lenient"),
    [
        ([USER, USER], ["user"]),
        ([USER, ASSISTANT, ASSISTANT, USER], ["user", "assistant", "user"]),
        ([USER, SYSTEM, USER], ["user", "system", "user"]),
        ([USER, ASSISTANT, SYSTEM, USER], ["user", "assistant", "system", "user"]),
        ([ASSISTANT, USER], ["assistant", "user"]),
        ([SYSTEM, ASSISTANT, USER], ["system", "assistant", "user"]),
        ([USER, ASSISTANT], ["user", "assistant"]),
        ([USER, CALL, *RESULTS, USER], ["user", "assistant", "tool", "tool", "user"]),
        ([SYSTEM], ["system"]),
    ],
)
def test_an_order_that_is_refused_when_strict_is_understood_otherwise(
    messages: list[Any], lenient: list[str]
) -> None:
    assert roles(messages) == lenient
    error = refusal(strict=True, messages=messages)
    assert (error.status, error.code) == (400, "invalid_message")
    assert (error.param or "").startswith("messages")


@pytest.mark.parametrize(
    "messages",
    [
        [USER],
        [SYSTEM, USER],
        [SYSTEM, SYSTEM, USER],
        [{"role": "developer", "content": "x"}, USER],
        [USER, ASSISTANT, USER],
        [USER, CALL, *RESULTS],
        [USER, CALL, *RESULTS, ASSISTANT, USER],
    ],
)
def test_the_official_order_is_allowed_when_strict(messages: list[Any]) -> None:
    assert asked(strict=True, messages=messages) == asked(messages=messages)


def test_messages_of_one_role_become_one_turn_with_all_their_parts() -> None:
    more = {"role": "user", "content": [{"type": "text", "text": "And boats?"}]}
    [turn] = asked(messages=[USER, more]).turns
    assert turn.parts == (TextPart("Do whales sing?"), TextPart("And boats?"))
    assert turn.text == "Do whales sing?\nAnd boats?"


def test_calls_of_assistants_in_a_row_are_kept() -> None:
    turns = asked(messages=[USER, ASSISTANT, CALL, *RESULTS]).turns
    assert [call.id for call in turns[1].tool_calls] == ["1", "2"]
    assert turns[1].text == "They do."
    assert [turn.tool_call_id for turn in turns[2:]] == ["1", "2"]


@pytest.mark.parametrize(
    ("fields", "kind", "param"),
    [
        (
            {"search_domain_filter": ["a.example", "-b.example"]},
            "invalid_search_domain_filter",
            "search_domain_filter",
        ),
        *(
            (
                {"search_domain_filter": [entry]},
                "invalid_search_domain_filter",
                "search_domain_filter",
            )
            for entry in ("https://a.example", "http://a.example", "www.a.example", "-WWW.a.com")
        ),
        (
            {"image_domain_filter": ["a.example", "-b.example"]},
            "invalid_parameter",
            "image_domain_filter",
        ),
        (
            {"search_recency_filter": "week", "search_after_date_filter": "3/1/2025"},
            "invalid_parameter",
            "search_recency_filter",
        ),
        (
            {"search_recency_filter": "week", "search_before_date_filter": "3/1/2025"},
            "invalid_parameter",
            "search_recency_filter",
        ),
        (
            {"presence_penalty": 0.5, "frequency_penalty": 0.5},
            "invalid_parameter",
            "frequency_penalty",
        ),
        ({"frequency_penalty": 0}, "invalid_request", "frequency_penalty"),
        ({"frequency_penalty": -1}, "invalid_request", "frequency_penalty"),
    ],
)
def test_what_is_refused_when_strict_is_allowed_otherwise(
    fields: dict[str, Any], kind: str, param: str
) -> None:
    asked(**fields)
    error = refusal(strict=True, **fields)
    assert (error.status, error.code, error.param) == (400, kind, param)


@pytest.mark.parametrize(
    "fields",
    [
        {"search_domain_filter": ["a.example", "b.example/x", ".gov"]},
        {"search_domain_filter": ["-a.example", "-b.example"]},
        {"search_recency_filter": "week", "last_updated_after_filter": "3/1/2025"},
        {"search_after_date_filter": "3/1/2025", "search_before_date_filter": "3/2/2025"},
        {"presence_penalty": -2},
        {"frequency_penalty": 0.1, "presence_penalty": 0},
    ],
)
def test_what_the_service_allows_is_the_same_when_strict(fields: dict[str, Any]) -> None:
    assert asked(strict=True, **fields) == asked(**fields)


def test_allowed_and_denied_domains_both_count() -> None:
    where = asked(search_domain_filter=["https://www.A.example/Docs", "-a.example/Docs/old"])
    assert where.search.filter.domains_allow == ("a.example/Docs",)
    assert where.search.filter.domains_deny == ("a.example/Docs/old",)


def test_recency_and_dates_both_count() -> None:
    where = asked(search_recency_filter="week", search_after_date_filter="3/1/2025").search.filter
    assert (where.recency, where.published_after) == ("week", date(2025, 3, 1))


@pytest.mark.parametrize("strict", [False, True])
async def test_a_server_is_strict_when_it_is_told_so(strict: bool) -> None:
    async with doors(strict=strict) as served, served.client() as client:
        for path in ("/v1/chat/completions", "/v1/sonar"):
            response = await client.post(path, json={"messages": [USER, USER]})
            assert response.status_code == (400 if strict else 200)
        body = {"prompt": "x", "search_domain_filter": ["www.a.example"]}
        response = await client.post("/v1/completions", json=body)
        assert response.status_code == (400 if strict else 200)


@pytest.mark.parametrize(
    "fields", [{"pro_search": True}, {"web_search_options": {"search_type": "pro"}}]
)
async def test_pro_search_is_refused_where_it_is_switched_off(fields: dict[str, Any]) -> None:
    assert asked(**fields).search.depth == "pro"
    async with doors(pro_search=False) as served, served.client() as client:
        refused = await client.post("/v1/sonar", json={"messages": [USER]} | fields)
        assert refused.status_code == 400
        assert refused.json()["error"]["type"] == "invalid_parameter"
        assert "HYDROPHONE_PRO_SEARCH" in refused.json()["error"]["message"]
        assert (await client.post("/v1/sonar", json={"messages": [USER]})).status_code == 200


def test_auto_is_a_fast_search_where_pro_is_switched_off() -> None:
    options = {"web_search_options": {"search_type": "auto"}}
    assert asked(**options).search.depth == "auto"
    assert asked(allow_pro=False, **options).search.depth == "fast"
