"""The client for programs that wait: scripts, threads, a running loop, a forked process."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from typing import Any

import pytest

from hydrophone import perplexity
from hydrophone.perplexity import (
    MODELS,
    ClientConfig,
    ModelAccessError,
    Perplexity,
    ThreadNotFound,
)
from tests.emulators.perplexity_web.scripts import Script
from tests.emulators.perplexity_web.service import WebService
from tests.emulators.perplexity_web.threaded import service_in_a_thread

FAST: dict[str, Any] = {"requests_per_second": 0, "idle_timeout": 5}


@pytest.fixture
def service() -> Iterator[WebService]:
    with service_in_a_thread() as one:
        yield one


def client_of(service: WebService) -> Perplexity:
    token = service.state.accounts[0].token
    return Perplexity(token, ClientConfig(**FAST), origin=service.origin)


def test_asking_returns_the_conversation(service: WebService) -> None:
    with client_of(service) as client:
        conversation = client.create_conversation()
        assert conversation.ask("What?") is conversation
        assert conversation.answer == "Hello world."
        assert conversation.title == "A greeting"
        assert conversation.uuid
        assert conversation.search_results[0].url == "https://one.example/"
        conversation.ask("And then?")
    assert len(service.state.threads) == 1


def test_a_stream_is_read_by_iterating(service: WebService) -> None:
    with client_of(service) as client:
        conversation = client.create_conversation()
        deltas = [step.delta for step in conversation.ask("What?", stream=True)]
        assert "".join(deltas) == conversation.answer == "Hello world."


def test_a_stream_that_is_left_stops_the_service(service: WebService) -> None:
    service.state.scripts = [Script(pieces=("word ",) * 500, gap_s=0.02)]
    with client_of(service) as client:
        for step in client.create_conversation().ask("What?", stream=True):
            if step.delta:
                break
        client.account_tier()
    assert service.state.asked("/rest/sse/perplexity_terminate")


class Alarm(BaseException):
    """Somebody does not want to wait any more."""


@contextmanager
def interrupted(when: Callable[[], object]) -> Iterator[None]:
    """Interrupts what waits inside as Ctrl-C does, as soon as `when` says so."""

    def ring(*_: object) -> None:
        raise Alarm

    def watch() -> None:
        while not when():
            time.sleep(0.005)
        signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGUSR1)

    before = signal.signal(signal.SIGUSR1, ring)
    watcher = threading.Thread(target=watch, daemon=True)
    watcher.start()
    try:
        with pytest.raises(Alarm):
            yield
    finally:
        watcher.join(5)
        signal.signal(signal.SIGUSR1, before)


@pytest.mark.skipif(not hasattr(signal, "pthread_kill"), reason="this system has no such signals")
@pytest.mark.parametrize("stream", [True, False])
def test_whoever_is_interrupted_stops_the_service_and_may_ask_again(
    service: WebService, stream: bool
) -> None:
    service.state.scripts = [Script(pieces=("word ",) * 500, gap_s=0.05)]
    with client_of(service) as client:
        conversation = client.create_conversation()
        with interrupted(lambda: conversation.answer):
            for _ in conversation.ask("What?", stream=stream):
                pass
        assert len(service.state.asked("/rest/sse/perplexity_terminate")) == 1
        service.state.scripts = [Script()]
        assert conversation.ask("And then?").answer == "Hello world."


def test_a_stream_of_a_closed_client_ends_with_an_error(service: WebService) -> None:
    service.state.scripts = [Script(pieces=("word ",) * 50, gap_s=0.02)]
    client = client_of(service)
    steps = iter(client.create_conversation().ask("What?", stream=True))
    next(steps)
    client.close()
    with pytest.raises(RuntimeError, match="closed"):
        next(steps)


def test_a_stream_that_nobody_reads_asks_nothing(service: WebService) -> None:
    with client_of(service) as client:
        conversation = client.create_conversation().ask("What?", stream=True)
        assert conversation.answer is None
        client.account_tier()
    assert not service.state.asked("/rest/sse/perplexity_ask")


def test_the_library_of_the_account_is_at_hand(service: WebService) -> None:
    with client_of(service) as client:
        client.create_conversation().ask("What?")
        (listed,) = client.threads()
        client.rename_thread(listed.slug, "Whales")
        client.share_thread(listed.slug, public=True)
        (thread,) = service.state.threads.values()
        assert (thread.title, thread.access) == ("Whales", 2)
        client.share_thread(listed.slug, public=False)
        assert thread.access == 1
        assert client.read_thread(listed.uuid).entries[0].query == "What?"
        assert client.export_thread(listed.slug, "pdf").name == "x.pdf"
        again = client.resume(listed.slug)
        assert again.ask("And then?").answer == "Hello world."
        client.delete_thread(listed.slug)
        assert client.threads() == []
        with pytest.raises(ThreadNotFound):
            client.resume(listed.slug)


def test_the_account_is_at_hand(service: WebService) -> None:
    with client_of(service) as client:
        assert client.quota().remaining["pro"] == 300
        assert [one.id for one in client.connectors()] == ["google_drive"]
        assert [one.uuid for one in client.spaces()] == ["space-1"]
        profile = client.profile()
        assert profile is not None
        assert profile.tier == client.account_tier() == "pro"
        assert set(client.models()) >= set(MODELS)


def test_errors_reach_the_caller(service: WebService) -> None:
    with client_of(service) as client, pytest.raises(ModelAccessError):
        client.create_conversation().ask("What?", model="claude-opus-4.6")


def test_several_threads_share_a_client(service: WebService) -> None:
    with client_of(service) as client, ThreadPoolExecutor(4) as pool:

        def ask(number: int) -> str | None:
            return client.create_conversation().ask(f"What is {number}?").answer

        assert list(pool.map(ask, range(8))) == ["Hello world."] * 8


async def test_it_works_where_a_loop_runs_already(service: WebService) -> None:
    with client_of(service) as client:
        assert client.create_conversation().ask("What?").answer == "Hello world."


def test_a_closed_client_opens_again(service: WebService) -> None:
    client = client_of(service)
    conversation = client.create_conversation()
    conversation.ask("What?")
    client.close()
    client.close()
    assert conversation.ask("And then?").answer == "Hello world."
    client.close()


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_forked_process_goes_on_with_a_conversation(service: WebService) -> None:
    with client_of(service) as client:
        conversation = client.create_conversation()
        conversation.ask("What?")
        child = os.fork()
        if child == 0:
            right = False
            try:
                right = conversation.ask("And then?").answer == "Hello world."
            finally:
                os._exit(0 if right else 1)
        _, status = os.waitpid(child, 0)
        assert os.waitstatus_to_exitcode(status) == 0
    asked = service.state.asked("/rest/sse/perplexity_ask")
    assert asked[1].body["params"]["query_source"] == "followup"


@pytest.mark.skipif(not hasattr(os, "fork"), reason="this system does not fork")
@pytest.mark.filterwarnings("ignore:.*multi-threaded.*fork:DeprecationWarning")
def test_a_stream_belongs_to_the_process_that_began_it(service: WebService) -> None:
    service.state.scripts = [Script(pieces=("word ",) * 6, gap_s=0.02)]
    with client_of(service) as client:
        steps = iter(client.create_conversation().ask("What?", stream=True))
        deltas = [next(steps).delta]
        child = os.fork()
        if child == 0:
            told = 1
            try:
                next(steps)
            except RuntimeError:
                told = 0
            finally:
                os._exit(told)
        _, status = os.waitpid(child, 0)
        assert os.waitstatus_to_exitcode(status) == 0
        deltas += [step.delta for step in steps]
    assert "".join(deltas) == "word " * 6


def test_all_public_names_are_there() -> None:
    for name in perplexity.__all__:
        assert getattr(perplexity, name)
    with pytest.raises(AttributeError):
        _ = perplexity.Nothing


def test_no_repr_shows_the_token(service: WebService) -> None:
    with client_of(service) as client:
        conversation = client.create_conversation()
        conversation.ask("What?")
        shown = f"{client!r}{conversation!r}{vars(client)}{vars(conversation)}{client._client!r}"
        assert service.state.accounts[0].token not in shown
