"""Files and pictures beside a question, by the client that the first argument names."""

from __future__ import annotations

import base64
import os
import sys
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from outcomes import KEY, QUESTION, URL, Scenario, play

Part = dict[str, Any]
TEXT: Part = {"type": "text", "text": QUESTION}
PDF = base64.b64encode(Path(os.environ["PDF"]).read_bytes()).decode()
PICTURE = base64.b64encode(Path(os.environ["PICTURE"]).read_bytes()).decode()
PARTS: Mapping[str, Part] = {
    "file_url": {"type": "file_url", "file_url": {"url": PDF}, "file_name": "crane.pdf"},
    "pdf_url": {"type": "pdf_url", "pdf_url": {"url": PDF}},
    "file": {
        "type": "file",
        "file": {"filename": "crane.pdf", "file_data": f"data:application/pdf;base64,{PDF}"},
    },
    "picture": {"type": "image_url", "image_url": {"url": f"data:image/png;base64,{PICTURE}"}},
    "no base64": {"type": "file_url", "file_url": {"url": "%%%"}, "file_name": "crane.pdf"},
}
# The parts that a client lets through: litellm OpenAI's alone, Perplexity's SDK all but OpenAI's.
PERPLEXITYS = ("file_url", "pdf_url", "picture", "no base64")
SENT: Mapping[str, Sequence[str]] = {
    "openai": tuple(PARTS),
    "perplexity": PERPLEXITYS,
    "langchain": PERPLEXITYS,
    "litellm": ("file", "picture"),
}


def by_openai(parts: list[Part]) -> Any:
    import openai

    client = openai.OpenAI(base_url=URL, api_key=KEY, max_retries=0)
    asked: Any = [{"role": "user", "content": parts}]
    return client.chat.completions.create(model="sonar", messages=asked).to_dict()


def by_perplexity(parts: list[Part]) -> Any:
    import perplexity

    client = perplexity.Perplexity(
        base_url=URL, api_key=KEY, max_retries=0, _strict_response_validation=True
    )
    asked: Any = [{"role": "user", "content": parts}]
    made = client.chat.completions.create(model="sonar", messages=asked)
    return made.model_dump(mode="json", exclude_unset=True)


def by_langchain(parts: list[Part]) -> Any:
    from langchain_core.messages import HumanMessage
    from langchain_perplexity import ChatPerplexity

    made = ChatPerplexity(model="sonar", api_key=KEY, max_retries=0).invoke(
        [HumanMessage(content=list(parts))]
    )
    found: Any = made.additional_kwargs
    choice = {"message": {"content": made.content}}
    return {"choices": [choice], "citations": found.get("citations", [])}


def by_litellm(parts: list[Part]) -> Any:
    import litellm

    made: Any = litellm.completion(
        model="perplexity/sonar",
        messages=[{"role": "user", "content": parts}],
        api_base=URL,
        api_key=KEY,
        max_retries=0,
    )
    return made.model_dump(mode="json")


CLIENTS: Mapping[str, Callable[[list[Part]], Any]] = {
    "openai": by_openai,
    "perplexity": by_perplexity,
    "langchain": by_langchain,
    "litellm": by_litellm,
}


def scenarios(client: str) -> dict[str, Scenario]:
    """Every part that the client lets through."""
    ask = CLIENTS[client]

    def asking(part: Part) -> Scenario:
        return lambda: ask([TEXT, part])

    return {name: asking(PARTS[name]) for name in SENT[client]}


if __name__ == "__main__":
    play(scenarios(sys.argv[1]))
