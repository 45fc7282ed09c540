"""A report in the background of a real server that is killed: nothing of it is lost or doubled."""

from __future__ import annotations

import http.client
import json
import random
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from typing import Any, TypeAlias

import pytest

from tests.app.ledger import Row, rows
from tests.app.modelling import modelling, settings_for
from tests.emulators.openai_model import ModelServer, Reply
from tests.running import Server, Shell, serving

Events: TypeAlias = list[dict[str, Any]]

QUESTION = "How do I add my own documents, and which formats can be read?"
ASKED = {"preset": "high", "input": QUESTION, "background": True}
PATIENCE_S = 60.0
# Sub-questions, an outline and the text of every section, whatever is asked of the model.
SAID = "Adding files with one command\nReading the formats of files\nCrawling whole sites"


@pytest.fixture
def shell(documented_shell: Shell) -> Shell:
    """With some of the documentation in it, vectors and all."""
    return documented_shell


@contextmanager
def streaming(server: Server, path: str, body: object = None) -> Iterator[Iterator[dict[str, Any]]]:
    """The events of a stream as they come; it is lost on leaving."""
    connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE_S)
    sent = None if body is None else json.dumps(body)
    headers = {"Content-Type": "application/json"}
    connection.request("GET" if body is None else "POST", path, sent, headers)
    try:
        response = connection.getresponse()
        assert response.status == 200, response.read()
        lines = (line for line in response if line.startswith(b"data: "))
        yield (json.loads(line[6:]) for line in lines if line.endswith(b"\n"))
    finally:
        connection.close()


def up_to(events: Iterator[dict[str, Any]], fits: Callable[[dict[str, Any]], bool]) -> Events:
    """The events up to the first that fits, or all."""
    seen: Events = []
    for event in events:
        seen.append(event)
        if fits(event):
            break
    return seen


def is_text(event: dict[str, Any]) -> bool:
    return event["type"] == "response.output_text.delta"


def check(shell: Shell, server: Server, seen: Events, *, reports: int = 1) -> None:
    """What was seen, piece by piece, is the stream of the stored response, which ended once."""
    assert [one["sequence_number"] for one in seen] == list(range(len(seen)))
    assert [one["type"] for one in seen].count("response.created") == 1
    assert seen[-1]["type"] == "response.completed"
    response_id = seen[0]["response"]["id"]
    with streaming(server, f"/v1/responses/{response_id}?stream=true") as again:
        assert list(again) == seen
    body = server.request(f"/v1/responses/{response_id}").json
    [message] = [item for item in body["output"] if item["type"] == "message"]
    text = message["content"][0]["text"]
    assert "".join(one["delta"] for one in seen if is_text(one)) == text
    headings = [line for line in text.splitlines() if line.startswith("## ")]
    assert len(headings) == len(set(headings)) >= 1
    key = response_id.removeprefix("resp_")
    written = rows(shell.data_dir)
    assert written[-1] == Row("agent", "sonar-deep-research", "done", key)
    assert len(written) == reports


@contextmanager
def hesitant(sections: int) -> Iterator[tuple[ModelServer, Callable[[], None]]]:
    """A language model that falls silent after so many sections; the call makes it speak again."""
    written = 0
    silent = True

    def choose(body: Any) -> Reply:
        nonlocal written
        if "Write the section" not in str(body["messages"][-1]["content"]):
            return Reply(SAID)
        written += 1
        return Reply(SAID, hang_after=0 if silent and written > sections else None)

    def speak() -> None:
        nonlocal silent
        silent = False

    with modelling() as model:
        model.choose = choose
        yield model, speak


@pytest.mark.timeout(240)
def test_a_stream_is_resumed_behind_what_was_seen_when_its_server_was_killed(
    shell: Shell,
) -> None:
    with hesitant(sections=1) as (model, speak):
        settings = settings_for(model)
        with (
            serving(shell, **settings) as server,
            streaming(server, "/v1/responses", {**ASKED, "stream": True}) as events,
        ):
            seen = up_to(events, is_text)
            server.stop(signal.SIGKILL)
        speak()
        path = f"/v1/responses/{seen[0]['response']['id']}?stream=true"
        with serving(shell, **settings) as server:
            last = seen[-1]["sequence_number"]
            with streaming(server, f"{path}&starting_after={last}") as events:
                seen += list(events)
            check(shell, server, seen)


@pytest.mark.slow
@pytest.mark.timeout(900)
@pytest.mark.parametrize(("writer", "reports"), [("model", 3), ("quote", 2)])
def test_ten_kills_at_any_moment_leave_whole_streams(
    shell: Shell, writer: str, reports: int
) -> None:
    chance = random.Random(writer)
    with modelling() as model:
        model.choose = lambda _: Reply(SAID, delay_s=0.2)
        settings = settings_for(model) if writer == "model" else {"HYDROPHONE_OFFLINE": "1"}
        for number in range(reports):
            seen: Events = []
            for _ in range(2):
                with serving(shell, **settings) as server:
                    seen += until_killed(server, seen, chance.random() * 6)
            with serving(shell, **settings) as server:
                with streaming(server, *rest_of(seen)) as events:
                    seen += list(events)
                check(shell, server, seen, reports=number + 1)


def rest_of(seen: Events) -> tuple[str, object]:
    """The path, and the body if there is one, of what gives the events behind these."""
    if not seen:
        return "/v1/responses", {**ASKED, "stream": True}
    response_id, last = seen[0]["response"]["id"], seen[-1]["sequence_number"]
    return f"/v1/responses/{response_id}?stream=true&starting_after={last}", None


def until_killed(server: Server, seen: Events, delay_s: float) -> Events:
    """The further events until the server is killed, some time after the stream has begun."""
    found: Events = []
    with streaming(server, *rest_of(seen)) as events, suppress(OSError, http.client.HTTPException):
        if not seen:
            found.append(next(events))
        killer = threading.Timer(delay_s, server.process.kill)
        killer.start()
        found.extend(events)
    killer.join()
    server.process.wait()
    return found
