"""Files that the official API refuses: read here, and sent as text."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import orjson

from hydrophone.types import Document, MediaPart, Question, TextPart, Turn
from hydrophone.upstream.answerer import OfficialAnswerer
from hydrophone.upstream.client import OfficialApi
from hydrophone.upstream.files import LEFT_OUT, MOST_CHARS, REFUSED_S, FileTexts
from hydrophone.upstream.signatures import Signatures
from tests.emulators.agent_api import AgentApi, Run
from tests.upstream.conftest import FAST, answered, refusal


class Reading:
    """Attachments whose text is their bytes."""

    async def read(self, part: MediaPart, url: str) -> Document:
        return Document(url, part.name or url, (part.data or b"").decode())


async def attachments() -> Any:
    return Reading()


def with_files(*files: MediaPart) -> Question:
    return Question((Turn("user", (TextPart("What is this?"), *files)),), "sonar")


async def test_files_that_are_refused_are_read_here(apis: Callable[..., OfficialApi]) -> None:
    files = FileTexts(attachments)
    question = with_files(MediaPart("file", "text/plain", data=b"A song.", name="a.txt"))
    async with AgentApi(takes_files=False) as api:
        api_ = apis(api.url)
        answerer = OfficialAnswerer(api_, FAST, Signatures(), deadline_s=10, files=files)
        first = await answered(answerer, question)
        second = await answered(answerer, question)
        kinds = [
            [part["type"] for part in one.body["input"][0]["content"]]
            if isinstance(one.body["input"][0]["content"], list)
            else one.body["input"][0]["content"]
            for one in api.requests
        ]
    assert first.finished.reason == second.finished.reason == "stop"
    text = "What is this?\nFile a.txt:\nA song.\n"
    assert kinds == [["input_text", "input_file"], text, text]


async def test_files_of_several_questions_at_once_are_read_here(
    apis: Callable[..., OfficialApi],
) -> None:
    question = with_files(MediaPart("file", "text/plain", data=b"A song.", name="a.txt"))
    async with AgentApi(takes_files=False) as api:
        answerer = OfficialAnswerer(
            apis(api.url), FAST, Signatures(), deadline_s=10, files=FileTexts(attachments)
        )
        got = await asyncio.gather(*(answered(answerer, question) for _ in range(3)))
    assert [one.finished.reason for one in got] == ["stop"] * 3


async def test_files_go_out_again_an_hour_after_they_were_refused(
    apis: Callable[..., OfficialApi],
) -> None:
    now_s = [0.0]
    files = FileTexts(attachments, clock=lambda: now_s[0])
    question = with_files(MediaPart("file", "text/plain", data=b"A song.", name="a.txt"))
    async with AgentApi(takes_files=False) as api:
        answerer = OfficialAnswerer(apis(api.url), FAST, Signatures(), deadline_s=10, files=files)
        for now_s[0] in (0.0, REFUSED_S - 1, REFUSED_S):
            assert (await answered(answerer, question)).finished.reason == "stop"
        sent = [b"input_file" in orjson.dumps(one.body) for one in api.requests]
    assert sent == [True, False, False, True, False]


async def test_a_file_too_long_is_cut(apis: Callable[..., OfficialApi]) -> None:
    files = FileTexts(attachments)
    long = MediaPart("file", "text/plain", data=b"x" * (MOST_CHARS + 1), name="a.txt")
    read = await files.as_text(with_files(long, MediaPart("file", data=b"y", name="b.txt")))
    first, second = read.turns[0].parts[1:]
    assert isinstance(first, TextPart)
    assert isinstance(second, TextPart)
    assert LEFT_OUT in first.text
    assert second.text == f"File b.txt:\n\n{LEFT_OUT}\n"


async def test_other_refusals_are_not_tried_again(apis: Callable[..., OfficialApi]) -> None:
    question = with_files(MediaPart("file", data=b"A", name="a.txt"))
    error = refusal(400, "invalid_model")
    async with AgentApi(Run(status=400, error=error)) as api:
        answerer = OfficialAnswerer(
            apis(api.url), FAST, Signatures(), deadline_s=10, files=FileTexts(attachments)
        )
        assert (await answered(answerer, question)).failed.code == "invalid_model"
        assert len(api.requests) == 1
