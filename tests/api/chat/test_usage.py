"""The `usage` object and its cost."""

from __future__ import annotations

from typing import Any

from hydrophone.api.chat.usage import usage_object, usage_so_far
from hydrophone.types import Price, Usage

PRO = Price(input_usd=3, output_usd=15, low_usd=6, high_usd=14, pro_high_usd=22)
RESEARCH = Price(input_usd=2, output_usd=8, search_usd=5, reasoning_usd=3, citation_usd=2)
THOUGHT = Usage(
    prompt_tokens=33,
    completion_tokens=205_342,
    reasoning_tokens=193_947,
    citation_tokens=19_028,
    search_queries=21,
)


def test_a_finished_answer_says_what_it_cost() -> None:
    used = Usage(prompt_tokens=20, completion_tokens=1645, search_queries=1)
    assert usage_object(used, PRO, "low") == {
        "prompt_tokens": 20,
        "completion_tokens": 1645,
        "total_tokens": 1665,
        "search_context_size": "low",
        "num_search_queries": 1,
        "cost": {
            "input_tokens_cost": 0.00006,
            "output_tokens_cost": 0.024675,
            "request_cost": 0.006,
            "total_cost": 0.030735,
        },
    }


def test_what_deep_research_charges_apart_it_counts_apart() -> None:
    assert usage_object(THOUGHT, RESEARCH, "low") == {
        "prompt_tokens": 33,
        "completion_tokens": 11_395,
        "total_tokens": 11_428,
        "search_context_size": "low",
        "citation_tokens": 19_028,
        "num_search_queries": 21,
        "reasoning_tokens": 193_947,
        "cost": {
            "input_tokens_cost": 0.000066,
            "output_tokens_cost": 0.09116,
            "reasoning_tokens_cost": 0.581841,
            "citation_tokens_cost": 0.038056,
            "search_queries_cost": 0.105,
            "total_cost": 0.816123,
        },
    }


def test_thoughts_of_other_models_are_among_the_completion_tokens() -> None:
    used = Usage(prompt_tokens=1, completion_tokens=10, reasoning_tokens=4)
    body = usage_object(used, PRO, "low")
    assert body["completion_tokens"] == 10
    assert body["completion_tokens_details"] == {"reasoning_tokens": 4}
    assert "reasoning_tokens" not in body
    assert "reasoning_tokens_cost" not in costs(body)


def test_pro_search_has_its_own_fee() -> None:
    used = Usage(prompt_tokens=1)
    assert costs(usage_object(used, PRO, "high"))["request_cost"] == 0.014
    assert costs(usage_object(used, PRO, "high", pro=True))["request_cost"] == 0.022


def test_until_the_end_there_are_counts_and_zeros() -> None:
    body = usage_so_far(THOUGHT, RESEARCH, "medium")
    assert body["completion_tokens"] == 11_395
    assert costs(body) == {"input_tokens_cost": 0, "output_tokens_cost": 0, "total_cost": 0}


def test_what_was_not_counted_is_left_out() -> None:
    body = usage_object(Usage(), Price(), "low")
    assert body.keys() == {
        "prompt_tokens",
        "completion_tokens",
        "total_tokens",
        "search_context_size",
        "cost",
    }
    assert costs(body)["total_cost"] == 0


def costs(body: Any) -> Any:
    return body["cost"]
