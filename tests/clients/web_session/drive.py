"""Runs in a published client's environment: asks each question on its input, tells what came.

Both packages come from one, and still have most names in common.
"""

from __future__ import annotations

import json
import sys
from importlib import import_module
from typing import Any

TIMEOUT_S = 1


def config_of(package: Any, **settings: Any) -> Any:
    """A conversation's settings; the older package has its own constants for the words."""
    mode = settings.pop("citation_mode")
    mode = getattr(package.CitationMode, mode.upper(), mode)
    return package.ConversationConfig(citation_mode=mode, **settings)


def model_of(package: Any, name: str | None) -> Any:
    """A model as a package names it: by constants, or by ids with a maker before them."""
    if name is None:
        return None
    constants = getattr(import_module(f"{package.__name__}.models"), "Models", None)
    return getattr(constants, name.upper().replace("-", "_"), f"perplexity/{name}")


def outcome(package: Any, client: Any, question: dict[str, Any]) -> dict[str, Any]:
    """What a client makes of a question's answer."""
    more = {"research_interaction": "auto" if question["goes_on"] else "manual"}
    known = package.ConversationConfig.model_fields
    more = {name: value for name, value in more.items() if name in known}
    conversation = client.create_conversation(config_of(package, citation_mode="default", **more))
    try:
        conversation.ask(question["name"], model_of(package, question["model"]))
    except Exception as error:
        questions = getattr(error, "questions", None)
        told = f": {'; '.join(map(str, questions))}" if questions else ""
        return {"error": type(error).__name__ + told}
    sources = [item.url for item in conversation.search_results]
    return {"answer": conversation.answer, "sources": sources}


def main() -> None:
    """Answer the questions of the input, in one line of JSON."""
    given = json.load(sys.stdin)
    package = import_module(given["package"])
    config = package.ClientConfig(
        requests_per_second=0, max_retries=1, retry_base_delay=0.01, timeout=TIMEOUT_S
    )
    with package.Perplexity(given["token"], config) as client:
        made = {one["name"]: outcome(package, client, one) for one in given["questions"]}
    print(json.dumps(made))


if __name__ == "__main__":
    main()
