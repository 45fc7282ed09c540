"""However an answer is cut into pieces, the whole client makes the same of it."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hydrophone.perplexity import ClientConfig, ConversationConfig, Perplexity
from tests.emulators.perplexity_web.scripts import Script
from tests.emulators.perplexity_web.service import WebService
from tests.emulators.perplexity_web.state import Account
from tests.emulators.perplexity_web.streams import ROWS
from tests.emulators.perplexity_web.threaded import service_in_a_thread

TOKEN = "eyJhbGciOiJkaXIi..c2VjcmV0.dGhlLXRva2Vu.dGFn"
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
