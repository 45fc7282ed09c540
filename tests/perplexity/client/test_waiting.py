"""The client for programs that wait: scripts, threads, a running loop, a forked process."""

from __future__ import annotations

import os
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from typing import Any

import pytest

from hydrophone import perplexity
from hydrophone.perplexity import ClientConfig, ModelAccessError, Perplexity
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
