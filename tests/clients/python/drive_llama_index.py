"""`llama-index-llms-perplexity`. It reads `choices[0]` alone and hands on the body as `raw`."""

from __future__ import annotations

from typing import Any

from llama_index.core.llms import ChatMessage
from llama_index.llms.perplexity import Perplexity
from outcomes import KEY, QUESTION, URL, Scenario, play

MESSAGES = [ChatMessage(role="system", content="Be brief."), ChatMessage(content=QUESTION)]
# Shorter than the server is silent, longer than it takes to its first ping.
TIMEOUT_S = 8.0


def llm(model: str = "sonar", **options: Any) -> Perplexity:
    return Perplexity(model=model, api_base=URL, api_key=KEY, max_retries=1, **options)


def told(response: Any) -> dict[str, Any]:
    return {"text": response.message.content, "raw": response.raw}


def folded(responses: list[Any]) -> dict[str, Any]:
    return {
        "text": responses[-1].message.content,
        "pieces": [response.delta for response in responses],
        "first": responses[0].raw,
        "last": responses[-1].raw,
    }


def chat(model: str = "sonar", **options: Any) -> dict[str, Any]:
    return told(llm(model, **options).chat(MESSAGES))


def streamed(model: str = "sonar", **options: Any) -> dict[str, Any]:
    return folded(list(llm(model, **options).stream_chat(MESSAGES)))


async def chat_async() -> dict[str, Any]:
    return told(await llm().achat(MESSAGES))


def complete() -> dict[str, Any]:
    response = llm().complete(QUESTION)
    return {"text": response.text, "raw": response.raw}


def refused(model: str, key: str = KEY) -> dict[str, Any]:
    """Its retries wrap what `requests` raised."""
    try:
        Perplexity(model=model, api_base=URL, api_key=key, max_retries=1).chat(MESSAGES)
    except Exception as error:
        cause: Any = error.__cause__ or error
        return {"status": cause.response.status_code, "body": cause.response.json()}
    return {}


def filtered(**options: Any) -> Scenario:
    return lambda: chat(additional_kwargs=options)["raw"]["citations"]


SCENARIOS: dict[str, Scenario] = {
    "silent": lambda: streamed("scripted/silent", timeout=TIMEOUT_S),
    "chat": chat,
    "streamed": streamed,
    "chat async": chat_async,
    "complete": complete,
    "classified": lambda: chat(enable_search_classifier=True),
    "only .gov": filtered(search_domain_filter=[".gov"]),
    "since 2025": filtered(search_after_date_filter="1/1/2025"),
    "unknown model": lambda: refused("gpt-2"),
    "wrong key": lambda: refused("sonar", "wrong"),
    "limited": lambda: refused("scripted/limited"),
}

if __name__ == "__main__":
    play(SCENARIOS)
