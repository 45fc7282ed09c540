"""Filters that the Agent API has hold over the bridge; costs are what was charged there."""

from __future__ import annotations

from typing import Any

import httpx
import pytest

from tests.clients.house import GOV_URL, NEWS_URL, QUESTION, URL
from tests.clients.serving import Running


def asked(server: Running, model: str = "sonar", **fields: Any) -> Any:
    body = {"model": model, "messages": [{"role": "user", "content": QUESTION}], **fields}
    headers = {"Authorization": f"Bearer {server.key}"}
    answer = httpx.post(f"{server.url}/chat/completions", json=body, headers=headers, timeout=30)
    assert answer.status_code == 200, answer.text
    return answer.json()


@pytest.mark.parametrize(
    ("fields", "urls"),
    [
        ({"search_domain_filter": [".gov"]}, [GOV_URL]),
        ({"search_after_date_filter": "1/1/2025"}, [NEWS_URL]),
        ({"search_before_date_filter": "12/31/2019"}, [GOV_URL]),
        (
            {
                "last_updated_after_filter": "1/1/2024",
                "last_updated_before_filter": "12/31/2024",
            },
            [URL],
        ),
        ({"search_recency_filter": "hour"}, []),
        ({"num_search_results": 1}, [URL]),
    ],
    ids=["domain", "after", "before", "updated", "recency", "count"],
)
def test_filters_hold(whole_server: Running, fields: dict[str, Any], urls: list[str]) -> None:
    assert asked(whole_server, **fields)["citations"] == urls


def test_a_deeper_model_costs_what_it_costs_over_there(whole_server: Running) -> None:
    found = [asked(whole_server, model)["usage"]["cost"] for model in ("sonar", "sonar-pro")]
    # The preset of the second one searches more than Sonar does unless told.
    assert [cost["request_cost"] for cost in found] == [0.005, 0.01]


def test_quotes_and_verdicts_of_a_server_that_checks_come_along(whole_server: Running) -> None:
    message = asked(whole_server)["choices"][0]["message"]
    first = message["annotations"][0]["url_citation"]
    assert first["verdict"] == "exact"
    assert message["content"][first["start_index"] : first["end_index"]] == first["quote"]


def test_an_academic_search_stays_here(whole_server: Running) -> None:
    answer = asked(whole_server, search_mode="academic")
    assert [notice["type"] for notice in answer["notices"]] == ["downgrade"]
    assert answer["choices"][0]["message"]["content"].startswith("The engine of this house")
