"""Properties of the whole client: of how an answer is cut into pieces, and of what stays secret."""

from __future__ import annotations

import logging
import traceback
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hydrophone.perplexity import (
    ClientConfig,
    Conversation,
    ConversationConfig,
    Perplexity,
    PerplexityError,
)
from hydrophone.perplexity.config import ResearchInteraction
from tests.emulators.perplexity_web.scenarios import SCENARIOS, answers
from tests.emulators.perplexity_web.scripts import Script
from tests.emulators.perplexity_web.service import WebService
from tests.emulators.perplexity_web.state import Account
from tests.emulators.perplexity_web.streams import ROWS
from tests.emulators.perplexity_web.threaded import service_in_a_thread

TOKEN = "eyJhbGciOiJkaXIi..c2VjcmV0.dGhlLXRva2Vu.dGFn"
NEXT_TOKEN = "eyJhbGciOiJkaXIi..cm90YXRlZA.YW5vdGhlci1vbmU.dGFn"
SECRETS = (TOKEN, NEXT_TOKEN, "rw-")
PIECES = ("Hällo [", "1] wörld 🐋 [2", "]. `a[1]`", " [1][2]", "\n\nEnd [", "2].")
ONE, TWO = (f"({row['url']})" for row in ROWS)
WHOLE = f"Hällo [1]{ONE} wörld 🐋 [2]{TWO}. `a[1]` [1]{ONE}[2]{TWO}\n\nEnd [2]{TWO}."


@pytest.fixture(scope="module")
def service() -> Iterator[WebService]:
    with service_in_a_thread() as one:
        one.state.accounts = [Account(token=TOKEN)]
        yield one


@pytest.fixture(scope="module")
def client(service: WebService) -> Iterator[Perplexity]:
    with Perplexity(TOKEN, ClientConfig(requests_per_second=0), origin=service.origin) as one:
        yield one


@settings(max_examples=40, deadline=None)
@given(
    split=st.integers(1, 600),
    shape=st.sampled_from(["legacy", "schematized", "diffs"]),
    carrier=st.sampled_from(["markdown", "workflow"]),
)
def test_however_an_answer_is_cut_it_is_the_same(
    service: WebService, client: Perplexity, split: int, shape: Any, carrier: Any
) -> None:
    service.state.scripts = [Script(PIECES, shape=shape, carrier=carrier, split=split)]
    conversation = client.create_conversation(ConversationConfig(citation_mode="markdown"))
    steps = list(conversation.ask("What?", stream=True))
    assert conversation.answer == WHOLE
    assert "".join(step.delta for step in steps) == WHOLE
    assert not any(step.revised for step in steps)
    assert [item.url for item in conversation.search_results] == [row["url"] for row in ROWS]


def test_no_scenario_brings_a_secret_to_light(
    service: WebService,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    service.state.answers, service.state.rotate_to = answers(), NEXT_TOKEN
    log, told = tmp_path / "perplexity.log", []
    for scenario in SCENARIOS:
        auto: ResearchInteraction = "auto" if scenario.goes_on else "manual"
        config = ClientConfig(
            requests_per_second=0,
            max_retries=1,
            retry_base_delay=0.01,
            idle_timeout=0.3,
            logging_level="debug",
            log_file=log,
            research_interaction=auto,
        )
        question = (scenario.name, scenario.model)
        with Perplexity(TOKEN, config, origin=service.origin) as one:
            told += what_can_be_seen(one, one.create_conversation(), question)
    written = log.read_text("utf-8") + caplog.text + "".join(capfd.readouterr())
    assert [around(text, secret) for text in (written, *told) for secret in secrets_in(text)] == []
    assert len(told) > 3 * len(SCENARIOS)
    assert NEXT_TOKEN in {cookie for one in service.state.seen for cookie in one.cookies.values()}


def what_can_be_seen(
    client: Perplexity, conversation: Conversation, question: tuple[str, str | None]
) -> list[str]:
    """What a program could print of a question: objects, steps, errors with the whole way."""
    told = []
    try:
        told += [repr(step) for step in conversation.ask(*question, stream=True)]
    except PerplexityError as error:
        way = traceback.TracebackException.from_exception(error, capture_locals=True)
        told += [str(error), repr(error), repr(vars(error)), "".join(way.format())]
    shown = (client, vars(client), conversation, vars(conversation), conversation.search_results)
    return told + [repr(one) for one in shown]


def secrets_in(text: str) -> list[str]:
    """Which of the secrets stand in a text."""
    return [secret for secret in SECRETS if secret in text]


def around(text: str, secret: str) -> str:
    """Where a secret came to light, for the failure's message."""
    at = text.index(secret)
    return text[max(0, at - 80) : at + 80]
