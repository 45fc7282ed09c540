"""The `openai` client."""

from __future__ import annotations

from typing import Any

import openai
from outcomes import ASKED, DEPTH_TOOL, FACTS_SCHEMA, KEY, URL, Scenario, play
from pydantic import BaseModel

OPTIONS: dict[str, Any] = {"api_key": KEY, "max_retries": 0}
client = openai.OpenAI(base_url=URL, **OPTIONS)
versioned = openai.OpenAI(base_url=f"{URL}/v1", **OPTIONS)


class Facts(BaseModel):
    """What the structured answer holds."""

    animal: str
    hertz: int


def folded(chunks: list[Any]) -> dict[str, Any]:
    """A stream as its reader sees it."""
    return {
        "text": "".join(chunk.choices[0].delta.content or "" for chunk in chunks),
        "finishes": [chunk.choices[0].finish_reason for chunk in chunks],
        "first": chunks[0].to_dict(),
        "last": chunks[-1].to_dict(),
    }


def whole(model: str = "sonar", **options: Any) -> dict[str, Any]:
    return client.chat.completions.create(model=model, messages=ASKED, **options).to_dict()


def streamed(model: str = "sonar", **options: Any) -> dict[str, Any]:
    made = versioned.chat.completions.create(model=model, messages=ASKED, stream=True, **options)
    return folded(list(made))


async def whole_async() -> dict[str, Any]:
    async with openai.AsyncOpenAI(base_url=f"{URL}/v1", **OPTIONS) as asking:
        return (await asking.chat.completions.create(model="sonar", messages=ASKED)).to_dict()


async def streamed_async() -> dict[str, Any]:
    async with openai.AsyncOpenAI(base_url=URL, **OPTIONS) as asking:
        stream = await asking.chat.completions.create(model="sonar", messages=ASKED, stream=True)
        return folded([chunk async for chunk in stream])


def parsed() -> dict[str, Any]:
    made = client.chat.completions.parse(model="local/tiny", messages=ASKED, response_format=Facts)
    facts = made.choices[0].message.parsed
    return {"facts": facts.model_dump() if facts else None}


def by_schema() -> dict[str, Any]:
    wanted: Any = {"type": "json_schema", "json_schema": {"name": "f", "schema": FACTS_SCHEMA}}
    return whole("local/tiny", response_format=wanted)


def after_a_call(*, stream: bool = False) -> dict[str, Any]:
    """A function's result brought back, as programs with tools do it."""
    options: dict[str, Any] = {"model": "local/caller", "tools": [DEPTH_TOOL]}
    said = client.chat.completions.create(messages=ASKED, **options).choices[0].message
    result = {"role": "tool", "tool_call_id": said.tool_calls[0].id, "content": "315 m"}
    messages = [*ASKED, said.to_dict(), result]
    if not stream:
        return client.chat.completions.create(messages=messages, **options).to_dict()
    return folded(list(client.chat.completions.create(messages=messages, stream=True, **options)))


def mended() -> dict[str, Any]:
    made = client.chat.completions.parse(
        model="local/fenced", messages=ASKED, response_format=Facts
    )
    facts = made.choices[0].message.parsed
    return {"facts": facts.model_dump() if facts else None}


def by(model: str, schema: dict[str, Any], **options: Any) -> Any:
    """An answer by a schema that comes to nothing."""
    wanted: Any = {"type": "json_schema", "json_schema": {"name": "f", "schema": schema}}
    ask = streamed if options else whole
    return ask(model, response_format=wanted)


def by_a_pattern() -> dict[str, Any]:
    asked: Any = [{"role": "user", "content": "What do boats disturb by their noise?"}]
    wanted = {"type": "regex", "regex": {"regex": "wh[a-z]+"}}
    return client.chat.completions.create(
        model="sonar", messages=asked, extra_body={"response_format": wanted}
    ).to_dict()


def old_completion() -> dict[str, Any]:
    return client.completions.create(model="sonar", prompt=ASKED[0]["content"]).to_dict()


def called() -> list[Any]:
    message = whole("local/caller", tools=[DEPTH_TOOL])["choices"][0]
    return [message["finish_reason"], message["message"]["tool_calls"][0]["function"]]


def called_streamed() -> list[Any]:
    with client.chat.completions.stream(
        model="local/caller", messages=ASKED, tools=[DEPTH_TOOL]
    ) as stream:
        choice = stream.get_final_completion().choices[0]
    made = choice.message.tool_calls[0].function
    return [choice.finish_reason, {"name": made.name, "arguments": made.arguments}]


def old_completion_streamed() -> str:
    asked = ASKED[0]["content"]
    chunks = client.completions.create(model="sonar", prompt=asked, stream=True)
    return "".join(chunk.choices[0].text for chunk in chunks)


def wrong_key() -> dict[str, Any]:
    stranger = openai.OpenAI(base_url=URL, api_key="wrong", max_retries=0)
    return stranger.chat.completions.create(model="sonar", messages=ASKED).to_dict()


def with_openais_own_fields() -> dict[str, Any]:
    """What programs written for OpenAI send and Perplexity has never known."""
    place = {"type": "approximate", "approximate": {"country": "FR", "city": "Brest"}}
    return whole(
        "local/tiny",
        logit_bias={"50": 1},
        logprobs=True,
        metadata={"a": "b"},
        modalities=["text"],
        prediction={"type": "content", "content": "x"},
        prompt_cache_key="k",
        safety_identifier="s",
        seed=1,
        service_tier="auto",
        store=True,
        top_logprobs=2,
        user="u",
        verbosity="low",
        web_search_options={"search_context_size": "medium", "user_location": place},
    )


def filtered(**options: Any) -> Scenario:
    return lambda: whole(extra_body=options)["citations"]


SCENARIOS: dict[str, Scenario] = {
    "version": lambda: openai.__version__,
    "models": lambda: [model.id for model in client.models.list()],
    "whole": whole,
    "streamed": streamed,
    "whole async": whole_async,
    "streamed async": streamed_async,
    "rich": lambda: whole("scripted/rich", extra_body={"return_images": True}),
    "rich streamed": lambda: streamed("scripted/rich", extra_body={"return_images": True}),
    "related": lambda: whole("scripted/rich", extra_body={"return_related_questions": True}),
    "reasoning streamed": lambda: streamed("sonar-reasoning"),
    "cut": lambda: whole("scripted/short"),
    "parsed": parsed,
    "by schema": by_schema,
    "mended": mended,
    "prose for JSON": lambda: by("local/prose", FACTS_SCHEMA),
    "prose for JSON streamed": lambda: by("local/prose", FACTS_SCHEMA, stream=True),
    "wrong schema": lambda: by("local/tiny", {"type": "objekt"}),
    "JSON without a model": lambda: by("sonar", FACTS_SCHEMA),
    "by a pattern": by_a_pattern,
    "called": called,
    "after a call": after_a_call,
    "after a call streamed": lambda: after_a_call(stream=True),
    "called streamed": called_streamed,
    "openai's own fields": with_openais_own_fields,
    "old completion": old_completion,
    "old completion streamed": old_completion_streamed,
    "only .gov": filtered(search_domain_filter=[".gov"]),
    "not the sea": filtered(search_domain_filter=["-sea.example"]),
    "in French": filtered(search_language_filter=["fr"]),
    "unknown model": lambda: whole("gpt-2"),
    "unknown model streamed": lambda: streamed("gpt-2"),
    "wrong type": lambda: whole(extra_body={"max_tokens": "many"}),
    "wrong key": wrong_key,
    "limited": lambda: whole("scripted/limited"),
    "broken": lambda: streamed("scripted/broken"),
}

if __name__ == "__main__":
    play(SCENARIOS)
