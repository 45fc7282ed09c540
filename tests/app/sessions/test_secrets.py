"""No token comes out of a server: not to a caller, nor into its log, its files or its database."""

from __future__ import annotations

import asyncio
import logging
import stat
from collections.abc import AsyncIterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import httpx
import pytest

from hydrophone.perplexity.login.store import TokenStore
from hydrophone.types import Secret
from tests.app.sessions.conftest import Starter
from tests.emulators.perplexity_web.scenarios import (
    BREAKS,
    SCENARIOS,
    Scenario,
    answers,
)
from tests.emulators.perplexity_web.service import WebService
from tests.emulators.perplexity_web.state import Account, State
from tests.emulators.perplexity_web.threaded import service_in_a_thread
from tests.running import Shell, serving
from tests.showing import leaks, leaks_in_files

MARK = "c2VjcmV0LW9mLXRlc3Rz"
SECRETS = (MARK, "rw-")
KEY = "a-key-of-this-server"
MINE, THEIRS, NOBODYS = (f"eyJhbGciOiJkaXIi..{MARK}.{name}.dGFn" for name in ("own", "a", "x"))
TOKEN_FILE = "session-token"
CHAT, AGENT = "/v1/chat/completions", "/v1/responses"
# A server waits for half a minute before it takes silence for a broken stream.
SILENCE = next(one for one in BREAKS if one.name == "silence in the midst")
QUICK = [one for one in SCENARIOS if one is not SILENCE]
AT_ONCE = 8
MCP = {"Accept": "application/json, text/event-stream", "MCP-Protocol-Version": "2025-06-18"}
URL = {"url": "data:text/plain;base64,d2hhbGU="}
WITH_A_FILE = {"role": "user", "content": [{"type": "image_url", "image_url": URL}]}


def accounts() -> list[Account]:
    """The server's own account, and a caller's."""
    return [Account("own@example.org", MINE), Account("caller@example.org", THEIRS)]


def bearing(token: str) -> dict[str, str]:
    return {"Authorization": f"Bearer {token}"}


CALLERS = (bearing(KEY), bearing(THEIRS))


class Course:
    """Asks a server what it can be asked, and keeps all that it answers."""

    def __init__(self, client: httpx.AsyncClient, state: State) -> None:
        self._client = client
        self._state = state
        self._limit = asyncio.Semaphore(AT_ONCE)
        self._renewals = 0
        self.told: list[str] = []
        self.statuses: list[int] = []

    async def send(
        self, path: str, headers: Mapping[str, str], body: Any = None, method: str | None = None
    ) -> httpx.Response:
        """A request, whose answer is kept."""
        method = method or ("GET" if body is None else "POST")
        async with self._limit:
            answer = await self._client.request(method, path, headers=headers, json=body)
        self.told += [answer.text, repr(answer.headers.multi_items())]
        self.statuses.append(answer.status_code)
        return answer

    def renew(self) -> None:
        """Have the next response put another token in place of the caller's."""
        self._renewals += 1
        self._state.rotate_to = f"eyJhbGciOiJkaXIi..{MARK}.{self._renewals}.dGFn"

    async def whole(self) -> None:
        """All that a server can be asked; in the meantime it waits for what has fallen silent."""
        silent = self.send(CHAT, CALLERS[0], body_of(SILENCE.name, CHAT, stream=True))
        waiting = asyncio.ensure_future(silent)
        await self.all_of(QUICK)
        await self.around()
        await waiting
        assert {200, 400, 401, 429, 502} <= set(self.statuses), set(self.statuses)

    async def all_of(self, scenarios: Sequence[Scenario]) -> None:
        """Every scenario as a question, and behind another one, in both dialects."""
        self._state.answers = answers()
        begun = [await self._begun(caller) for caller in CALLERS]
        self.renew()
        for stream in (False, True):
            self._state.answers = answers()
            await asyncio.gather(*(self._asked(one, begun, stream) for one in scenarios))
            self.renew()

    async def around(self) -> None:
        """What is no question, and what goes wrong before one is asked."""
        for caller in CALLERS:
            await self.send("/v1/models", caller)
            self.renew()
            await self.send("/v1/models/refresh", caller, {})
            kept = (await self.send("/conversations", caller)).json()["conversations"]
            await self.send(f"/conversations/{kept[0]['id']}", caller, method="DELETE")
            await self.send("/stats", caller)
            stored = await self.send(AGENT, caller, {"model": "best", "input": "?", "store": True})
            await self.send(f"{AGENT}/{stored.json().get('id')}", caller)
            body = {"model": "best", "input": "?", "background": True}
            later = await self.send(AGENT, caller, body)
            await self.send(f"{AGENT}/{later.json().get('id')}", caller)
            await self.send("/v1/completions", caller, {"model": "best", "prompt": "?"})
            for failure in ("refused", None):
                self._state.file_failure = failure
                await self.send(CHAT, caller, {"model": "best", "messages": [WITH_A_FILE]})
            for arguments in ({"query": "?"}, {"query": "403"}, {}):
                call = {"name": "perplexity_ask", "arguments": arguments}
                body = {"jsonrpc": "2.0", "id": 1, "method": "tools/call", "params": call}
                await self.send("/mcp", {**caller, **MCP}, body)
        for headers in (
            bearing(NOBODYS),
            bearing(f"{MARK} {MARK}"),
            {"Authorization": f"Basic {MARK}"},
            {**CALLERS[0], "X-Perplexity-Session-Token": f"{MARK} x"},
            {**CALLERS[0], "X-Perplexity-Session-Token": NOBODYS},
        ):
            for path in (CHAT, AGENT):
                await self.send(path, headers, body_of("?", path))

    async def _begun(self, caller: Mapping[str, str]) -> str:
        answer = await self.send(CHAT, caller, body_of("A question without a trap", CHAT))
        assert answer.status_code == 200, answer.text
        return str(answer.json()["conversation_id"])

    async def _asked(self, scenario: Scenario, begun: Sequence[str], stream: bool) -> None:
        for caller, conversation in zip(CALLERS, begun, strict=True):
            for path in (CHAT, AGENT):
                body = body_of(scenario.name, path, stream=stream)
                await self.send(path, caller, body)
            body = body_of(scenario.name, CHAT, stream=stream, conversation_id=conversation)
            await self.send(CHAT, caller, body)


def body_of(text: str, path: str, **more: Any) -> dict[str, Any]:
    """A question in the dialect of a path."""
    asked = {"input": text} if path == AGENT else {"messages": [{"role": "user", "content": text}]}
    return {"model": "best", **asked, **more}


@pytest.fixture
async def service() -> AsyncIterator[WebService]:
    async with WebService(State(accounts=accounts())) as one:
        yield one


@pytest.mark.slow
@pytest.mark.timeout(150)
async def test_no_scenario_brings_a_token_out_of_a_server(
    start: Starter, service: WebService, tmp_path: Path, caplog: pytest.LogCaptureFixture
) -> None:
    TokenStore(tmp_path / "data").save(Secret(MINE), "file")
    client = await start(api_keys=(KEY,), rate_limiting=False, log_level="debug")
    caplog.set_level(logging.DEBUG)
    course = Course(client, service.state)
    await course.whole()
    assert leaks((caplog.text, *course.told), SECRETS) == []
    assert leaks_in_files(tmp_path, SECRETS, but=[TOKEN_FILE]) == []


@pytest.mark.slow
@pytest.mark.timeout(150)
def test_no_scenario_brings_a_token_out_of_a_process(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    TokenStore(tmp_path / "data").save(Secret(MINE), "file")
    with service_in_a_thread() as service:
        service.state.accounts[:] = accounts()
        settings = {
            "HYDROPHONE_SESSION_ORIGIN": service.origin,
            "HYDROPHONE_SESSION_REQUESTS_PER_SECOND": "0",
            "HYDROPHONE_MODE": "session",
            "ENABLE_RATE_LIMITING": "false",
            "API_KEYS": KEY,
            "LOG_LEVEL": "debug",
        }
        shell = Shell(tmp_path, tmp_path / "data", settings)
        with serving(shell) as server:
            told = asyncio.run(gone_through(server.url, service.state))
            running = leaks_in_files(tmp_path, SECRETS, but=[TOKEN_FILE])
        log = server.log.read_text("utf-8")
    printed = capfd.readouterr()
    assert leaks((log, printed.out, printed.err, *told), SECRETS) == []
    assert (running, leaks_in_files(tmp_path, SECRETS, but=[TOKEN_FILE])) == ([], [])
    kept = tmp_path / "data" / TOKEN_FILE
    assert MARK in kept.read_text()
    assert MINE not in kept.read_text()
    assert stat.S_IMODE(kept.stat().st_mode) == 0o600
    assert "DEBUG" in log


async def gone_through(url: str, state: State) -> list[str]:
    """All that a server answers to all scenarios."""
    async with httpx.AsyncClient(base_url=url, timeout=60) as client:
        course = Course(client, state)
        await course.whole()
    return course.told
