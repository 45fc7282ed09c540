"""Prices, with the figures that Perplexity's documentation and its answers give."""

from __future__ import annotations

from dataclasses import asdict, fields

import pytest

from hydrophone.types import ContextSize, Cost, Price, Usage

SONAR_PRO = Price(
    input_usd=3,
    output_usd=15,
    low_usd=6,
    medium_usd=10,
    high_usd=14,
    pro_low_usd=14,
    pro_medium_usd=18,
    pro_high_usd=22,
)
DEEP_RESEARCH = Price(input_usd=2, output_usd=8, search_usd=5, reasoning_usd=3, citation_usd=2)


def test_a_sonar_pro_answer_costs_its_tokens_and_the_fee() -> None:
    usage = Usage(prompt_tokens=20, completion_tokens=1645, search_queries=1)
    cost = SONAR_PRO.cost(usage, "low")
    assert (cost.input_usd, cost.request_usd) == pytest.approx((6e-05, 0.006))
    assert cost.output_usd == pytest.approx(0.024675)
    assert cost.total_usd == pytest.approx(0.030735)


def test_deep_research_costs_its_searches_thoughts_and_citations() -> None:
    """The answer reports 11,395 tokens written and 193,947 thought."""
    usage = Usage(
        prompt_tokens=33,
        completion_tokens=11_395 + 193_947,
        reasoning_tokens=193_947,
        citation_tokens=19_028,
        search_queries=21,
    )
    assert asdict(DEEP_RESEARCH.cost(usage, "high")) == pytest.approx(
        {
            "input_usd": 0.000066,
            "output_usd": 0.09116,
            "reasoning_usd": 0.581841,
            "citation_usd": 0.038056,
            "searches_usd": 0.105,
            "request_usd": 0.0,
        }
    )
    assert DEEP_RESEARCH.cost(usage, "low").total_usd == pytest.approx(0.816123)


@pytest.mark.parametrize(
    ("size", "fast", "pro"), [("low", 6, 14), ("medium", 10, 18), ("high", 14, 22)]
)
def test_the_fee_goes_by_the_context_size_and_by_the_rounds_of_search(
    size: ContextSize, fast: float, pro: float
) -> None:
    used = Usage(prompt_tokens=1)
    assert SONAR_PRO.cost(used, size).request_usd == pytest.approx(fast / 1000)
    assert SONAR_PRO.cost(used, size, pro=True).request_usd == pytest.approx(pro / 1000)


def test_a_model_without_a_fee_for_pro_search_has_the_same_one() -> None:
    plain = Price(low_usd=5)
    used = Usage(completion_tokens=1)
    assert plain.cost(used, "low", pro=True) == plain.cost(used, "low")


def test_thoughts_without_a_price_of_their_own_are_output() -> None:
    usage = Usage(completion_tokens=1_000_000, reasoning_tokens=900_000, citation_tokens=5)
    assert Price(output_usd=8).cost(usage, "low") == Cost(output_usd=8.0)


def test_the_fee_is_due_without_a_search_but_not_without_anything() -> None:
    assert SONAR_PRO.cost(Usage(prompt_tokens=1), "low").request_usd == 0.006
    assert SONAR_PRO.cost(Usage(), "low", pro=True) == Cost()


@pytest.mark.parametrize("part", [field.name for field in fields(Cost)])
def test_every_part_counts_in_the_total(part: str) -> None:
    assert Cost(**{part: 2.0}).total_usd == 2.0
