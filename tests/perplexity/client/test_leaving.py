"""What is left half-way: closed clients, dropped clients, and streams that nobody reads on."""

from __future__ import annotations

import asyncio
import gc
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from typing import Any

import pytest

from hydrophone.perplexity import (
    AsyncPerplexity,
    ClientConfig,
    Conversation,
    Perplexity,
    StreamingError,
)
from tests.emulators.perplexity_web.scripts import Script
from tests.emulators.perplexity_web.service import WebService
from tests.emulators.perplexity_web.threaded import service_in_a_thread

STOP = "/rest/sse/perplexity_terminate"
LONG = Script(pieces=("word ",) * 500, gap_s=0.02)
_LEFT_AT_EXIT = """
import sys
from hydrophone.perplexity import ClientConfig, Perplexity
client = Perplexity(sys.argv[1], ClientConfig(requests_per_second=0), origin=sys.argv[2])
steps = iter(client.create_conversation().ask("What?", stream=True))
print(next(steps).answer)
"""


@pytest.fixture
def service() -> Iterator[WebService]:
    with service_in_a_thread() as one:
        yield one


def client_of(service: WebService, per_second: float = 0, timeout: float = 3600) -> Perplexity:
    config = ClientConfig(requests_per_second=per_second, idle_timeout=5, timeout=timeout)
    return Perplexity(service.state.accounts[0].token, config, origin=service.origin)


def elsewhere(work: Callable[[], Any]) -> Callable[[], Any]:
    """Begin the work in another thread; what is returned gives its outcome, and waits not long."""
    outcome: list[Any] = []

    def run() -> None:
        try:
            outcome.append(work())
        except BaseException as error:
            outcome.append(error)

    thread = threading.Thread(target=run, daemon=True)
    thread.start()

    def ended() -> Any:
        thread.join(15)
        assert outcome, "it waits for ever"
        return outcome[0]

    return ended


def until(true: Callable[[], object]) -> None:
    """Wait for what comes soon."""
    pause = threading.Event()
    for _ in range(3_000):
        if true():
            return
        pause.wait(0.005)
    raise AssertionError("it has not come")


def in_a_cycle(held: object) -> None:
    """Have the object reached from garbage alone, which the collector finds."""
    cycle: list[object] = [held]
    cycle.append(cycle)


@pytest.mark.parametrize("stream", [True, False])
def test_closing_ends_what_waits_and_stops_the_service(service: WebService, stream: bool) -> None:
    service.state.scripts = [LONG]
    client = client_of(service)
    conversation = client.create_conversation()
    asked = elsewhere(lambda: list(conversation.ask("What?", stream=stream)))
    until(lambda: conversation.answer)
    elsewhere(client.close)()
    outcome = asked()
    assert isinstance(outcome, RuntimeError)
    assert "closed" in str(outcome)
    assert len(service.state.asked(STOP)) == 1
    assert client._background is not None
    assert not client._background._thread.is_alive()


@pytest.mark.parametrize("hanging", [True, False])
def test_closing_ends_what_waits_for_its_slot_or_for_silence(
    service: WebService, hanging: bool
) -> None:
    service.state.scripts = [Script(hang_after=1)]
    client = client_of(service, 0 if hanging else 0.01)
    asked = elsewhere(lambda: client.create_conversation().ask("What?"))
    first = "/rest/sse/perplexity_ask" if hanging else "/api/auth/session"
    until(lambda: service.state.asked(first))
    elsewhere(client.close)()
    assert isinstance(asked(), RuntimeError)


def test_a_client_that_was_closed_while_it_asked_opens_again(service: WebService) -> None:
    service.state.scripts = [LONG, Script()]
    client = client_of(service)
    conversation = client.create_conversation()
    asked = [elsewhere(lambda: conversation.ask("What?")) for _ in range(2)]
    until(lambda: conversation.answer)
    elsewhere(client.close)()
    assert all(isinstance(one(), RuntimeError) for one in asked)
    again = [elsewhere(lambda: conversation.ask("And then?")) for _ in range(2)]
    assert [one() for one in again] == [conversation] * 2
    assert conversation.answer == "Hello world."
    client.close()


def test_a_stream_found_by_the_collector_in_the_clients_own_thread_is_left(
    service: WebService,
) -> None:
    service.state.scripts = [LONG, Script()]
    client = client_of(service)

    def leave() -> None:
        steps = iter(client.create_conversation().ask("What?", stream=True))
        next(steps)
        in_a_cycle(steps)

    gc.disable()
    try:
        elsewhere(leave)()
        background = client._background
        assert background is not None
        background._loop.call_soon_threadsafe(gc.collect)
        asked = elsewhere(lambda: client.create_conversation().ask("Again?").answer)
        assert asked() == "Hello world."
    finally:
        gc.enable()
    until(lambda: service.state.asked(STOP))
    elsewhere(client.close)()
    assert len(service.state.asked(STOP)) == 1


def test_the_collector_waits_for_nothing(service: WebService) -> None:
    service.state.scripts = [LONG]
    client = client_of(service)
    steps = iter(client.create_conversation().ask("What?", stream=True))
    next(steps)
    background = client._background
    assert background is not None
    held, freed = threading.Event(), threading.Event()

    def hold() -> None:
        held.set()
        freed.wait(20)

    background._loop.call_soon_threadsafe(hold)
    held.wait(5)
    in_a_cycle(steps)
    del steps
    gc.collect()  # while the client's thread can do nothing
    assert not service.state.asked(STOP)
    freed.set()
    until(lambda: service.state.asked(STOP))
    client.close()


def test_a_stream_that_is_left_has_stopped_the_service_already(service: WebService) -> None:
    service.state.scripts = [LONG]
    with client_of(service) as client:
        for step in client.create_conversation().ask("What?", stream=True):
            if step.delta:
                break
        assert len(service.state.asked(STOP)) == 1


def test_dropped_clients_end_their_threads(service: WebService) -> None:
    threads = []
    for _ in range(3):
        client = client_of(service)
        client.create_conversation().ask("What?")
        assert client._background is not None
        threads.append(client._background._thread)
    del client
    gc.collect()
    until(lambda: not any(thread.is_alive() for thread in threads))


def test_a_client_lives_so_long_as_its_conversation(service: WebService) -> None:
    service.state.scripts = [Script(pieces=("word ",) * 5)]
    steps = iter(client_of(service).create_conversation().ask("What?", stream=True))
    gc.collect()
    assert "".join(step.delta for step in steps) == "word " * 5


def test_a_program_that_ends_half_way_stops_the_service(service: WebService) -> None:
    service.state.scripts = [LONG]
    token = service.state.accounts[0].token
    run = subprocess.run(
        [sys.executable, "-W", "error", "-c", _LEFT_AT_EXIT, token, service.origin],
        capture_output=True,
        text=True,
        timeout=40,
        check=False,
    )
    assert (run.returncode, run.stderr) == (0, "")
    assert len(service.state.asked(STOP)) == 1


def test_the_clients_own_thread_cannot_wait_for_itself(service: WebService) -> None:
    client = client_of(service)
    told: list[str] = []
    done = threading.Event()

    def call() -> None:  # as `on_token` is called
        try:
            client.quota()
        except RuntimeError as error:
            told.append(str(error))
        done.set()

    background, _ = client._live()
    background._loop.call_soon_threadsafe(call)
    assert done.wait(10)
    assert "itself" in told[0]
    client.close()


def asked_within_a_stream(
    service: WebService,
    within: Callable[[Conversation], object],
    after: Callable[[Conversation], str],
) -> str:
    """What `after` gives once a stream is read to its end, within which `within` was refused."""
    service.state.scripts = [Script(pieces=("word ",) * 5), Script()]
    client = client_of(service)
    conversation = client.create_conversation()

    def nested() -> str:
        steps = iter(conversation.ask("What?", stream=True))
        next(steps)
        with pytest.raises(RuntimeError, match="half-read"):
            within(conversation)
        assert "".join(step.delta for step in steps) == "word " * 5
        return after(conversation)

    answer: str = elsewhere(nested)()
    client.close()
    return answer


def test_asking_within_the_same_conversations_stream_is_refused(service: WebService) -> None:
    def ask(conversation: Conversation) -> str:
        return conversation.ask("And then?").answer or ""

    assert asked_within_a_stream(service, ask, ask) == "Hello world."
    assert len(service.state.asked("/rest/sse/perplexity_ask")) == 2


def test_a_second_stream_waits_for_the_first_to_be_read(service: WebService) -> None:
    def begin(conversation: Conversation) -> None:
        conversation.ask("And then?", stream=True)
        next(iter(conversation))

    def read(conversation: Conversation) -> str:
        return "".join(step.delta for step in conversation)

    assert asked_within_a_stream(service, begin, read) == "Hello world."


def test_another_thread_waits_for_its_turn(service: WebService) -> None:
    service.state.scripts = [Script(pieces=("word ",) * 5), Script()]
    with client_of(service) as client:
        conversation = client.create_conversation()
        steps = iter(conversation.ask("What?", stream=True))
        next(steps)
        asked = elsewhere(lambda: conversation.ask("And then?").answer)
        assert len(list(steps)) >= 4
        assert asked() == "Hello world."


def test_another_thread_does_not_wait_for_its_turn_for_ever(service: WebService) -> None:
    service.state.scripts = [LONG]
    with client_of(service, timeout=1) as client:
        conversation = client.create_conversation()
        steps = iter(conversation.ask("What?", stream=True))
        next(steps)
        outcome = elsewhere(lambda: conversation.ask("And then?"))()
        assert isinstance(outcome, StreamingError)
        assert "answers before" in outcome.message
    assert len(service.state.asked("/rest/sse/perplexity_ask")) == 1


async def test_asking_within_an_asynchronous_stream_is_refused(service: WebService) -> None:
    service.state.scripts = [Script(pieces=("word ",) * 5), LONG, Script()]
    token, config = service.state.accounts[0].token, ClientConfig(requests_per_second=0)
    async with AsyncPerplexity(token, config, origin=service.origin) as client, asyncio.timeout(20):
        conversation = client.create_conversation()
        deltas = []
        async for step in await conversation.ask("What?", stream=True):
            with pytest.raises(RuntimeError, match="half-read"):
                await conversation.ask("And then?")
            deltas.append(step.delta)
        assert "".join(deltas) == "word " * 5
        async for step in await conversation.ask("What?", stream=True):
            if step.delta:
                break
        await conversation.ask("And then?")  # behind the stream that was left
        assert conversation.answer == "Hello world."
