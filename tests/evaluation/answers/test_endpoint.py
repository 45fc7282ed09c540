"""Other engines behind an OpenAI-compatible address."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from typing import Any

import pytest
from aiohttp import web
from aiohttp.test_utils import TestServer

from hydrophone.errors import NotConfigured
from hydrophone.evaluation.answers.endpoint import EndpointAsker
from hydrophone.evaluation.answers.folding import Folding
from hydrophone.evaluation.answers.questions import turn
from hydrophone.evaluation.answers.replies import Reply
from hydrophone.types import Secret, Span
from tests.emulators.openai_model import ModelServer
from tests.emulators.openai_model import Reply as ModelReply
from tests.evaluation.answers.made import TIMES, asked

RESULTS = [
    {"url": "https://a.example/", "title": "A", "snippet": "The crane lifts."},
    {"url": "https://b.example/", "title": "B", "content": "A bell rings."},
]


def chunk(**body: Any) -> bytes:
    return b"data: " + json.dumps(body).encode() + b"\n\n"


def delta(text: str, **more: Any) -> bytes:
    return chunk(choices=[{"index": 0, "delta": {"content": text}}], **more)


async def ask(reply: ModelReply, *, key: Secret | None = None) -> tuple[Reply, list[Any]]:
    async with ModelServer(reply) as server:
        asker = EndpointAsker(server.url, "other", key, deadline_s=10)
        try:
            turns = (turn("user", "a"), turn("agent", "b"), turn("user", "c"))
            return await asker.ask(asked(turns=turns)), list(server.requests)
        finally:
            await asker.close()


async def test_a_stream_in_perplexitys_dialect_is_read() -> None:
    usage = {"prompt_tokens": 9, "completion_tokens": 5, "cost": {"total_cost": 0.006}}
    raw = [
        delta("It lifts [1]", search_results=RESULTS, citations=[one["url"] for one in RESULTS]),
        delta(". [2]", usage=usage),
        chunk(choices=[{"delta": {}, "message": {"content": "It lifts [1]. [2]"}}], usage=usage),
        b"data: [DONE]\n\n",
    ]
    found, requests = await ask(ModelReply(raw=raw), key=Secret("sk-eval"))
    assert found.text == "It lifts [1]. [2]"
    assert [(one.n, one.result.url, one.result.passages[0].text) for one in found.sources] == [
        (1, "https://a.example/", "The crane lifts."),
        (2, "https://b.example/", "A bell rings."),
    ]
    assert found.spent == {"prompt_tokens": 9, "completion_tokens": 5, "cost_usd": 0.006}
    assert found.times.first_source_s is not None
    assert not found.abstained
    [received] = requests
    assert received.headers["Authorization"] == "Bearer sk-eval"
    assert received.body["model"] == "other"
    assert received.body["messages"] == [
        {"role": "user", "content": "a"},
        {"role": "assistant", "content": "b"},
        {"role": "user", "content": "c"},
    ]


async def test_a_plain_model_has_no_sources_and_a_refusal_is_an_error() -> None:
    plain, _ = await ask(ModelReply(text="I do not know the answer."))
    assert (plain.text, plain.sources, plain.abstained) == ("I do not know the answer.", (), True)
    assert plain.spent["prompt_tokens"] == 11
    refused, _ = await ask(ModelReply(status=401, error={"error": {"message": "no such key"}}))
    assert refused.error is not None
    assert refused.text == ""


async def test_a_stream_that_breaks_or_talks_nonsense_is_an_error() -> None:
    nonsense, _ = await ask(ModelReply(raw=[b"data: {oops\n\n"]))
    assert nonsense.error == "the engine sent something that is no JSON"
    failed, _ = await ask(ModelReply(raw=[chunk(error={"message": "overloaded"})]))
    assert failed.error == "overloaded"
    empty, _ = await ask(ModelReply(raw=[delta(""), b"data: [DONE]\n\n"]))
    assert empty.error == "the engine sent no text"


@pytest.mark.parametrize("url", ["127.0.0.1:8000/v1", "ftp://a/v1", "http://"])
def test_an_address_that_is_none_is_said(url: str) -> None:
    with pytest.raises(NotConfigured, match="is no address"):
        EndpointAsker(url, "x", None, deadline_s=1)


def folded(*chunks: Mapping[str, Any]) -> Reply:
    folding = Folding()
    for one in chunks:
        folding.take(one)
    return folding.reply(TIMES, None)


def test_annotations_of_openai_are_sources_and_citations() -> None:
    note = {
        "type": "url_citation",
        "url_citation": {"url": "https://a.example/", "start_index": 0, "end_index": 8},
    }
    flat = {"type": "url_citation", "url": "https://b.example/", "start_index": 9, "end_index": 12}
    message = {"content": "It lifts now", "annotations": [note, flat, note]}
    found = folded({"choices": [{"message": message}]})
    assert [(one.n, one.answer_span) for one in found.citations] == [
        (1, Span(0, 8)),
        (2, Span(9, 12)),
    ]
    assert [one.result.url for one in found.sources] == ["https://a.example/", "https://b.example/"]


def test_thoughts_are_no_part_of_the_answer() -> None:
    note = {"url_citation": {"url": "u", "start_index": 18, "end_index": 21, "quote": "Six tonnes"}}
    content = "<think>Hm.</think>\nSix [1]"
    found = folded({"choices": [{"message": {"content": content, "annotations": [note]}}]})
    assert found.text == "Six [1]"
    assert found.citations[0].quote == found.sources[0].result.passages[0].text == "Six tonnes"


@pytest.mark.parametrize(
    "text",
    [
        "The answer is not in the sources that were found.",
        "I couldn't find any information about that.",
        "The provided documents do not mention who dug it.",
        "There is no information on it in the results.",
        "I'm unable to answer this.",
    ],
)
def test_engines_that_say_they_do_not_know_have_abstained(text: str) -> None:
    assert folded({"choices": [{"message": {"content": text}}]}).abstained


@pytest.mark.parametrize(
    "text", ["It lifts forty tonnes.", "Fog is no obstacle.", "The crane does not lift people."]
)
def test_an_answer_with_a_negation_is_no_silence(text: str) -> None:
    assert not folded({"choices": [{"message": {"content": text}}]}).abstained


def test_our_own_notice_says_it_in_any_language() -> None:
    body = {"choices": [{"message": {"content": "Nein."}}], "notices": [{"type": "not_in_sources"}]}
    assert folded(body).abstained


def test_calls_of_functions_are_told() -> None:
    calls = [{"index": 0, "function": {"name": "mail"}}, {"index": 0, "function": {}}]
    assert folded({"choices": [{"delta": {"tool_calls": calls}}]}).tool_calls == ("mail",)


async def test_cited_pages_are_fetched_once_and_must_have_their_hash() -> None:
    text = "The crane lifts."
    version = hashlib.sha256(text.encode()).hexdigest()
    asked_for: list[str] = []

    async def page(request: web.Request) -> web.Response:
        asked_for.append(request.path)
        known = {version: text, "0" * 64: "Another text."}
        if (found := known.get(request.match_info["version"])) is None:
            return web.json_response({"error": {"message": "none"}}, status=404)
        return web.json_response({"text": found})

    app = web.Application()
    app.router.add_get("/v1/pages/{version}", page)
    async with TestServer(app) as server:
        asker = EndpointAsker(str(server.make_url("/v1")), "x", None, deadline_s=10)
        try:
            assert await asker.text_of(version) == await asker.text_of(version) == text
            assert await asker.text_of("0" * 64) is None
            assert await asker.text_of("1" * 64) is None
            assert await asker.text_of("../models") is None
        finally:
            await asker.close()
    assert asked_for == [f"/v1/pages/{one}" for one in (version, "0" * 64, "1" * 64)]
