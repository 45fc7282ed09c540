"""What is recorded plays again to the same events; nothing of the request's context is recorded."""

from __future__ import annotations

import asyncio
import gzip
import json
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import pytest
from pydantic import SecretStr

from hydrophone.app.models import LocalModels
from hydrophone.app.recording import recording_engine, replay
from hydrophone.engine.profile import Profile
from hydrophone.engine.recording.player import Calls, NotRecorded, Order
from hydrophone.engine.recording.tape import (
    PageRead,
    SearchCall,
    error_of,
    failure_of,
    read_tape,
    write_tape,
)
from hydrophone.errors import DocumentError, InvalidRequest, RateLimited, UpstreamError
from hydrophone.llm.base import ChatModel, ModelDelta
from hydrophone.llm.overlap import WordOverlap
from hydrophone.llm.scripted import ScriptedChatModel, ScriptItem
from hydrophone.llm.tokens import WordCounter
from hydrophone.ports import SearchOutcome
from hydrophone.search.pages import Pages
from hydrophone.settings import Settings
from hydrophone.types import (
    Document,
    Event,
    Failed,
    Finished,
    Notice,
    Principal,
    Question,
    RequestContext,
    SearchOptions,
    SearchResult,
    Secret,
    Text,
    ask,
)

QUESTION = "Who is the harbour master of Port Aurelia?"
PAGE = "The harbour master of Port Aurelia is Ada Quill. She was born by the sea."
FOUND = SearchResult("https://aurelia.example/harbour", "Harbour", "The harbour …", kind="web")
WRITTEN: list[ScriptItem] = [
    ModelDelta(thinking="Hm, "),
    *(ModelDelta(text=char) for char in "Ada Quill is the harbour master [1]. She sings [7]."),
    ModelDelta(finish_reason="stop"),
]


class Web:
    """Finds one page and reads it, or fails at it."""

    def __init__(self, error: Exception | None = None) -> None:
        self.error = error
        self.calls = 0

    async def search(
        self, queries: Sequence[str], options: SearchOptions, context: RequestContext
    ) -> SearchOutcome:
        self.calls += 1
        return SearchOutcome((FOUND,), (Notice("unresponsive_engine", "one is out"),))

    async def read_url(self, url: str, *, typed: bool = False) -> Document:
        if self.error is not None:
            raise self.error
        return Document(url, "Harbour", PAGE)


async def recorded(
    path: Path,
    *,
    model: ChatModel | None = None,
    web: Web | None = None,
    context: RequestContext | None = None,
    question: Question | None = None,
    settings: Settings | None = None,
) -> list[Event]:
    """The events of an answer that is recorded at `path`."""
    web = web or Web()
    engine = recording_engine(
        Profile(chat_model="tiny" if model else None),
        settings or Settings(),
        web,
        LocalModels(None, None, WordOverlap(), WordCounter()),
        model,
        Pages(web),
        None,
        to=path,
    )
    async with engine.answer(question or ask(QUESTION), context or RequestContext()) as events:
        return [event async for event in events]


def text_in(events: Sequence[Event]) -> str:
    return "".join(event.delta for event in events if isinstance(event, Text))


@pytest.mark.parametrize("name", ["answer.jsonl", "answer.jsonl.gz"])
async def test_a_quoted_answer_from_a_page_plays_again(tmp_path: Path, name: str) -> None:
    events = await recorded(tmp_path / name)
    assert "Ada Quill" in text_in(events)
    assert (tmp_path / name).read_bytes().startswith(b"\x1f\x8b") == name.endswith(".gz")
    replayed = await replay(tmp_path / name)
    assert (replayed.events, replayed.differences, replayed.notes) == (len(events), (), ())


@pytest.mark.parametrize("whole", [False, True])
async def test_a_written_answer_plays_again_piece_by_piece(tmp_path: Path, whole: bool) -> None:
    path = tmp_path / "answer.jsonl"
    events = await recorded(
        path, model=ScriptedChatModel(WRITTEN), context=RequestContext(whole=whole)
    )
    assert "Ada Quill is the harbour master [1]." in text_in(events)
    assert (await replay(path)).differences == ()


@pytest.mark.parametrize(
    "script",
    [
        [UpstreamError("gone")],
        [ModelDelta(text="Ada Quill is "), RateLimited("slowly", retry_after_s=3.0)],
    ],
)
async def test_a_failure_plays_again(tmp_path: Path, script: list[ScriptItem]) -> None:
    path = tmp_path / "answer.jsonl"
    events = await recorded(path, model=ScriptedChatModel(script))
    assert isinstance(events[-1], Failed)
    assert (await replay(path)).differences == ()


async def test_a_page_that_could_not_be_read_plays_again(tmp_path: Path) -> None:
    path = tmp_path / "answer.jsonl"
    events = await recorded(path, web=Web(DocumentError("it is empty")))
    assert any(isinstance(event, Notice) and event.kind == "partial" for event in events)
    assert (await replay(path)).differences == ()


async def test_a_replay_searches_nothing(tmp_path: Path) -> None:
    path, web = tmp_path / "answer.jsonl", Web()
    await recorded(path, web=web)
    await replay(path)
    assert web.calls == 1


async def test_an_answer_that_was_broken_off_plays_again_as_far_as_it_came(tmp_path: Path) -> None:
    path = tmp_path / "answer.jsonl"
    web = Web()
    engine = recording_engine(
        Profile(),
        Settings(),
        web,
        LocalModels(None, None, WordOverlap(), WordCounter()),
        None,
        Pages(web),
        None,
        to=path,
    )
    async with engine.answer(ask(QUESTION), RequestContext()) as events:
        await anext(events)
    assert len(read_tape(path).events) == 1
    assert (await replay(path)).differences == ()


async def test_no_secret_of_the_request_or_the_settings_is_recorded(tmp_path: Path) -> None:
    secret = 's3cret"-tökèn'
    settings = Settings(
        model_key=SecretStr(secret),
        brave_api_key=SecretStr(secret),
        api_keys=(SecretStr(secret),),
        model_url=f"http://user:{secret}@models.example/v1",
        edgar_user_agent=secret,
        host=secret,
    )
    context = RequestContext(
        principal=Principal("key", secret, secret), credential=Secret(secret), request_id=secret
    )
    told = UpstreamError(f"the server says: no such key {secret}")
    path = tmp_path / "answer.jsonl"
    await recorded(path, model=ScriptedChatModel([told]), context=context, settings=settings)
    body = path.read_text("utf-8")
    assert "the server says" in body
    for form in (secret, json.dumps(secret)[1:-1], "s3cret", "tök", "t\\u00f6k"):
        assert form not in body
    assert path.stat().st_mode & 0o77 == 0


async def test_changed_code_is_shown_as_a_difference(tmp_path: Path) -> None:
    path = tmp_path / "answer.jsonl"
    await recorded(path)
    tape = read_tape(path)
    tape.events = [
        Text("Something else.") if isinstance(event, Text) else event for event in tape.events
    ]
    write_tape(tape, path)
    replayed = await replay(path)
    (difference,) = replayed.differences
    assert "Something else." in difference.recorded[0]
    assert "Ada Quill" in difference.replayed[0]
    assert not replayed.same


async def test_a_recording_can_be_brought_up_to_date(tmp_path: Path) -> None:
    path = tmp_path / "answer.jsonl"
    await recorded(path)
    tape = read_tape(path)
    tape.events = tape.events[-1:]
    tape.counts.clear()
    write_tape(tape, path)
    assert not (await replay(path, update=True)).same
    replayed = await replay(path)
    assert (replayed.same, replayed.notes) == (True, ())


async def test_a_prompt_that_changed_is_told_and_its_reply_played(tmp_path: Path) -> None:
    path = tmp_path / "answer.jsonl"
    await recorded(path, model=ScriptedChatModel(WRITTEN))
    body = path.read_text("utf-8").replace("Answer the question", "Answer this question")
    path.write_text(body, "utf-8")
    replayed = await replay(path)
    assert replayed.differences == ()
    assert any("prompts are not what they were" in note for note in replayed.notes)


async def test_what_is_not_in_the_recording_fails_and_says_so(tmp_path: Path) -> None:
    path = tmp_path / "answer.jsonl"
    await recorded(path)
    tape = read_tape(path)
    tape.calls = [call for call in tape.calls if not isinstance(call, SearchCall)]
    write_tape(tape, path)
    replayed = await replay(path)
    assert "is not in the recording" in "".join(replayed.differences[0].replayed)


async def test_calls_end_in_the_order_in_which_they_ended() -> None:
    first, second = PageRead("https://a.example/1", False), PageRead("https://a.example/2", False)
    calls = Calls([first, second], Order([first, second]))
    ended: list[str] = []

    async def read(url: str) -> None:
        ended.append((await calls.next(url, lambda one: one.url == url)).url)

    await asyncio.gather(read(second.url), read(first.url))
    assert ended == [first.url, second.url]
    with pytest.raises(NotRecorded):
        await read("https://a.example/3")


def test_errors_are_raised_again_as_what_they_were() -> None:
    limited = RateLimited("slowly", retry_after_s=3.0)
    wrong = InvalidRequest("no", param="model", code="invalid_message")
    for error in (limited, wrong):
        failure = failure_of(error)
        assert failure is not None
        again = error_of(failure)
        assert type(again) is type(error)
        for name in ("message", "code", "status", "retryable", "param", "retry_after_s"):
            assert getattr(again, name, None) == getattr(error, name, None)
    unknown = replace(failure, classes=("NoSuchError", *failure.classes))
    assert type(error_of(unknown)) is InvalidRequest
    assert failure_of(ValueError("a defect")) is None


@pytest.mark.parametrize(
    ("body", "said"),
    [
        (b"", "no recording"),
        (b"{}\n{}\n", "version None"),
        (b'{"v":1,"type":"recording","recording":99}\n{}\n', "version 99"),
        (b"\x1f\x8bbroken", "no recording"),
        (gzip.compress(b"hello\nyou\n", mtime=0), "no recording"),
    ],
)
def test_what_is_no_recording_is_refused(tmp_path: Path, body: bytes, said: str) -> None:
    path = tmp_path / "answer.jsonl"
    path.write_bytes(body)
    with pytest.raises(DocumentError, match=said):
        read_tape(path)


async def test_a_server_keeps_a_file_for_each_request(tmp_path: Path) -> None:
    for _ in range(2):
        events = await recorded(tmp_path)
        assert isinstance(events[-1], Finished)
    files = sorted(tmp_path.glob("*.jsonl.gz"))  # noqa: ASYNC240 - two files
    assert len(files) == 2
    assert (await replay(files[0])).same
