"""Embeddings by the `openai` client."""

from __future__ import annotations

import asyncio
from typing import Any

import openai
from outcomes import KEY, URL, play

TEXTS = ["Whales sing.", "Does the blue whale sing?", "Cologne has a cathedral."]
OPTIONS: dict[str, Any] = {"base_url": f"{URL}/v1", "api_key": KEY, "max_retries": 0}
client = openai.OpenAI(**OPTIONS)


def made(**options: Any) -> dict[str, Any]:
    asked = {"model": "text-embedding-3-small", "input": TEXTS} | options
    return client.embeddings.create(**asked).to_dict()


async def made_async() -> dict[str, Any]:
    async with openai.AsyncOpenAI(**OPTIONS) as asking:
        embedded = await asking.embeddings.create(model="text-embedding-3-large", input=TEXTS)
        return embedded.to_dict()


play(
    {
        "version": lambda: openai.__version__,
        "by default": made,
        "async": lambda: asyncio.run(made_async()),
        "numbers": lambda: made(encoding_format="float"),
        "bytes": lambda: made(encoding_format="base64_int8", model="pplx-embed-v1-4b"),
        "one text": lambda: made(input=TEXTS[0], dimensions=128, user="somebody"),
        "too many dimensions": lambda: made(dimensions=1536),
        "tokens": lambda: made(input=[[1, 2], [3]]),
        "unknown": lambda: made(model="no-such-model"),
    }
)
