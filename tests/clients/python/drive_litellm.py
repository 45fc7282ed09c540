"""`litellm`: completion, stream and search, with its provider `perplexity`."""

from __future__ import annotations

from typing import Any

import litellm
from outcomes import ASKED, FACTS_SCHEMA, KEY, QUESTION, URL, Scenario, play

OPTIONS: dict[str, Any] = {"api_base": URL, "api_key": KEY, "max_retries": 0}


def dumped(answer: Any) -> dict[str, Any]:
    made: dict[str, Any] = answer.model_dump(mode="json")
    return made


def folded(chunks: list[Any]) -> dict[str, Any]:
    whole = litellm.stream_chunk_builder(chunks)
    return {
        "text": "".join(chunk.choices[0].delta.content or "" for chunk in chunks),
        "finishes": [chunk.choices[0].finish_reason for chunk in chunks],
        "citations": [getattr(chunk, "citations", None) for chunk in chunks],
        "whole": dumped(whole),
    }


def whole(model: str = "sonar", **options: Any) -> dict[str, Any]:
    made = litellm.completion(model=f"perplexity/{model}", messages=ASKED, **OPTIONS | options)
    return dumped(made)


def streamed(model: str = "sonar", **options: Any) -> dict[str, Any]:
    asked = OPTIONS | options
    made = litellm.completion(model=f"perplexity/{model}", messages=ASKED, stream=True, **asked)
    return folded(list(made))


async def whole_async() -> dict[str, Any]:
    made = await litellm.acompletion(model="perplexity/sonar", messages=ASKED, **OPTIONS)
    return dumped(made)


async def streamed_async() -> dict[str, Any]:
    made: Any = await litellm.acompletion(
        model="perplexity/sonar", messages=ASKED, stream=True, **OPTIONS
    )
    return folded([chunk async for chunk in made])


def as_openai() -> dict[str, Any]:
    """The way of litellm's users who know no Perplexity: its provider for OpenAI's dialect."""
    made = litellm.completion(model="openai/sonar", messages=ASKED, **OPTIONS)
    return dumped(made)


def search(query: Any = "blue whale", **options: Any) -> dict[str, Any]:
    made = litellm.search(
        query=query, search_provider="perplexity", api_base=URL, api_key=KEY, **options
    )
    return dumped(made)


async def search_async() -> dict[str, Any]:
    made: Any = await litellm.asearch(
        query=QUESTION, search_provider="perplexity", api_base=URL, api_key=KEY
    )
    return dumped(made)


def filtered(**options: Any) -> Scenario:
    return lambda: whole(**options)["citations"]


SCHEMA = {"type": "json_schema", "json_schema": {"name": "facts", "schema": FACTS_SCHEMA}}
SCENARIOS: dict[str, Scenario] = {
    "whole": whole,
    "streamed": streamed,
    "whole async": whole_async,
    "streamed async": streamed_async,
    "as openai": as_openai,
    "rich": lambda: whole("scripted/rich", return_images=True, return_related_questions=True),
    "context": lambda: whole(web_search_options={"search_context_size": "high"}),
    "by schema": lambda: whole("local/tiny", response_format=SCHEMA),
    "only .gov": filtered(search_domain_filter=[".gov"]),
    "since 2025": filtered(search_after_date_filter="1/1/2025"),
    "search": search,
    "several queries": lambda: search(["blue whale song", "blue whale survey"]),
    "search async": search_async,
    "search of .gov": lambda: search(search_domain_filter=[".gov"], max_results=3, country="US"),
    "unknown model": lambda: whole("gpt-2"),
    "wrong key": lambda: whole(api_key="wrong"),
    "limited": lambda: whole("scripted/limited"),
    "broken": lambda: streamed("scripted/broken"),
}

if __name__ == "__main__":
    play(SCENARIOS)
