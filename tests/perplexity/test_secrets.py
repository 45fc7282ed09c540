"""What must stay secret does: tokens that are used, renewed and given up, whatever goes wrong."""

from __future__ import annotations

import logging
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path

import pytest

from hydrophone.perplexity import (
    AsyncPerplexity,
    ClientConfig,
    Conversation,
    Perplexity,
    PerplexityError,
)
from hydrophone.perplexity.client.conversation import AsyncConversation
from hydrophone.perplexity.errors import HTTPError, ResponseParsingError
from hydrophone.perplexity.login.flow import Login
from hydrophone.types import Secret
from tests.emulators.perplexity_web.scenarios import SCENARIOS, Scenario, answers
from tests.emulators.perplexity_web.service import WebService
from tests.emulators.perplexity_web.state import Account, State
from tests.emulators.perplexity_web.threaded import service_in_a_thread
from tests.showing import leaks, seen_of, shown

# Every token of these tests has it in its midst: the first one, and those that come in its place.
MARK = "c2VjcmV0LW9mLXRlc3Rz"
TOKEN = f"eyJhbGciOiJkaXIi..{MARK}.dGhlLXRva2Vu.dGFn"
SECRETS = (MARK, "rw-")
PLAIN = "A question without a trap"
QUICK = ClientConfig(requests_per_second=0, max_retries=1, retry_base_delay=0.01, idle_timeout=0.3)


def next_token(number: int) -> str:
    """A token that the service gives in place of another."""
    return f"eyJhbGciOiJkaXIi..{MARK}.{number}.dGFn"


@pytest.fixture(scope="module")
def threaded() -> Iterator[WebService]:
    with service_in_a_thread() as one:
        yield one


@pytest.fixture
async def service() -> AsyncIterator[WebService]:
    async with WebService(State(accounts=[Account(token=TOKEN)])) as one:
        yield one


def test_no_scenario_brings_a_secret_to_light(
    threaded: WebService,
    tmp_path: Path,
    caplog: pytest.LogCaptureFixture,
    capfd: pytest.CaptureFixture[str],
) -> None:
    caplog.set_level(logging.DEBUG)
    state, log, told = threaded.state, tmp_path / "perplexity.log", list[str]()
    renewed = set[str]()
    for number, scenario in enumerate(SCENARIOS):
        state.answers = answers()
        state.accounts[:] = [Account(token=TOKEN)]
        state.rotate_to, state.old_token_uses = next_token(number), 0
        config = ClientConfig(
            requests_per_second=0,
            max_retries=1,
            retry_base_delay=0.01,
            idle_timeout=0.3,
            logging_level="debug",
            log_file=log,
            research_interaction="auto" if scenario.goes_on else "manual",
        )

        def keep(token: Secret) -> None:
            renewed.add(token.reveal())

        with Perplexity(TOKEN, config, origin=threaded.origin, on_token=keep) as client:
            told += asked(client, client.create_conversation(), scenario)
            behind = client.create_conversation()
            behind.ask(PLAIN)
            state.answers = answers()
            told += asked(client, behind, scenario)
    written = [log.read_text("utf-8"), caplog.text, *capfd.readouterr()]
    assert leaks((*written, *told), SECRETS) == []
    assert renewed == {next_token(number) for number in range(len(SCENARIOS))}
    assert len(told) > 10 * len(SCENARIOS)
    assert written[0].count("has renewed") == len(SCENARIOS)


def asked(client: Perplexity, conversation: Conversation, scenario: Scenario) -> Iterator[str]:
    """What a program could print of a question and of all that came of it."""
    try:
        for step in conversation.ask(scenario.name, scenario.model, stream=True):
            yield from seen_of(step)
    except PerplexityError as error:
        yield from shown(error)
    for one in (client, conversation, conversation.search_results, conversation.notices):
        yield from seen_of(one)


@dataclass
class Printed:
    """What could be printed of things, and of what goes wrong with them."""

    in_hand: bool = True
    texts: list[str] = field(default_factory=list)
    failed: list[str] = field(default_factory=list)

    async def of(self, work: Awaitable[object]) -> None:
        """What comes of it."""
        try:
            self.texts += seen_of(await work)
        except (PerplexityError, ValueError) as error:
            self.texts += shown(error, in_hand=self.in_hand)
            self.failed.append(type(error).__name__)


Work = Callable[[AsyncPerplexity, AsyncConversation], Awaitable[object]]
ACCOUNT: tuple[tuple[str, Work], ...] = (
    ("/api/auth/session", lambda one, _: one.profile()),
    ("/rest/rate-limit/all", lambda one, _: one.quota()),
    ("/rest/collections/list_user_collections", lambda one, _: one.spaces()),
    ("/rest/models/config", lambda one, _: one.model_list.refresh()),
    ("/rest/thread/list_ask_threads", lambda one, _: threads_of(one)),
    ("/rest/thread/set_thread_title", lambda one, it: one.history.rename(id_of(it), "Else")),
    (
        "/rest/thread/update_thread_access",
        lambda one, it: one.history.share(id_of(it), public=True),
    ),
    ("/rest/entry/export", lambda one, it: one.history.export(id_of(it))),
    ("/rest/uploads/batch_create_upload_urls", lambda _, it: it.ask("?", files=[(b"x", "a.txt")])),
    ("/bucket/", lambda _, it: it.ask("?", files=[(b"x", "a.txt")])),
    ("/rest/sse/perplexity_ask", lambda _, it: it.ask("?")),
    (
        "/rest/thread/delete_thread_by_entry_uuid",
        lambda one, it: one.history.delete(id_of(it)),
    ),
)


@pytest.mark.parametrize(
    "refusal",
    [
        None,
        {"status": 403},
        {"status": 200, "text": '{"read_write_token": "rw-1", "x": '},
        {"status": 500, "text": '{"read_write_token":"rw-1"}'},
        {"status": 200, "text": "<html>rw</html>", "content_type": "text/html"},
    ],
)
async def test_nothing_around_a_question_brings_a_secret_to_light(
    service: WebService,
    caplog: pytest.LogCaptureFixture,
    refusal: dict[str, object] | None,
) -> None:
    caplog.set_level(logging.DEBUG)
    printed, state = Printed(), service.state
    async with AsyncPerplexity(TOKEN, QUICK, origin=service.origin) as client:
        conversation = await client.create_conversation().ask(PLAIN)
        state.rotate_to, state.old_token_uses = next_token(0), 0
        await printed.of(client.resume(id_of(conversation)))
        await printed.of(client.history.read(id_of(conversation)))
        for path, work in ACCOUNT:
            state.refusals[path] = [] if refusal is None else [refusal] * 2
            await printed.of(work(client, conversation))
        for one in (client, conversation, conversation.thread, client.history, client.token):
            printed.texts += seen_of(one)
        assert client.token.reveal() == next_token(0)
    assert leaks((caplog.text, *printed.texts), SECRETS) == []
    assert len(printed.failed) == (0 if refusal is None else len(ACCOUNT)), printed.failed


async def test_a_service_that_is_not_there_brings_no_secret_to_light() -> None:
    printed = Printed()
    service = WebService(State(accounts=[Account(token=TOKEN)]))
    await service.__aenter__()
    async with AsyncPerplexity(TOKEN, QUICK, origin=service.origin) as client:
        conversation = await client.create_conversation().ask(PLAIN)
        await service.__aexit__()
        await printed.of(conversation.ask("?"))
        await printed.of(client.history.delete(id_of(conversation)))
        await printed.of(client.quota())
    assert printed.failed == ["NotSent"] * 3
    assert leaks(printed.texts, SECRETS) == []


@pytest.mark.parametrize("wrong", [f"{MARK} {MARK}", f"Cookie: a={MARK}; b=\n", f"{MARK}\x00"])
async def test_what_is_no_token_is_not_shown(wrong: str) -> None:
    for kind in (AsyncPerplexity, Perplexity):
        with pytest.raises(ValueError, match="no session token") as refused:
            kind(wrong)
        assert leaks(shown(refused.value), SECRETS) == []


async def test_signing_in_shows_neither_code_nor_link_nor_token(
    service: WebService, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    state, printed = service.state, Printed(in_hand=False)
    state.accounts[0].totp = "654321"
    callback = "/api/auth/callback/email"
    async with Login(origin=service.origin) as login:
        await login.send_mail("someone@example.org")
        mail = dict(state.outbox[-1])
        secrets = (mail["code"], mail["link"].partition("token=")[2].partition("&")[0])
        for refusal in ({"wall": True}, {"status": 500, "text": "no"}):
            state.refusals[callback] = [refusal]
            await printed.of(login.finish(mail["link"]))
        with suppress(PerplexityError):
            await login.finish(mail["link"])
        await printed.of(login.second_factor("111111"))
        token = await login.second_factor("654321")
        printed.texts += [*seen_of(login), *seen_of(token)]
    assert token.reveal() == TOKEN
    client_log = [one.getMessage() for one in caplog.records if "aiohttp" not in one.name]
    assert leaks((*client_log, *printed.texts), (*secrets, *SECRETS)) == []
    assert len(printed.failed) == 3


@pytest.mark.parametrize(
    "sent",
    [
        '{"read_write_token":"rw-1","a":1}',
        '{"a": {"read_write_token" : "rw-1',
        '{"text": "{\\"read_write_token\\": \\"rw-1\\"}"}',
        "{'csrfToken': 'rw-1'}",
        "https://x.example/?a=1&token=rw-1&b=2",
        "__Secure-next-auth.session-token=rw-1; Path=/",
        "__Secure-next-auth.session-token.0=rw-1",
    ],
)
def test_what_the_service_sent_is_shown_without_tokens(sent: str) -> None:
    shown_of = ResponseParsingError("?", sent).raw_data, HTTPError("?", response_body=sent)
    assert leaks([str(shown_of[0]), str(shown_of[1].response_body)], ["rw-1"]) == []
    assert str(shown_of[0])[:5] == sent[:5]


async def threads_of(client: AsyncPerplexity) -> list[object]:
    """The account's conversations."""
    return [one async for one in client.history.threads()]


def id_of(conversation: AsyncConversation) -> str:
    """The conversation's id, once it was asked something."""
    assert conversation.uuid is not None
    return conversation.uuid
