"""Bodies of the Agent dialect, read as the endpoint reads them."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from hydrophone.api.agent.asked.question import to_question
from hydrophone.api.agent.asked.rules import Rules
from hydrophone.api.agent.asked.schema import AgentRequest
from hydrophone.api.agent.asked.strict import parse_strictly
from hydrophone.catalog import Catalog
from hydrophone.errors import HydrophoneError
from hydrophone.ports import Models
from hydrophone.scripted import instant
from hydrophone.types import JsonValue, Question

QUOTING: Models = Catalog(lambda profile: instant("quoted"))
WRITING: Models = Catalog(lambda profile: instant("written"), chat_model="tiny")
SEARCH = {"type": "web_search"}


def asked(
    known: Models = WRITING,
    rules: Rules | None = None,
    input: Any = "How many whales?",
    **body: Any,
) -> Question:
    """The question of a body with this input; `perplexity/sonar` is asked when no model is."""
    if not body.keys() & {"model", "models", "preset", "effort"}:
        body["model"] = "perplexity/sonar"
    rules = rules or Rules()
    raw = orjson.dumps({"input": input, **body})
    return to_question(parse_strictly(AgentRequest, raw, lenient=rules.lenient), known, rules)


def refused(
    known: Models = WRITING, rules: Rules | None = None, **body: Any
) -> tuple[int, str | None]:
    """Status and place of the refusal of a body."""
    with pytest.raises(HydrophoneError) as caught:
        asked(known, rules, **body)
    return caught.value.status, caught.value.param


def told(question: Question) -> list[JsonValue]:
    """The types of the notices on how a body was read."""
    assert question.echo is not None
    notices = question.echo["notices"]
    assert isinstance(notices, list)
    return [notice["type"] for notice in notices if isinstance(notice, dict)]
