"""A capture for a bug report shows what forms there are, and nothing of whose they are."""

from __future__ import annotations

from collections.abc import AsyncIterator
from typing import Any

import orjson
import pytest

from hydrophone.perplexity import AsyncPerplexity, ClientConfig
from hydrophone.perplexity.account.capture import shape_of
from tests.emulators.perplexity_web.scenarios import SCENARIOS, answers
from tests.emulators.perplexity_web.service import WebService
from tests.emulators.perplexity_web.state import Account, State

ASK = "/rest/sse/perplexity_ask"
TOKEN = "eyJhbGciOiJkaXIi..c2VjcmV0.dGhlLXRva2Vu.dGFn"
QUICK = ClientConfig(requests_per_second=0, max_retries=0, retry_base_delay=0.01, idle_timeout=0.3)


@pytest.fixture
async def service() -> AsyncIterator[WebService]:
    async with WebService(State(accounts=[Account("jane.doe@example.org", TOKEN)])) as one:
        yield one


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ({"status": "COMPLETED"}, {"status": "COMPLETED"}),
        ({"path": "/steps/0/items/1"}, {"path": "/steps/0/items/1"}),
        ({"status": "Jane asked this"}, {"status": "text of 15 characters"}),
        ({"type": "a@b.example"}, {"type": "text of 11 characters"}),
        ({"mode": "https://x.example"}, {"mode": "text of 17 characters"}),
        ({"field": "7f9c2ba4e88f827d616045507605853e"}, {"field": "text of 32 characters"}),
        ({"answer": "COMPLETED"}, {"answer": "text of 9 characters"}),
        ({"a@b.example": True}, {"key of 11 characters": True}),
        ({"two words": True}, {"key of 9 characters": True}),
        ({"path": "/by_user/jane.doe-smith/3"}, {"path": "/…7/…14/3"}),
        ({"variant": "JaneDoe"}, {"variant": "text of 7 characters"}),
        ({"field": "markdown_block"}, {"field": "markdown_block"}),
        ({"variant": "answer"}, {"variant": "answer"}),
        ({"field": "janes_block"}, {"field": "text of 11 characters"}),
        ({"zip": 10115, "lat": 52.51627}, {"zip": "number of 5 digits", "lat": "number"}),
        ({"chunk_starting_offset": 3}, {"chunk_starting_offset": 3}),
        ({"remaining": 12}, {"remaining": 12}),
        ({"remaining": 49_151_234_567}, {"remaining": "number of 11 digits"}),
        ({"source_to_limit": {"web": {"remaining": 5}, "acme_payroll_mcp": {"remaining": 1}}},
         {"source_to_limit": {"web": {"remaining": 5}, "key of 16 characters": {"remaining": 1}}}),
        ([["x"], 12, None, 0.5], [["text of 1 characters"], "number of 2 digits", None, "number"]),
    ],
)  # fmt: skip
def test_of_texts_stand_their_lengths(value: Any, shown: Any) -> None:
    assert shape_of(value) == shown


async def test_no_scenario_puts_anything_of_the_account_into_it(service: WebService) -> None:
    state, played = service.state, answers()
    state.answers = {f"What of {name}?": scripts for name, scripts in played.items()}
    state.rotate_to = f"{TOKEN}.next"
    async with AsyncPerplexity(TOKEN, QUICK, origin=service.origin) as client:
        texts = {
            question: orjson.dumps(await client.capture(question)).decode()
            for question in state.answers
        }
    secrets = ["jane", "c2VjcmV0", "one.example", "rw-", "Hello", "Which year", "What of"]
    secrets += [state.accounts[0].id, *(one.context_uuid for one in state.threads.values())]
    for thread in state.threads.values():
        secrets += [thread.slug, thread.title, *(entry.backend_uuid for entry in thread.entries)]
    for one in state.asked(ASK):
        params = one.body["params"]
        secrets += [params["frontend_uuid"], params["frontend_context_uuid"]]
    told = "\n".join(texts.values())
    assert len(secrets) > 4 * len(SCENARIOS)
    assert not [secret for secret in secrets if secret in told]
    assert all("subscription_tier" in text for text in texts.values())
    assert told.count("final_sse_message") > len(SCENARIOS)
