"""The official SDK's own tests against our server, and every method of its newest version."""

from __future__ import annotations

import re
import subprocess
from pathlib import Path

import pytest

from tests.clients.driving import DEADLINE_S, drive, environment, variables
from tests.clients.sdk_suite import plugin
from tests.clients.serving import Running
from tests.clients.shipped import ModelThread

pytestmark = pytest.mark.timeout(DEADLINE_S + 30)

SUITE = Path(__file__).resolve().parent / "sdk_suite"
SDK = "perplexityai-0.38.0"
ALL_CASES, BROWSER_CASES = 295, 30


def test_the_sdks_own_tests_pass(writing_server: Running, model: ModelThread) -> None:
    """Against the server as it is shipped, whose model says something that a schema would allow."""
    model.say("{}")
    python = environment(SDK)
    done = subprocess.run(
        [
            *(python, "-m", "pytest", "-p", "plugin", "-o", "addopts=", "-p", "no:cacheprovider"),
            *("-q", "tests/api_resources"),
        ],
        cwd=python.parents[1] / "sdk",
        env=variables(writing_server)
        | {
            "PYTHONPATH": str(SUITE),
            "PYTHONDONTWRITEBYTECODE": "1",
            "TEST_API_BASE_URL": writing_server.url,
            "SDK_SUITE_KEY": writing_server.key,
        },
        capture_output=True,
        text=True,
        timeout=DEADLINE_S,
    )
    impossible = len(plugin.IMPOSSIBLE)
    counts = re.findall(r"(\d+) (\w+)", done.stdout.splitlines()[-1].split(" in ")[0])
    assert {what: int(count) for count, what in counts} == {
        "passed": ALL_CASES - BROWSER_CASES - impossible,
        "xfailed": BROWSER_CASES,
        "deselected": impossible,
    }, done.stdout


def test_every_method_and_parameter_of_the_newest_sdk_passes_strictly(
    whole_server: Running,
) -> None:
    swept = drive("perplexityai", "drive_sweep.py", whole_server)
    assert swept["failed"] == {}
    assert swept["unknown"] == []
    assert swept["bodies"] > 150


def test_nonsense_becomes_valid_and_the_rest_goes_out_as_it_is() -> None:
    body = {
        "model": "model",
        "search_before_date_filter": "search_before_date_filter",
        "search_domain_filter": ["string"],
        "max_results": 0,
        "top_k": 0,
        "stop": "string",
    }
    assert plugin.valid(body) == {
        "model": plugin.MODEL,
        "search_before_date_filter": plugin.DAY,
        "search_domain_filter": ["example.com"],
        "max_results": 1,
        "top_k": 0,
        "stop": "string",
    }
    assert plugin.valid({"model": "sonar-pro"}) == {"model": "sonar-pro"}


def test_nonsense_within_tools_and_requests_becomes_valid_too() -> None:
    filters = {"search_domain_filter": ["string"], "search_recency_filter": "hour"}
    place = {"country": "country", "city": "city"}
    tool = {"type": "web_search", "max_tokens": 0, "filters": filters, "user_location": place}
    assert plugin.valid({"request": {"tools": [tool], "models": ["string"]}}) == {
        "request": {
            "models": [plugin.MODEL],
            "tools": [
                {
                    "type": "web_search",
                    "max_tokens": 1,
                    "filters": filters | {"search_domain_filter": ["example.com"]},
                    "user_location": place | {"country": plugin.COUNTRY},
                }
            ],
        }
    }


def test_a_preset_is_named_where_nothing_else_says_who_answers() -> None:
    assert plugin._with_model("/v1/responses", {"input": "a"})["preset"] == "fast"
    for path, body in (("/v1/responses", {"model": "sonar"}), ("/search", {"query": "a"})):
        assert plugin._with_model(path, body) == body


def test_paths_of_mocked_contents_stay_as_they_are() -> None:
    mocked = "/v1/responses/response_id/files/file_id/content"
    assert plugin.valid_path(mocked) == mocked


def test_a_system_message_alone_gets_a_question() -> None:
    system, user = {"role": "system", "content": "a"}, {"role": "user", "content": "b"}
    assert plugin.valid({"messages": [system]})["messages"] == [system, plugin.QUESTION]
    assert plugin.valid({"messages": [system, user]})["messages"] == [system, user]


def test_only_the_makers_skip_marks_are_taken_away() -> None:
    theirs = pytest.mark.skip(reason=plugin.SKIPPED_BY_MAKERS).mark
    assert plugin._by_makers(theirs)
    assert not plugin._by_makers(pytest.mark.skip(reason="aiohttp").mark)
