"""The emulated service's knobs, met by our client: what it may do, and what comes of that."""

from __future__ import annotations

import asyncio
import ssl
import subprocess
import sys
from collections.abc import AsyncIterator, Callable
from pathlib import Path
from typing import Any

import httpx
import pytest

from hydrophone.perplexity import (
    AsyncPerplexity,
    AuthenticationError,
    BotWallError,
    ClientConfig,
    ConversationConfig,
    FileUploadError,
    Perplexity,
    RateLimitError,
    StreamingError,
)
from tests.emulators.perplexity_web.scripts import Script, Shape, snapshot
from tests.emulators.perplexity_web.service import WebService
from tests.emulators.perplexity_web.state import Account, Entry, State
from tests.emulators.perplexity_web.tunnel import NAME, write_certificate

ROOT = Path(__file__).resolve().parents[2]
ASK = "/rest/sse/perplexity_ask"
CONFIG = ClientConfig(requests_per_second=0, max_retries=1, retry_base_delay=0.01, idle_timeout=1)
PLAIN = ConversationConfig(citation_mode="default")
HELLO = "Hello world [1]."
Opened = Callable[..., AsyncPerplexity]


@pytest.fixture
async def service() -> AsyncIterator[WebService]:
    async with WebService() as one:
        yield one


@pytest.fixture
async def state(service: WebService) -> State:
    return service.state


@pytest.fixture
async def client(service: WebService) -> AsyncIterator[AsyncPerplexity]:
    token = service.state.accounts[0].token
    async with AsyncPerplexity(token, CONFIG, origin=service.origin) as one:
        yield one


async def answer_of(client: AsyncPerplexity, *question: Any) -> str | None:
    """The answer to a question, with its markers."""
    return (await client.create_conversation(PLAIN).ask(*(question or ("What?",)))).answer


@pytest.mark.parametrize("status", [401, 403])
async def test_a_session_that_is_not_known_is_refused(
    client: AsyncPerplexity, state: State, status: int
) -> None:
    state.accounts[:] = []
    state.denied_status = status
    with pytest.raises(AuthenticationError) as refused:
        await client.quota()
    assert refused.value.status_code == status
    assert await client.profile() is None


async def test_behind_the_bot_wall_nothing_is_said_of_the_token(
    client: AsyncPerplexity, state: State
) -> None:
    state.walled = True
    with pytest.raises(BotWallError):
        await answer_of(client)
    state.walled = False
    assert await answer_of(client) == HELLO


@pytest.mark.parametrize("uses", [0, 2])
async def test_an_old_token_is_taken_so_often_and_no_more(
    client: AsyncPerplexity, service: WebService, uses: int
) -> None:
    state, old = service.state, service.state.accounts[0].token
    state.rotate_to, state.old_token_uses = "a.new..token.x", uses
    assert await answer_of(client) == HELLO
    assert client.token.reveal() == "a.new..token.x"
    async with AsyncPerplexity(old, CONFIG, origin=service.origin) as late:
        for _ in range(uses):
            assert await late.quota()
        with pytest.raises(AuthenticationError):
            await late.quota()


async def test_a_stream_renews_a_token_as_well(client: AsyncPerplexity, state: State) -> None:
    async for _ in await client.create_conversation(PLAIN).ask("One?", stream=True):
        if state.rotate_to is None:
            state.rotate_to = "a.new..token.x"
            break
    assert await answer_of(client, "Two?") == HELLO
    assert client.token.reveal() == "a.new..token.x"


async def test_a_question_too_long_for_the_page_is_opened_by_its_beginning(
    client: AsyncPerplexity, state: State
) -> None:
    state.most_init_chars, state.needs_warm_up = 600, True
    assert await answer_of(client, "Why? " * 300) == HELLO
    opened = [len(one.query["q"]) for one in state.asked("/search/new")]
    assert opened == [1500, 500]


async def test_a_question_that_was_not_opened_ends_in_silence(
    client: AsyncPerplexity, state: State
) -> None:
    state.needs_warm_up = True
    conversation = client.create_conversation(PLAIN)
    assert (await conversation.ask("One?")).answer == HELLO
    assert (await conversation.ask("Two?")).answer == HELLO
    assert [one.query["q"] for one in state.asked("/search/new")] == ["One?"]
    state.most_init_chars = 0
    state.refusals["/search/new"] = [{"status": 200}]
    with pytest.raises(StreamingError, match="without an answer"):
        await answer_of(client, "Three?")


@pytest.mark.parametrize(
    "wrong",
    [
        {"version": "1"},
        {"frontend_uuid": "x"},
        {"frontend_context_uuid": 7},
        {"sources": ["web", "moon"]},
        {"search_recency_filter": "day"},
        {"attachments": ["https://elsewhere.example/x"]},
        {"mode": "odd"},
        {"model_preference": None},
    ],
)
async def test_a_question_is_looked_at(service: WebService, wrong: dict[str, Any]) -> None:
    params = {"version": "2.18", "model_preference": "turbo", "mode": "copilot", "sources": []}
    params |= {"search_recency_filter": None, "attachments": [], "use_schematized_api": True}
    cookies = {"__Secure-next-auth.session-token": service.state.accounts[0].token}
    async with httpx.AsyncClient(base_url=service.origin, cookies=cookies) as plain:
        right = await plain.post(ASK, json={"params": params, "query_str": "?"})
        assert right.status_code == 200
        answer = await plain.post(ASK, json={"params": params | wrong, "query_str": "?"})
        assert answer.status_code == 422
        assert (await plain.post(ASK, json={"query_str": "?"})).status_code == 422


async def test_a_follow_up_without_the_right_token_is_lost(
    client: AsyncPerplexity, state: State
) -> None:
    conversation = client.create_conversation(PLAIN)
    await conversation.ask("One?")
    (thread,) = state.threads.values()
    thread.read_write_token = "rw-another"
    assert (await conversation.ask("Two?")).answer == HELLO
    queries = [one.body["params"]["query_source"] for one in state.asked(ASK)]
    assert queries == ["home", "followup", "home"]


@pytest.mark.parametrize(
    ("model", "usages"),
    [
        ("gemini-3.8-flash", {"web_results", "workflow_root"}),
        ("best", {"web_results", "ask_text"}),
        ("gpt-6.1-sol-thinking", {"web_results", "ask_text", "workflow_root"}),
    ],
)
async def test_the_model_says_what_carries_the_answer(
    client: AsyncPerplexity, state: State, model: str, usages: set[str]
) -> None:
    assert await answer_of(client, "What?", model) == HELLO
    (thread,) = state.threads.values()
    assert {one["intended_usage"] for one in thread.entries[0].frames[-1]["blocks"]} == usages


async def test_a_model_beyond_the_subscription_is_exchanged_or_refused(
    client: AsyncPerplexity, state: State
) -> None:
    state.accounts[0].tier = "pro"
    beyond = "custom:claude55opus"
    conversation = await client.create_conversation(PLAIN).ask("What?", beyond)
    assert [one.kind for one in conversation.notices] == ["downgrade"]
    state.refuses_models = True
    with pytest.raises(RateLimitError):
        await answer_of(client, "What?", beyond)


@pytest.mark.parametrize("shape", ["legacy", "schematized", "diffs"])
@pytest.mark.parametrize("carrier", ["markdown", "workflow", "both"])
async def test_what_goes_on_begins_with_all_so_far(
    client: AsyncPerplexity, state: State, shape: Shape, carrier: Any
) -> None:
    pieces = ("One ", "two ", "three ", "four [1].")
    state.scripts = [Script(pieces, shape=shape, carrier=carrier, cut_after=3)]
    if shape == "legacy":
        state.scripts = [Script(pieces, shape=shape, cut_after=1)]
    steps = [one async for one in await client.create_conversation(PLAIN).ask("?", stream=True)]
    assert "".join(one.delta for one in steps) == steps[-1].answer == "".join(pieces)
    assert not any(one.revised for one in steps)
    assert len([one for one in state.seen if "/reconnect/" in one.path]) == 1


def test_a_snapshot_holds_what_was_sent() -> None:
    told = snapshot(Script(("One ", "two ", "three"), carrier="markdown"), 3)
    (block,) = [one for one in told["blocks"] if one["intended_usage"] == "ask_text"]
    assert block["markdown_block"]["chunks"] == ["One ", "two "]
    assert told["status"] == "PENDING"


async def test_a_silence_that_ends_is_waited_for(client: AsyncPerplexity, state: State) -> None:
    state.scripts = [Script(hang_after=2, hang_s=0.1)]
    assert await answer_of(client) == HELLO
    assert not [one for one in state.seen if "/reconnect/" in one.path]


@pytest.mark.parametrize(
    ("failure", "told"),
    [("limited", "used up"), ("refused", "refused"), ("unread", "could not read")],
)
async def test_an_upload_fails_as_it_is_told(
    client: AsyncPerplexity, state: State, failure: Any, told: str
) -> None:
    state.file_failure = failure
    with pytest.raises(FileUploadError, match=told):
        await answer_of(client, "What?", None, [(b"whale", "a.txt")])
    assert not state.asked(ASK)


async def test_a_conversation_is_shared_by_its_owner(client: AsyncPerplexity, state: State) -> None:
    conversation = await client.create_conversation(PLAIN).ask("What?")
    assert conversation.uuid is not None
    (thread,) = state.threads.values()
    await client.history.share(conversation.uuid, public=True)
    assert thread.access == 2
    await client.history.share(conversation.uuid, public=False)
    assert thread.access == 1


async def test_what_is_left_is_told_in_two_forms(service: WebService) -> None:
    cookies = {"__Secure-next-auth.session-token": service.state.accounts[0].token}
    service.state.accounts[0].quota["research"] = 0
    async with httpx.AsyncClient(base_url=service.origin, cookies=cookies) as plain:
        counts = (await plain.get("/rest/rate-limit/all")).json()
        modes = (await plain.get("/rest/rate-limit/status")).json()["modes"]
        assert (await plain.get("/api/user")).status_code == 200
    assert (counts["remaining_pro"], counts["remaining_research"]) == (300, 0)
    assert {name: one["available"] for name, one in modes.items()} == {
        "pro_search": True,
        "research": False,
    }


async def test_a_long_conversation_is_read_page_by_page(
    client: AsyncPerplexity, state: State
) -> None:
    conversation = await client.create_conversation(PLAIN).ask("What?")
    (thread,) = state.threads.values()
    thread.entries += [
        Entry(f"b-{n}", f"Question {n}", Script((f"It is {n}.",))) for n in range(130)
    ]
    assert conversation.uuid is not None
    kept = await client.history.read(conversation.uuid)
    assert [one.query for one in kept.entries] == ["What?", *(f"Question {n}" for n in range(130))]
    assert kept.entries[-1].answer == "It is 129."
    pages = state.asked(f"/rest/thread/{conversation.uuid}")
    assert [one.query.get("cursor") for one in pages] == [None, "100"]


async def test_programs_elsewhere_set_it_by_requests(
    client: AsyncPerplexity, service: WebService
) -> None:
    async with httpx.AsyncClient(base_url=f"{service.origin}/control/") as knobs:
        names = (await knobs.get("scenarios")).json()
        assert "429, then the answer" in names
        played = await knobs.post("scripts", json=[{"pieces": ["Hi"]}, {"scenario": "422"}])
        assert played.json() == {"scripts": 2}
        assert await answer_of(client) == "Hi"
        seen = (await knobs.get("requests", params={"path": ASK})).json()["requests"]
        assert [one["body"]["query_str"] for one in seen] == ["What?"]
        await knobs.delete("requests")
        assert (await knobs.get("requests")).json() == {"requests": [], "events": []}
        told = {"accounts": [{"tier": "max", "token": "a.b..c.d"}], "denied_status": 401}
        assert (await knobs.patch("state", json=told)).status_code == 200
        assert service.state.accounts == [
            Account(tier="max", token="a.b..c.d", id=service.state.accounts[0].id)
        ]
        for path, body in (("state", {"seen": []}), ("scripts", [{"scenario": "no such"}])):
            method = "PATCH" if path == "state" else "POST"
            assert (await knobs.request(method, path, json=body)).status_code == 422


async def test_it_speaks_tls_under_the_services_name(tmp_path: Path) -> None:
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(write_certificate(tmp_path))
    trusting = ssl.create_default_context(cafile=tmp_path / "emulated.pem")
    async with WebService(tls=context) as service:
        port = int(service.origin.rpartition(":")[2])
        reader, writer = await asyncio.open_connection(
            "127.0.0.1", port, ssl=trusting, server_hostname=NAME
        )
        writer.write(f"GET /api/auth/session HTTP/1.1\r\nHost: {NAME}\r\n\r\n".encode())
        head = await reader.readuntil(b"\r\n\r\n")
        writer.close()
        await writer.wait_closed()
    assert head.startswith(b"HTTP/1.1 200")


def test_it_runs_as_a_program_of_its_own() -> None:
    command = [sys.executable, "-u", "-m", "tests.emulators.perplexity_web", "--port", "0"]
    with subprocess.Popen(command, cwd=ROOT, stdout=subprocess.PIPE, text=True) as program:
        assert program.stdout is not None
        name, _, origin = program.stdout.readline().strip().partition("=")
        _, _, token = program.stdout.readline().strip().partition("=")
        try:
            with Perplexity(token, CONFIG, origin=origin) as one:
                asked = one.create_conversation(PLAIN).ask("a workflow block")
            seen = httpx.get(f"{origin}/control/requests", params={"path": ASK}).json()
        finally:
            program.terminate()
        printed = program.stdout.read()
    assert (name, asked.answer) == ("HYDROPHONE_SESSION_ORIGIN", HELLO)
    assert len(seen["requests"]) == 1
    assert token not in printed
