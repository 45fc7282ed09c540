"""An answer whose stream breaks off is gone on with, again and again, and never asked anew."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

import pytest
from aiohttp import web

from hydrophone.perplexity import AsyncPerplexity, ClientConfig
from hydrophone.perplexity.errors import RateLimitError, StreamingError
from tests.emulators.perplexity_web.streams import LAST, frame, markdown, results, sent

ASK = "/rest/sse/perplexity_ask"
TITLED = {"Content-Type": "text/event-stream"}
FAST = ClientConfig(requests_per_second=0, retry_base_delay=0.001, max_retries=2)
PART = frame(results(), markdown("One "))
GROWN = [frame(results(), markdown(*("word " for _ in range(n)))) for n in range(1, 6)]
DONE = frame(results(), markdown("One ", "two."), state=LAST)


@asynccontextmanager
async def breaking(
    *streams: Sequence[object] | int,
) -> AsyncIterator[tuple[AsyncPerplexity, list[str]]]:
    """A service whose streams are these, one for each request, and break off behind their frames; a
    number is the status of a refusal. A client of it, and the paths that were asked for."""
    waiting, paths = list(streams), list[str]()

    async def answer(request: web.Request) -> web.StreamResponse:
        if not request.path.startswith(ASK):
            return web.json_response({"user": {"id": "1", "subscription_tier": "pro"}})
        paths.append(request.path)
        stream = waiting.pop(0) if len(waiting) > 1 else waiting[0]
        if isinstance(stream, int):
            return web.json_response({}, status=stream)
        response = web.StreamResponse(headers=TITLED)
        await response.prepare(request)
        whole = sent(*stream)  # type: ignore[arg-type]
        await response.write(whole.removesuffix(sent()))
        assert request.transport is not None
        request.transport.close()
        return response

    application = web.Application()
    application.router.add_route("*", "/{path:.*}", answer)
    runner = web.AppRunner(application, shutdown_timeout=0.1)
    await runner.setup()
    await web.TCPSite(runner, "127.0.0.1", 0).start()
    origin = f"http://127.0.0.1:{runner.addresses[0][1]}"
    try:
        async with AsyncPerplexity("a.b.c.d.e", FAST, origin=origin) as client:
            yield client, paths
    finally:
        await runner.cleanup()


async def test_streams_that_bring_something_are_followed_by_others() -> None:
    streams = [[one] for one in GROWN]
    async with breaking(*streams, [DONE]) as (client, paths):
        conversation = client.create_conversation()
        steps = [step async for step in await conversation.ask("What?", stream=True)]
    assert conversation.answer == "One two."
    assert steps[-1].answer == "One two."
    assert paths == [ASK, *[f"{ASK}/reconnect/b-1"] * 5]


async def test_what_grew_between_two_streams_is_told_once() -> None:
    async with breaking([GROWN[0]], [GROWN[1]], [{**GROWN[2], **LAST}]) as (client, _):
        conversation = client.create_conversation()
        steps = [step async for step in await conversation.ask("What?", stream=True)]
    assert "".join(step.delta for step in steps) == conversation.answer == "word word word "
    assert not any(step.revised for step in steps)


async def test_streams_that_bring_nothing_are_an_error_in_the_end() -> None:
    async with breaking([PART]) as (client, paths):
        with pytest.raises(StreamingError) as broken:
            await client.create_conversation().ask("What?")
    assert broken.value.partial == "One "
    assert [path for path in paths if path == ASK] == [ASK]
    assert sum("/reconnect/" in path for path in paths) == 3


@pytest.mark.parametrize("status", [403, 404, 500])
async def test_an_answer_that_is_gone_is_told_with_what_had_come(status: int) -> None:
    async with breaking([PART], status) as (client, paths):
        with pytest.raises(StreamingError, match="is gone") as broken:
            await client.create_conversation().ask("What?")
    assert broken.value.partial == "One "
    assert paths.count(ASK) == 1


async def test_a_limit_that_the_answer_itself_tells_is_no_lost_stream() -> None:
    limited = {"status": "failed", "error_code": "FREE_TIER_RATE_LIMITED"}
    async with breaking([PART], [{**PART, **limited}]) as (client, _):
        with pytest.raises(RateLimitError):
            await client.create_conversation().ask("What?")
