"""The `openai` client's Responses API, as which Perplexity's Agent API is known to its programs.

`kept` as an argument plays what a server must remember.
"""

from __future__ import annotations

import base64
import sys
import time
from typing import Any

import openai
from outcomes import FACTS_SCHEMA, KEY, QUESTION, URL, Scenario, play

OPTIONS: dict[str, Any] = {"api_key": KEY, "max_retries": 0}
client = openai.OpenAI(base_url=f"{URL}/v1", **OPTIONS)
unversioned = openai.OpenAI(base_url=URL, **OPTIONS)
SEARCH: list[Any] = [{"type": "web_search"}]
ENDED = ("completed", "failed", "cancelled", "incomplete")
DEPTH: Any = {
    "type": "function",
    "name": "depth",
    "description": "How deep an animal dives",
    "parameters": {"type": "object", "properties": {"animal": {"type": "string"}}},
    "strict": False,
}
FACTS = {"type": "json_schema", "json_schema": {"name": "facts", "schema": FACTS_SCHEMA}}
PATIENCE_S = 30.0


def whole(model: str = "perplexity/sonar", **options: Any) -> dict[str, Any]:
    body: dict[str, Any] = {"model": model, "input": QUESTION, "tools": SEARCH} | options
    made = client.responses.create(**body)
    return made.to_dict() | {"said": made.output_text}


def by_preset(name: str) -> dict[str, Any]:
    made = unversioned.responses.create(input=QUESTION, extra_body={"preset": name})
    return made.to_dict() | {"said": made.output_text}


def folded(events: list[Any]) -> dict[str, Any]:
    """A stream as its reader sees it."""
    return {
        "kinds": [event.type for event in events],
        "numbers": [event.sequence_number for event in events],
        "text": "".join(
            event.delta for event in events if event.type == "response.output_text.delta"
        ),
        "last": events[-1].to_dict(),
    }


def streamed(model: str = "perplexity/sonar", **options: Any) -> dict[str, Any]:
    body: dict[str, Any] = {"model": model, "input": QUESTION, "tools": SEARCH} | options
    return folded(list(client.responses.create(stream=True, **body)))


async def whole_async() -> dict[str, Any]:
    async with openai.AsyncOpenAI(base_url=f"{URL}/v1", **OPTIONS) as asking:
        made = await asking.responses.create(model="perplexity/sonar", input=QUESTION, tools=SEARCH)
        return made.to_dict() | {"said": made.output_text}


async def streamed_async() -> dict[str, Any]:
    async with openai.AsyncOpenAI(base_url=URL, **OPTIONS) as asking:
        events = await asking.responses.create(
            model="perplexity/sonar", input=QUESTION, tools=SEARCH, stream=True
        )
        return folded([event async for event in events])


def after_a_call(*, stream: bool) -> Any:
    """A function called, and its result brought back in a second request."""
    body: dict[str, Any] = {"model": "local/caller", "tools": [DEPTH]}
    first = client.responses.create(input=QUESTION, **body)
    (call,) = [item for item in first.output if item.type == "function_call"]
    result: Any = {"type": "function_call_output", "call_id": call.call_id, "output": "315 m"}
    turns: list[Any] = [{"role": "user", "content": QUESTION}, call.to_dict(), result]
    said = {"name": call.name, "arguments": call.arguments}
    if stream:
        made = list(client.responses.create(input=turns, stream=True, **body))
        return said | {"text": folded(made)["text"]}
    return said | {"text": client.responses.create(input=turns, **body).output_text}


def called_streamed() -> list[Any]:
    events = client.responses.create(
        input=QUESTION, model="local/caller", tools=[DEPTH], stream=True
    )
    return [event.item.to_dict() for event in events if event.type == "response.output_item.done"]


def continued(*, store: bool) -> dict[str, Any]:
    """A second question about the first answer, which the server remembers."""
    first = client.responses.create(
        model="perplexity/sonar", input=QUESTION, tools=SEARCH, store=store
    )
    second = client.responses.create(
        model="perplexity/sonar", input=QUESTION, tools=SEARCH, previous_response_id=first.id
    )
    return {"same": second.previous_response_id == first.id, "text": second.output_text}


def in_the_background() -> dict[str, Any]:
    made = client.responses.create(
        model="perplexity/sonar", input=QUESTION, tools=SEARCH, background=True
    )
    begun = made.status
    until = time.monotonic() + PATIENCE_S
    while made.status not in ENDED and time.monotonic() < until:
        time.sleep(0.1)
        made = client.responses.retrieve(made.id)
    rest = list(client.responses.retrieve(made.id, stream=True, starting_after=1))
    return {"begun": begun, "rest": folded(rest)} | made.to_dict() | {"said": made.output_text}


def with_a_picture() -> dict[str, Any]:
    picture = base64.b64encode(b"not a picture").decode()
    content: Any = [
        {"type": "input_text", "text": QUESTION},
        {"type": "input_image", "image_url": f"data:image/png;base64,{picture}", "detail": "auto"},
    ]
    return whole(input=[{"role": "user", "content": content}])


def unknown_response() -> dict[str, Any]:
    return client.responses.retrieve("resp_01a20405-710f-771a-b961-e22486bfbb43").to_dict()


def wrong_key() -> dict[str, Any]:
    stranger = openai.OpenAI(base_url=f"{URL}/v1", api_key="wrong", max_retries=0)
    return stranger.responses.create(model="perplexity/sonar", input=QUESTION).to_dict()


SCENARIOS: dict[str, Scenario] = {
    "version": lambda: openai.__version__,
    "whole": whole,
    "whole async": whole_async,
    "streamed": streamed,
    "streamed async": streamed_async,
    "preset": lambda: by_preset("fast"),
    "medium": lambda: by_preset("medium"),
    "instructed": lambda: whole(instructions="Be brief.", temperature=0.2, metadata={"a": "b"}),
    "bare": lambda: whole("local/tiny", tools=[]),
    "by schema": lambda: whole("local/tiny", extra_body={"response_format": FACTS}),
    "called streamed": called_streamed,
    "after a call": lambda: after_a_call(stream=False),
    "after a call streamed": lambda: after_a_call(stream=True),
    "unknown field": lambda: whole(extra_body={"colour": "red"}),
    "openai's text": lambda: whole(text={"format": {"type": "text"}}),
    "unknown model": lambda: whole("gpt-2"),
    "unknown model streamed": lambda: streamed("gpt-2"),
    "unknown tool": lambda: whole(tools=[{"type": "teleport"}]),
    "broken picture": with_a_picture,
    "wrong key": wrong_key,
    "limited": lambda: whole("scripted/limited"),
    "broken": lambda: streamed("scripted/broken"),
    "broken whole": lambda: whole("scripted/broken"),
    "cut": lambda: whole("scripted/short"),
    "cut streamed": lambda: streamed("scripted/short"),
}
KEPT: dict[str, Scenario] = {
    "whole": whole,
    "continued": lambda: continued(store=True),
    "continued unstored": lambda: continued(store=False),
    "in the background": in_the_background,
    "unknown response": unknown_response,
}

if __name__ == "__main__":
    play(KEPT if "kept" in sys.argv else SCENARIOS)
