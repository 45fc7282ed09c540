"""The ChatModel over real sockets, against the emulator: replies, failures, retries, leaving."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Callable
from dataclasses import replace

import orjson
import pytest

from hydrophone.errors import (
    DeadlineExceeded,
    HydrophoneError,
    InvalidModel,
    InvalidRequest,
    NotConfigured,
    UpstreamError,
)
from hydrophone.llm.base import ChatModel, ModelDelta, ModelReply, ModelRequest, ModelUsage
from hydrophone.llm.fold import ReplyFold
from hydrophone.llm.openai import Limits, OpenAIModel
from hydrophone.llm.openai.failures import ModelKeyRefused
from hydrophone.types import ToolCall
from tests.emulators.openai_model import Call, ModelServer, Reply, UsagePlace
from tests.llm.conftest import QUICK

Connect = Callable[..., OpenAIModel]
USAGE = ModelUsage(11, 7)


async def streamed(model: ChatModel, request: ModelRequest) -> tuple[ModelReply, list[ModelDelta]]:
    fold, seen = ReplyFold(), []
    async with model.stream(request) as deltas:
        async for delta in deltas:
            fold.add(delta)
            seen.append(delta)
    return fold.reply, seen


async def collect(model: ChatModel, request: ModelRequest, got: list[str]) -> None:
    """Leaves in `got` what came before a failure."""
    async with model.stream(request) as deltas:
        async for delta in deltas:
            got += [delta.text]


REPLIES = [
    (Reply("Hello there."), ModelReply("Hello there.", usage=USAGE)),
    (Reply("Hé 海 🐈.", pieces=None), ModelReply("Hé 海 🐈.", usage=USAGE)),
    (Reply("Yes.", thinking="I wonder."), ModelReply("Yes.", "I wonder.", usage=USAGE)),
    (
        Reply("Yes.", thinking="Hm.", thinking_field="reasoning", pieces=None),
        ModelReply("Yes.", "Hm.", usage=USAGE),
    ),
    (
        Reply("<think>\nHm.</think>\n\nYes.", pieces=None),
        ModelReply("Yes.", "\nHm.", usage=USAGE),
    ),
    (Reply("Cut of", finish_reason="length"), ModelReply("Cut of", "", (), "length", USAGE)),
    (
        Reply(
            "",
            calls=[Call("c1", "weather", '{"city": "Rome"}'), Call("c2", "time", "{}")],
            finish_reason="tool_calls",
        ),
        ModelReply(
            "",
            "",
            (ToolCall("c1", "weather", '{"city": "Rome"}'), ToolCall("c2", "time", "{}")),
            "tool_calls",
            USAGE,
        ),
    ),
    (Reply("Hi.", usage_place="nowhere"), ModelReply("Hi.")),
]


@pytest.mark.parametrize(("reply", "expected"), REPLIES)
async def test_a_reply_is_the_same_streamed_and_whole(
    reply: Reply, expected: ModelReply, request_: ModelRequest, connect: Connect
) -> None:
    async with ModelServer(reply) as server:
        model = connect(server.url)
        whole = await model.complete(request_)
        folded, deltas = await streamed(model, request_)
    assert whole == folded == expected
    assert sum(delta.finish_reason is not None for delta in deltas) == 1
    assert [r.body["stream"] for r in server.requests] == [False, True]
    assert server.disconnects == 0


async def test_pieces_come_as_they_are_sent(request_: ModelRequest, connect: Connect) -> None:
    async with ModelServer(Reply("abcdef", pieces=None, hang_after=4)) as server:
        async with connect(server.url).stream(request_) as deltas:
            assert [(await anext(deltas)).text for _ in range(3)] == ["a", "b", "c"]
        await server.wait_for_disconnect()


@pytest.mark.parametrize("place", ["own chunk", "last chunk", "every chunk", "choice"])
async def test_usage_of_a_stream_is_found_wherever_it_is(
    place: UsagePlace, request_: ModelRequest, connect: Connect
) -> None:
    async with ModelServer(Reply(usage_place=place)) as server:
        reply, _ = await streamed(connect(server.url), request_)
    assert reply.usage == USAGE


async def test_a_server_that_does_not_stream_is_understood(
    request_: ModelRequest, connect: Connect
) -> None:
    body = b'{"choices": [{"message": {"content": "All at once."}, "finish_reason": "stop"}]}'
    async with ModelServer(Reply(raw=[body], media_type="application/json")) as server:
        reply, _ = await streamed(connect(server.url), request_)
    assert reply.text == "All at once."


async def test_a_stream_without_reason_or_done_marker_still_ends(
    request_: ModelRequest, connect: Connect
) -> None:
    replies = [Reply("One.", finish_reason=None), Reply("Two.", done=False)]
    async with ModelServer(*replies) as server:
        model = connect(server.url)
        for text in ("One.", "Two."):
            reply, deltas = await streamed(model, request_)
            assert (reply.text, reply.finish_reason) == (text, "stop")
            assert sum(delta.finish_reason is not None for delta in deltas) == 1


async def test_connections_are_used_again(request_: ModelRequest, connect: Connect) -> None:
    async with ModelServer() as server:
        model = connect(server.url)
        for _ in range(3):
            await model.complete(request_)
            await streamed(model, request_)
    assert len({r.peer for r in server.requests}) == 1


async def test_the_key_goes_out_as_bearer_and_nowhere_else(
    request_: ModelRequest, connect: Connect, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    async with ModelServer(Reply(status=500), Reply()) as server:
        model = connect(server.url, key="sk-very-secret")
        await model.complete(request_)
        assert server.requests[0].headers["Authorization"] == "Bearer sk-very-secret"
        await connect(server.url).complete(request_)
        assert "Authorization" not in server.requests[-1].headers
    assert "sk-very-secret" not in caplog.text + repr(model) + repr(vars(model))
    assert caplog.text


REFUSALS = [
    (400, "max_tokens is too large", InvalidRequest, "max_tokens is too large"),
    (401, "Incorrect API key", NotConfigured, "HYDROPHONE_MODEL_KEY"),
    (403, "no", NotConfigured, "HYDROPHONE_MODEL_KEY"),
    (404, "model 'tiny' not found", InvalidModel, "model 'tiny' not found"),
    (404, "Not Found", NotConfigured, "HYDROPHONE_MODEL_URL"),
    (302, "", NotConfigured, "moved to http://elsewhere"),
]


@pytest.mark.parametrize(("status", "said", "kind", "message"), REFUSALS)
async def test_a_refusal_is_translated_and_not_repeated(
    status: int,
    said: str,
    kind: type[HydrophoneError],
    message: str,
    request_: ModelRequest,
    connect: Connect,
) -> None:
    headers = {"Location": "http://elsewhere"} if status == 302 else {}
    reply = Reply(status=status, error={"error": {"message": said}}, headers=headers)
    async with ModelServer(reply) as server:
        model = connect(server.url)
        with pytest.raises(kind, match=message):
            await model.complete(request_)
        with pytest.raises(kind, match=message):
            await streamed(model, request_)
    assert len(server.requests) == 2


async def test_a_refused_key_is_never_our_callers_fault(
    request_: ModelRequest, connect: Connect
) -> None:
    async with ModelServer(Reply(status=401, error="Unauthorized")) as server:
        with pytest.raises(ModelKeyRefused) as caught:
            await connect(server.url, key="wrong").complete(request_)
    assert caught.value.status == 503


@pytest.mark.parametrize("status", [429, 500, 503, 529])
async def test_busy_and_broken_endpoints_are_asked_again(
    status: int, request_: ModelRequest, connect: Connect
) -> None:
    bad = Reply(status=status, error={"error": "later"})
    async with ModelServer(bad, bad, Reply("Now.")) as server:
        reply, _ = await streamed(connect(server.url), request_)
    assert reply.text == "Now."
    assert len(server.requests) == 3


async def test_an_endpoint_is_asked_three_times_at_most(
    request_: ModelRequest, connect: Connect
) -> None:
    async with ModelServer(Reply(status=500, error={"error": {"message": "no GPU"}})) as server:
        with pytest.raises(UpstreamError, match=r"\(500\): no GPU"):
            await connect(server.url).complete(request_)
    assert len(server.requests) == 3


async def test_retry_after_decides_the_pause(
    request_: ModelRequest, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    pauses: list[float] = []
    sleep = asyncio.sleep

    async def note(delay: float) -> None:
        pauses.append(delay)
        await sleep(0)

    monkeypatch.setattr("hydrophone.llm.openai.transport.asyncio.sleep", note)
    busy = Reply(status=429, error={}, headers={"Retry-After": "3"})
    async with ModelServer(busy, Reply()) as server:
        await connect(server.url).complete(request_)
    assert 3 in pauses


@pytest.mark.parametrize("asked_s", ["60", "21", "Fri, 01 Jan 2100 00:00:00 GMT"])
async def test_an_endpoint_that_asks_for_too_long_a_pause_is_not_asked_again(
    asked_s: str, request_: ModelRequest, connect: Connect
) -> None:
    busy = Reply(status=429, error={"error": "slow down"}, headers={"Retry-After": asked_s})
    async with ModelServer(busy, Reply()) as server:
        with pytest.raises(UpstreamError, match="asks to come again in"):
            await connect(server.url).complete(replace(request_, deadline_s=1000.0))
    assert len(server.requests) == 1


async def test_a_pause_beyond_the_deadline_is_not_taken(
    request_: ModelRequest, connect: Connect
) -> None:
    busy = Reply(status=429, error={"error": "slow down"}, headers={"Retry-After": "10"})
    async with ModelServer(busy, Reply()) as server:
        with pytest.raises(UpstreamError, match="slow down"):
            await connect(server.url).complete(request_)
    assert len(server.requests) == 1


async def test_a_connection_lost_before_the_first_byte_is_made_again(
    request_: ModelRequest, connect: Connect
) -> None:
    async with ModelServer(Reply(cut_after=0), Reply("Again.")) as server:
        reply, _ = await streamed(connect(server.url), request_)
    assert reply.text == "Again."
    assert len(server.requests) == 2


async def test_a_reply_cut_off_in_the_middle_is_an_error_and_not_begun_again(
    request_: ModelRequest, connect: Connect
) -> None:
    async with ModelServer(Reply("abcdef", pieces=None, cut_after=4)) as server:
        got: list[str] = []
        with pytest.raises(UpstreamError, match="broke off"):
            await collect(connect(server.url), request_, got)
    assert "abc".startswith("".join(got))
    assert len(server.requests) == 1


async def test_a_stream_that_just_stops_is_an_error(
    request_: ModelRequest, connect: Connect
) -> None:
    async with ModelServer(Reply("Half", finish_reason=None, done=False)) as server:
        with pytest.raises(UpstreamError, match="broke off"):
            await streamed(connect(server.url), request_)


async def test_broken_json_in_a_stream_is_an_error(
    request_: ModelRequest, connect: Connect
) -> None:
    async with ModelServer(Reply(broken_after=2)) as server:
        with pytest.raises(UpstreamError, match="no reply"):
            await streamed(connect(server.url), request_)


async def test_an_error_inside_a_stream_is_told(request_: ModelRequest, connect: Connect) -> None:
    events = [b'data: {"choices":[{"delta":{"content":"a"}}]}\n\n']
    events += [b'event: error\ndata: {"error": {"message": "out of memory"}}\n\n']
    async with ModelServer(Reply(raw=events)) as server:
        with pytest.raises(UpstreamError, match="out of memory"):
            await streamed(connect(server.url), request_)


async def test_an_endpoint_that_is_not_there_is_a_clear_error(
    request_: ModelRequest, connect: Connect
) -> None:
    async with ModelServer() as server:
        url = server.url
    with pytest.raises(UpstreamError, match=r"127\.0\.0\.1:\d+ cannot be reached .*running"):
        await connect(url).complete(request_)


async def test_silence_before_the_first_byte_has_a_limit(
    request_: ModelRequest, connect: Connect
) -> None:
    impatient = Limits(first_byte_s=0.05)
    for reply in (Reply(hang_after=-1), Reply(hang_after=0)):
        async with ModelServer(reply) as server:
            with pytest.raises(DeadlineExceeded):
                await streamed(connect(server.url, limits=impatient), request_)
            await server.wait_for_disconnect()
        assert len(server.requests) == 1


async def test_the_deadline_holds_in_the_middle_of_a_reply(
    request_: ModelRequest, connect: Connect
) -> None:
    hurried = replace(request_, deadline_s=0.3)
    async with ModelServer(Reply("abc", pieces=None, hang_after=2)) as server:
        got: list[str] = []
        with pytest.raises(DeadlineExceeded, match="too long"):
            await collect(connect(server.url), hurried, got)
        await server.wait_for_disconnect()
    assert got == ["a"]


async def test_cancelling_drops_the_connection_at_once(
    request_: ModelRequest, connect: Connect
) -> None:
    for reply in (Reply(hang_after=-1), Reply(hang_after=2)):
        async with ModelServer(reply) as server:
            model = connect(server.url)
            task = asyncio.create_task(streamed(model, request_))
            await server.wait_for_request()
            task.cancel()
            with pytest.raises(asyncio.CancelledError):
                await task
            await server.wait_for_disconnect()
            assert server.disconnects == 1


async def test_leaving_early_drops_the_connection_and_the_next_request_works(
    request_: ModelRequest, connect: Connect
) -> None:
    async with ModelServer(Reply("abc", pieces=None, hang_after=3), Reply("Next.")) as server:
        model = connect(server.url)
        async with model.stream(request_) as deltas:
            await anext(deltas)
        await server.wait_for_disconnect()
        assert (await model.complete(request_)).text == "Next."


async def test_many_requests_run_side_by_side(request_: ModelRequest, connect: Connect) -> None:
    async with ModelServer(Reply("Hello.", delay_s=0.001)) as server:
        model = connect(server.url)
        replies = await asyncio.gather(*(streamed(model, request_) for _ in range(150)))
    assert {reply.text for reply, _ in replies} == {"Hello."}


async def test_the_endpoints_models_are_listed(connect: Connect) -> None:
    async with ModelServer(models=["a", "b"]) as server:
        assert await connect(server.url, limits=QUICK).models() == ["a", "b"]


async def test_a_closed_model_opens_again(request_: ModelRequest, connect: Connect) -> None:
    async with ModelServer() as server:
        model = connect(server.url)
        await model.complete(request_)
        await model.close()
        await model.close()
        assert (await model.complete(request_)).text == "Hello from the model."


@pytest.mark.parametrize("suffix", ["/v1", "/v1/", "", "/", "/v1/chat/completions", "/v1?a=b"])
async def test_the_address_may_be_written_in_several_ways(
    suffix: str, request_: ModelRequest, connect: Connect
) -> None:
    async with ModelServer() as server:
        await connect(server.url.removesuffix("/v1") + suffix).complete(request_)
    query = "?a=b" if "?" in suffix else ""
    assert server.requests[0].path == f"/v1/chat/completions{query}"


@pytest.mark.parametrize(
    "url", ["", "localhost:11434", "ftp://host/v1", "http://", "http://host:port", "http://h:99999"]
)
def test_an_address_that_is_none_is_refused(url: str) -> None:
    with pytest.raises(NotConfigured, match="HYDROPHONE_MODEL_URL"):
        OpenAIModel(url)


def test_an_address_with_a_password_is_refused_without_repeating_it() -> None:
    with pytest.raises(NotConfigured, match="HYDROPHONE_MODEL_KEY") as caught:
        OpenAIModel("http://me:hush@host/v1")
    assert "hush" not in caught.value.message


async def test_what_was_asked_arrives_as_it_was_asked(
    request_: ModelRequest, connect: Connect
) -> None:
    async with ModelServer() as server:
        await connect(server.url).complete(replace(request_, max_tokens=5))
    assert server.requests[0].body == {
        "model": "tiny",
        "messages": [{"role": "user", "content": "Say hello."}],
        "stream": False,
        "max_tokens": 5,
    }
    assert orjson.dumps(server.requests[0].body)


async def test_the_environments_proxy_is_used_but_not_for_loopback(
    request_: ModelRequest, connect: Connect, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.delenv("no_proxy", raising=False)
    monkeypatch.delenv("NO_PROXY", raising=False)
    async with ModelServer() as proxy, ModelServer() as local:
        monkeypatch.setenv("http_proxy", proxy.url.removesuffix("/v1"))
        await connect("http://models.invalid/v1").complete(request_)
        await connect(local.url).complete(request_)
    assert [r.headers["Host"] for r in proxy.requests] == ["models.invalid"]
    assert len(local.requests) == 1
