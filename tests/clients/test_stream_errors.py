"""What the official clients make of pings before an answer and of a failure in its middle."""

from __future__ import annotations

from typing import Any

import openai
import perplexity
import pytest

from hydrophone.errors import RateLimited, UpstreamError
from hydrophone.scripted import ScriptItem
from hydrophone.types import Sources, Text
from tests.api.serving import SCRIPT, Doors, doors

ASKED: list[Any] = [{"role": "user", "content": "Do whales sing?"}]
BROKEN: list[ScriptItem] = [Sources(complete=True), Text("Whales "), UpstreamError("gone")]


def openai_of(served: Doors) -> openai.AsyncOpenAI:
    return openai.AsyncOpenAI(base_url=served.url, api_key="any", max_retries=0)


def perplexity_of(served: Doors, *, strict: bool = False) -> perplexity.AsyncPerplexity:
    return perplexity.AsyncPerplexity(
        base_url=served.url, api_key="any", max_retries=0, _strict_response_validation=strict
    )


async def test_openais_client_raises_when_a_stream_breaks() -> None:
    async with doors(BROKEN) as served, openai_of(served) as client:
        stream = await client.chat.completions.create(model="sonar", messages=ASKED, stream=True)
        chunks = aiter(stream)
        text = [(await anext(chunks)).choices[0].delta.content for _ in range(2)]
        with pytest.raises(openai.APIError, match="gone"):
            await anext(chunks)
        assert text == ["", "Whales "]


async def test_perplexitys_client_raises_when_a_stream_breaks() -> None:
    async with doors(BROKEN) as served, perplexity_of(served) as client:
        stream = await client.chat.completions.create(model="sonar", messages=ASKED, stream=True)
        chunks = aiter(stream)
        text = [(await anext(chunks)).choices[0].delta.content for _ in range(2)]
        with pytest.raises(perplexity.APIStatusError, match="gone"):
            await anext(chunks)
        assert text == ["", "Whales "]


@pytest.mark.parametrize("strict", [False, True], ids=["loose", "strict"])
async def test_a_failure_at_once_has_its_status_in_perplexitys_client(strict: bool) -> None:
    script = [RateLimited("too many", retry_after_s=1)]
    async with doors(script) as served, perplexity_of(served, strict=strict) as client:
        with pytest.raises(perplexity.RateLimitError) as caught:
            await client.chat.completions.create(model="sonar", messages=ASKED, stream=True)
        assert caught.value.response.headers["retry-after"] == "1"


async def test_a_failure_at_once_has_its_status_in_openais_client() -> None:
    script = [RateLimited("too many", retry_after_s=1)]
    async with doors(script) as served, openai_of(served) as client:
        with pytest.raises(openai.RateLimitError):
            await client.chat.completions.create(model="sonar", messages=ASKED, stream=True)


@pytest.mark.parametrize("strict", [False, True], ids=["loose", "strict"])
async def test_the_client_that_leaves_a_stream_stops_the_work(strict: bool) -> None:
    async with doors([*SCRIPT[:4], 3600.0]) as served:
        async with perplexity_of(served, strict=strict) as client:
            stream = await client.chat.completions.create(
                model="sonar", messages=ASKED, stream=True
            )
            await anext(aiter(stream))
            await stream.response.aclose()
            row = await served.ledger.first_row()
        assert row.outcome == "disconnected"
        assert served.answerer.stopped == 1
