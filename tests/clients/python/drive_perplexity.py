"""The official `perplexityai` client; `--strict` makes it check every answer against its types."""

from __future__ import annotations

import sys
from typing import Any

import perplexity
from outcomes import ASKED, DEPTH_TOOL, FACTS_SCHEMA, KEY, URL, Scenario, play

OPTIONS: dict[str, Any] = {
    "base_url": URL,
    "api_key": KEY,
    "max_retries": 0,
    "_strict_response_validation": "--strict" in sys.argv,
}
client = perplexity.Perplexity(**OPTIONS)


def dumped(answer: Any) -> dict[str, Any]:
    made: dict[str, Any] = answer.model_dump(mode="json", exclude_unset=True)
    return made


def folded(chunks: list[Any]) -> dict[str, Any]:
    """A stream as its reader sees it; a `concise` one has chunks without a text."""
    return {
        "text": "".join(chunk.choices[0].delta.content or "" for chunk in chunks),
        "objects": [chunk.object for chunk in chunks],
        "finishes": [chunk.choices[0].finish_reason for chunk in chunks],
        "costs": [chunk.usage.cost.total_cost for chunk in chunks if chunk.usage],
        "first": dumped(chunks[0]),
        "last": dumped(chunks[-1]),
    }


def whole(model: str = "sonar", **options: Any) -> dict[str, Any]:
    return dumped(client.chat.completions.create(model=model, messages=ASKED, **options))


def streamed(model: str = "sonar", **options: Any) -> dict[str, Any]:
    made = client.chat.completions.create(model=model, messages=ASKED, stream=True, **options)
    return folded(list(made))


def versioned() -> dict[str, Any]:
    """With the base URL that OpenAI's clients have, which this one makes `/v1/...` of too."""
    asking = perplexity.Perplexity(**OPTIONS | {"base_url": f"{URL}/v1"})
    found = asking.search.create(query="blue whale")
    return dumped(asking.chat.completions.create(model="sonar", messages=ASKED)) | dumped(found)


async def whole_async() -> dict[str, Any]:
    async with perplexity.AsyncPerplexity(**OPTIONS) as asking:
        return dumped(await asking.chat.completions.create(model="sonar", messages=ASKED))


async def streamed_async() -> dict[str, Any]:
    async with perplexity.AsyncPerplexity(**OPTIONS) as asking:
        stream = await asking.chat.completions.create(model="sonar", messages=ASKED, stream=True)
        return folded([chunk async for chunk in stream])


def search(query: Any = "blue whale", **options: Any) -> dict[str, Any]:
    return dumped(client.search.create(query=query, **options))


async def search_async() -> dict[str, Any]:
    async with perplexity.AsyncPerplexity(**OPTIONS) as asking:
        return dumped(await asking.search.create(query="blue whale"))


def wrong_key(**options: Any) -> dict[str, Any]:
    stranger = perplexity.Perplexity(**OPTIONS | {"api_key": "wrong"})
    return dumped(stranger.chat.completions.create(model="sonar", messages=ASKED, **options))


def retried() -> dict[str, Any]:
    """With the retries that the client makes by itself."""
    asking = perplexity.Perplexity(**OPTIONS | {"max_retries": 2})
    return dumped(asking.chat.completions.create(model="scripted/limited-once", messages=ASKED))


def filtered(**options: Any) -> Scenario:
    return lambda: whole(**options)["citations"]


def found(**options: Any) -> Scenario:
    return lambda: [result["url"] for result in search(**options)["results"]]


SCHEMA = {"type": "json_schema", "json_schema": {"name": "facts", "schema": FACTS_SCHEMA}}
PRO = {"search_type": "pro"}
EXTRAS = {
    "return_images": True,
    "return_related_questions": True,
    "extra_body": {"media_response": {"overrides": {"return_videos": True}}},
}
SCENARIOS: dict[str, Scenario] = {
    "strict": lambda: OPTIONS["_strict_response_validation"],
    "version": lambda: perplexity.__version__,
    "whole": whole,
    "streamed": streamed,
    "versioned": versioned,
    "whole async": whole_async,
    "streamed async": streamed_async,
    "concise": lambda: streamed("scripted/rich", stream_mode="concise", return_images=True),
    "concise pro search": lambda: streamed(
        "sonar-pro", stream_mode="concise", web_search_options=PRO
    ),
    "rich": lambda: whole("scripted/rich", **EXTRAS),
    "rich streamed": lambda: streamed("scripted/rich", **EXTRAS),
    "images": lambda: whole(return_images=True),
    "cut": lambda: whole("scripted/short"),
    "pro search": lambda: streamed("sonar-pro", web_search_options=PRO),
    "reasoning streamed": lambda: streamed("sonar-reasoning-pro"),
    "deep research": lambda: whole("sonar-deep-research", reasoning_effort="low"),
    "high context": lambda: whole(web_search_options={"search_context_size": "high"}),
    "by schema": lambda: whole("local/tiny", response_format=SCHEMA),
    "called": lambda: whole("local/caller", tools=[DEPTH_TOOL]),
    "no search": lambda: whole("local/tiny", disable_search=True),
    "only .gov": filtered(search_domain_filter=[".gov"]),
    "not the sea": filtered(search_domain_filter=["-sea.example"]),
    "in French": filtered(search_language_filter=["fr"]),
    "since 2025": filtered(search_after_date_filter="1/1/2025"),
    "before 2020": filtered(search_before_date_filter="01/01/2020"),
    "changed in 2024": filtered(
        last_updated_after_filter="1/1/2024", last_updated_before_filter="12/31/2024"
    ),
    "this hour": filtered(search_recency_filter="hour"),
    "search": search,
    "search async": search_async,
    "several queries": lambda: search(["blue whale song", "blue whale survey"]),
    "search of .gov": found(search_domain_filter=[".gov"]),
    "search in French": found(search_language_filter=["fr"]),
    "search since 2025": found(search_after_date_filter="1/1/2025"),
    "one result": found(max_results=1),
    "with the time": lambda: search(display_server_time=True),
    "six queries": lambda: search(["a", "b", "c", "d", "e", "f"]),
    "21 domains": lambda: whole(search_domain_filter=[f"d{n}.example" for n in range(21)]),
    "wrong date": lambda: whole(search_after_date_filter="yesterday"),
    "unknown model": lambda: whole("gpt-2"),
    "wrong key": wrong_key,
    "wrong key streamed": lambda: wrong_key(stream=True),
    "retried": retried,
    "limited": lambda: whole("scripted/limited"),
    "broken": lambda: streamed("scripted/broken"),
}

if __name__ == "__main__":
    play(SCENARIOS)
