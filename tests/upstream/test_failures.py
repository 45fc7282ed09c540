"""Runs that fail, are refused, fall silent, are broken off or left: what callers are told, what is
tried again, and that runs are cancelled over there."""

from __future__ import annotations

import asyncio
import logging
from dataclasses import replace

import pytest

from hydrophone.errors import NotConfigured
from hydrophone.types import RequestContext, Secret, Text, ask
from hydrophone.upstream.client import Limits, OfficialApi
from tests.emulators.agent_api import KEY, RUN_ID, AgentApi, Run, Search, result
from tests.upstream.conftest import QUICK, Connect, answered, refusal

ONE = Search(("blue whale song",), (result(1), result(2)))


@pytest.mark.parametrize(
    ("reason", "finish"),
    [("max_output_tokens", "length"), ("content_filter", "content_filter"), ("", "length")],
)
async def test_an_incomplete_run_says_why(connect: Connect, reason: str, finish: str) -> None:
    async with AgentApi(Run(end="incomplete", reason=reason)) as api:
        got = await answered(connect(api.url), "?")
    assert got.finished.reason == finish
    assert [notice.kind for notice in got.notices] == ([] if reason else ["partial"])


@pytest.mark.parametrize(
    ("failure", "status", "code", "retryable"),
    [
        ({"message": "no", "type": "internal_error"}, 500, "internal_error", True),
        ({"message": "no", "code": "gateway_timeout"}, 504, "gateway_timeout", True),
        ({"message": "no", "code": 503}, 503, "bad_gateway", True),
        ({"message": "no", "type": "request_rate_limit_exceeded"}, 429, None, True),
        ({}, 502, "bad_gateway", True),
        ({"message": "no", "type": "invalid_request"}, 400, "invalid_request", False),
        ({"message": "no", "code": 400}, 400, "invalid_request", False),
    ],
)
@pytest.mark.parametrize("end", ["failed", "error"])
async def test_a_failed_run_is_a_failure_with_its_status(
    connect: Connect,
    end: str,
    failure: dict[str, object],
    status: int,
    code: str | None,
    retryable: bool,
) -> None:
    async with AgentApi(Run(end=end, failure=failure)) as api:
        got = await answered(connect(api.url), "?")
        assert api.cancelled == []
    assert got.failed.status == status
    assert got.failed.code == (code or "request_rate_limit_exceeded")
    assert got.failed.retryable is retryable


async def test_a_cancelled_run_is_a_failure(connect: Connect) -> None:
    async with AgentApi(Run(end="cancelled")) as api:
        got = await answered(connect(api.url), "?")
    assert got.failed.status == 502
    assert got.failed.usage.prompt_tokens == 1200


@pytest.mark.parametrize(
    ("status", "kind", "seen", "code"),
    [
        (400, "invalid_model", 400, "invalid_model"),
        (401, "invalid_api_key", 503, "service_unavailable"),
        (402, "payment_required", 503, "service_unavailable"),
        (403, "forbidden", 503, "service_unavailable"),
        (404, "not_found", 400, "not_found"),
        (413, "payload_too_large", 413, "payload_too_large"),
        (429, "request_rate_limit_exceeded", 429, "request_rate_limit_exceeded"),
        (500, "internal_error", 500, "internal_error"),
        (503, "service_unavailable", 503, "service_unavailable"),
    ],
)
async def test_refusals_keep_their_meaning_and_hide_the_key(
    connect: Connect, status: int, kind: str, seen: int, code: str
) -> None:
    error = refusal(status, kind, param="model")
    async with AgentApi(Run(status=status, error=error, headers={"Retry-After": "77"})) as api:
        got = await answered(connect(api.url), "?")
        assert len(api.requests) == 1
    assert (got.failed.status, got.failed.code) == (seen, code)
    assert KEY not in got.failed.message
    assert got.failed.retry_after_s == (77 if status == 429 else None)
    assert got.failed.param == ("model" if status in (400, 404) else None)


@pytest.mark.parametrize("status", [429, 500, 502])
async def test_a_busy_or_failing_api_is_tried_again_before_the_first_byte(
    connect: Connect, status: int
) -> None:
    busy = Run(status=status, error=refusal(status, "x"), headers={"Retry-After": "0.01"})
    async with AgentApi(busy, busy, Run()) as api:
        got = await answered(connect(api.url), "?")
        assert len(api.requests) == 3
    assert got.finished.reason == "stop"


async def test_tries_are_bounded(connect: Connect) -> None:
    busy = Run(status=503, error=refusal(503, "x"))
    async with AgentApi(busy) as api:
        got = await answered(connect(api.url), "?")
        assert len(api.requests) == 1 + QUICK.retries
    assert got.failed.status == 503


async def test_what_has_begun_is_not_begun_again(connect: Connect) -> None:
    async with AgentApi(Run(searches=[ONE], cut_after=4)) as api:
        got = await answered(connect(api.url), "?")
        await api.wait_for_cancel()
        assert len(api.requests) == 1
        assert api.cancelled == [RUN_ID]
    assert got.failed.status == 502


async def test_a_stream_without_an_end_is_a_failure(connect: Connect) -> None:
    events = Run(after=[])
    async with AgentApi(replace(events, cut_after=None, end="in_progress")) as api:
        got = await answered(connect(api.url), "?")
    assert got.failed.status == 502


async def test_an_address_without_anybody_fails_after_some_tries(connect: Connect) -> None:
    got = await answered(connect("http://127.0.0.1:9"), "?")
    assert got.failed.status == 502
    assert "127.0.0.1:9" in got.failed.message


async def test_an_address_of_something_else_names_the_setting(connect: Connect) -> None:
    async with AgentApi() as api:
        got = await answered(connect(f"{api.url}/elsewhere"), "?")
    assert got.failed.status == 503
    assert "HYDROPHONE_UPSTREAM_URL" in got.failed.message


async def test_a_base_with_v1_is_the_same_address(connect: Connect) -> None:
    async with AgentApi() as api:
        got = await answered(connect(f"{api.url}/v1/"), "?")
    assert got.finished.reason == "stop"


@pytest.mark.parametrize("url", ["", "api.perplexity.ai", "ftp://x", "https://name:hush@x"])
def test_an_address_that_cannot_be_one_names_the_setting(url: str) -> None:
    with pytest.raises(NotConfigured, match="HYDROPHONE_UPSTREAM_URL") as raised:
        OfficialApi(url, Secret("key"))
    assert "hush" not in str(raised.value)


async def test_a_key_that_came_with_its_line_end_is_the_key(connect: Connect) -> None:
    async with AgentApi() as api:
        got = await answered(connect(api.url, key=f"{KEY}\n"), "?")
    assert got.finished.reason == "stop"


@pytest.mark.parametrize("key", ["", " ", "one\ntwo", "kéy"])
def test_a_key_that_cannot_be_one_names_the_setting(key: str) -> None:
    with pytest.raises(NotConfigured, match="HYDROPHONE_UPSTREAM_KEY") as raised:
        OfficialApi("https://api.example", Secret(key))
    assert "two" not in str(raised.value)


async def test_silence_ends_the_answer_and_the_run(connect: Connect) -> None:
    limits = Limits(idle_s=0.05, backoff_s=0.01)
    async with AgentApi(Run(searches=[ONE], silent_after=4)) as api:
        got = await answered(connect(api.url, limits=limits), "?")
        await api.wait_for_cancel()
    assert got.failed.status == 504


async def test_the_deadline_ends_the_answer_and_the_run(connect: Connect) -> None:
    async with AgentApi(Run(silent_after=3)) as api:
        got = await answered(connect(api.url, deadline_s=0.2), "?")
        await api.wait_for_cancel()
        assert api.cancelled == [RUN_ID]
    assert got.failed.status == 504


async def test_leaving_cancels_the_run(connect: Connect) -> None:
    async with AgentApi(Run(silent_after=6)) as api:
        async with connect(api.url).answer(ask("?"), RequestContext()) as events:
            async for event in events:
                if isinstance(event, Text):
                    break
        await api.wait_for_cancel()
        assert api.cancelled == [RUN_ID]


async def test_the_scope_cancels_the_run(connect: Connect) -> None:
    context = RequestContext()
    async with AgentApi(Run(silent_after=3)) as api:
        task = asyncio.create_task(answered(connect(api.url), "?", context))
        await api.wait_for_request()
        await asyncio.sleep(0.05)
        context.cancel.cancel()
        got = await task
        await api.wait_for_cancel()
    assert got.failed.code == "cancelled"


async def test_a_whole_run_is_not_cancelled(connect: Connect) -> None:
    async with AgentApi(Run()) as api:
        answerer = connect(api.url)
        await answered(answerer, "?", RequestContext(whole=True))
        await asyncio.sleep(0.05)
        assert api.cancelled == []


async def test_the_key_is_in_no_log_and_no_repr(
    connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    busy = Run(status=500, error=refusal(500, "x"))
    async with AgentApi(busy, busy, Run(garbled=5)) as api:
        answerer = connect(api.url)
        await answered(answerer, "?")
    assert KEY not in caplog.text
    assert KEY not in repr(vars(answerer))
