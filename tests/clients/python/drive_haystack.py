"""`perplexity-haystack`: the chat generator and both embedders."""

from __future__ import annotations

import os
from typing import Any

from haystack import Document
from haystack.dataclasses import ChatMessage
from haystack.tools import Tool
from haystack.utils import Secret
from haystack_integrations.components.embedders.perplexity.document_embedder import (
    PerplexityDocumentEmbedder,
)
from haystack_integrations.components.embedders.perplexity.text_embedder import (
    PerplexityTextEmbedder,
)
from haystack_integrations.components.generators.perplexity import PerplexityChatGenerator
from outcomes import FACTS_SCHEMA, KEY, QUESTION, URL, Scenario, play

OPTIONS: dict[str, Any] = {
    "api_base_url": f"{URL}/v1",
    "api_key": Secret.from_token(KEY),
    "max_retries": 0,
}
# The embedders ask a server whose embedding model is the real one.
EMBEDDING: dict[str, Any] = OPTIONS | {
    "api_base_url": f"{os.environ['EMBEDDING_URL']}/v1",
    "api_key": Secret.from_token(os.environ["EMBEDDING_KEY"]),
}
ASKED = [ChatMessage.from_user(QUESTION)]
SEARCH: list[dict[str, Any]] = [{"type": "web_search"}]
FACTS = {"type": "json_schema", "json_schema": {"name": "facts", "schema": FACTS_SCHEMA}}
DEPTH = Tool(
    name="depth",
    description="How deep an animal dives",
    parameters={"type": "object", "properties": {"animal": {"type": "string"}}},
    function=lambda animal: f"{animal}: 315 m",
)
SONAR, CALLER, WRITER = "perplexity/sonar", "local/caller", "local/tiny"


def generator(**options: Any) -> PerplexityChatGenerator:
    return PerplexityChatGenerator(**OPTIONS | {"model": SONAR} | options)


def told(replies: list[ChatMessage]) -> dict[str, Any]:
    """The one reply, as a program reads it."""
    (reply,) = replies
    return {
        "text": reply.text,
        "calls": [[call.tool_name, call.arguments] for call in reply.tool_calls],
        "meta": reply.meta,
    }


def whole(**options: Any) -> dict[str, Any]:
    return told(generator(**options).run(ASKED)["replies"])


def by_preset(name: str) -> dict[str, Any]:
    return whole(generation_kwargs={"extra_body": {"preset": name}})


def streamed() -> dict[str, Any]:
    pieces: list[str] = []
    asking = generator(tools=SEARCH, streaming_callback=lambda chunk: pieces.append(chunk.content))
    return told(asking.run(ASKED)["replies"]) | {"pieces": pieces}


async def whole_async() -> dict[str, Any]:
    return told((await generator(tools=SEARCH).run_async(ASKED))["replies"])


def after_a_call() -> dict[str, Any]:
    """A function called, and its result brought back."""
    asking = generator(model=CALLER, tools=[DEPTH])
    (reply,) = asking.run(ASKED)["replies"]
    (call,) = reply.tool_calls
    result = ChatMessage.from_tool(DEPTH.invoke(**call.arguments), call)
    return told(asking.run([*ASKED, reply, result])["replies"])


def by_schema() -> dict[str, Any]:
    return whole(model=WRITER, generation_kwargs={"extra_body": {"response_format": FACTS}})


def conversation() -> dict[str, Any]:
    turns = [
        ChatMessage.from_system("Be brief."),
        ChatMessage.from_user("Hello"),
        ChatMessage.from_assistant("Hello."),
    ]
    return told(generator(tools=SEARCH).run([*turns, *ASKED])["replies"])


def text_embedded(**options: Any) -> dict[str, Any]:
    return dict(PerplexityTextEmbedder(**EMBEDDING | options).run(QUESTION))


def documents_embedded() -> dict[str, Any]:
    documents = [Document(content="Whales sing."), Document(content="Cranes lift.")]
    made = PerplexityDocumentEmbedder(progress_bar=False, **EMBEDDING).run(documents)
    return {"vectors": [one.embedding for one in made["documents"]], "meta": made["meta"]}


async def text_embedded_async() -> dict[str, Any]:
    return dict(await PerplexityTextEmbedder(**EMBEDDING).run_async(QUESTION))


SCENARIOS: dict[str, Scenario] = {
    "whole": lambda: whole(tools=SEARCH),
    "whole async": whole_async,
    "streamed": streamed,
    "conversation": conversation,
    "preset": lambda: by_preset("fast"),
    "unknown preset": lambda: by_preset("fastest"),
    "by default": lambda: told(PerplexityChatGenerator(**OPTIONS).run(ASKED)["replies"]),
    "called": lambda: whole(model=CALLER, tools=[DEPTH]),
    "after a call": after_a_call,
    "by schema": by_schema,
    "text": text_embedded,
    "text async": text_embedded_async,
    "binary": lambda: text_embedded(encoding_format="base64_binary"),
    "documents": documents_embedded,
    "unknown model": lambda: whole(model="local-tiny"),
    "unknown embedder": lambda: text_embedded(model="pplx-embed-v9"),
    "wrong key": lambda: whole(api_key=Secret.from_token("wrong")),
    "wrong key of an embedder": lambda: text_embedded(api_key=Secret.from_token("wrong")),
}

if __name__ == "__main__":
    play(SCENARIOS)
