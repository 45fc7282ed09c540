"""Requests as four front ends send them: their headers, their fields, their ways to send files.

The shapes follow the programs' own sources; the words are ours.
"""

from __future__ import annotations

import base64
import json
from collections.abc import Mapping
from typing import Any

import httpx
import pytest

from tests.app.sessions.asking import ASK, CHAT
from tests.clients.shipped import PICTURE, PICTURE_URI
from tests.emulators.perplexity_web.service import WebService

PDF = b"%PDF-1.7 whale"
PDF_URI = f"data:application/pdf;base64,{base64.b64encode(PDF).decode()}"
USAGE = {"stream_options": {"include_usage": True}}
HELLO = [{"role": "user", "content": "Hi"}, {"role": "assistant", "content": "Hello, you"}]


async def streamed(
    client: httpx.AsyncClient, body: Mapping[str, Any], headers: Mapping[str, str] | None = None
) -> tuple[str, dict[str, Any]]:
    """The text of a stream, and its last chunk."""
    answer = await client.post(CHAT, json={**body, "stream": True}, headers=headers)
    assert answer.status_code == 200, answer.text
    frames = [line[6:] for line in answer.text.splitlines() if line.startswith("data: ")]
    assert frames.pop() == "[DONE]"
    chunks = [json.loads(one) for one in frames]
    text = "".join(one["choices"][0]["delta"].get("content") or "" for one in chunks)
    return text, chunks[-1]


def asked(service: WebService) -> Any:
    """What the service was asked, once."""
    (seen,) = service.state.asked(ASK)
    return seen.body


def uploads(service: WebService) -> list[tuple[str, str, bytes | None]]:
    found = service.state.uploads.values()
    return [(one.filename, one.content_type, one.data) for one in found]


def part(text: str) -> dict[str, Any]:
    return {"type": "text", "text": text}


def picture(url: str, **more: Any) -> dict[str, Any]:
    return {"type": "image_url", "image_url": {"url": url, **more}}


async def test_open_webui_sends_a_pdf_where_an_image_belongs(
    client: httpx.AsyncClient, service: WebService
) -> None:
    headers = {
        "HTTP-Referer": "https://openwebui.com/",
        "X-Title": "Open WebUI",
        "X-OpenWebUI-User-Name": "Ada",
    }
    models = await client.get("/v1/models", headers=headers)
    assert "perplexity-auto" in [one["id"] for one in models.json()["data"]]
    body = {
        "model": "perplexity-auto",
        "messages": [
            {"role": "system", "content": "Be brief"},
            {"role": "user", "content": [part("Sum it up"), picture(PDF_URI)]},
        ],
        "params": {},
        **USAGE,
    }
    text, last = await streamed(client, body, headers)
    assert text == "Hello world."
    assert last["usage"]["total_tokens"] > 0
    assert last["citations"]
    assert asked(service)["query_str"] == "[System]: Be brief\n\nSum it up"
    assert uploads(service) == [("file-1.pdf", "application/pdf", PDF)]
    assert asked(service)["params"]["attachments"]


async def test_open_webui_has_its_title_written(
    client: httpx.AsyncClient, service: WebService
) -> None:
    task = "### Task:\nGenerate a title of three words.\n\n### Chat History:\nUSER: Hi"
    body = {
        "model": "perplexity-auto",
        "messages": [{"role": "user", "content": task}],
        "stream": False,
        "max_completion_tokens": 1000,
    }
    answer = (await client.post(CHAT, json=body)).json()
    assert answer["choices"][0]["message"]["content"] == "Hello world."
    assert asked(service)["query_str"] == task


async def test_librechat_sends_a_developers_words_null_content_and_a_file_part(
    client: httpx.AsyncClient, service: WebService
) -> None:
    call = {"id": "call_1", "type": "function", "function": {"name": "add", "arguments": "{}"}}
    body = {
        "model": "gpt-5.4",
        "user": "65f0c0ffee65f0c0ffee65f0",
        "temperature": 1,
        "top_p": 1,
        "presence_penalty": 0,
        "frequency_penalty": 0,
        "messages": [
            {"role": "developer", "content": "Be brief"},
            {"role": "user", "content": "Hi"},
            {"role": "assistant", "content": None, "tool_calls": [call]},
            {"role": "tool", "tool_call_id": "call_1", "content": "42"},
            {"role": "assistant", "content": None},
            {
                "role": "user",
                "content": [
                    part("Sum it up"),
                    {"type": "file", "file": {"filename": "notes.pdf", "file_data": PDF_URI}},
                ],
            },
        ],
        **USAGE,
    }
    text, _ = await streamed(client, body)
    assert text == "Hello world."
    assert asked(service)["query_str"] == "[System]: Be brief\n\nHi\n\n42\n\nSum it up"
    assert asked(service)["params"]["model_preference"] == "gpt54"
    assert uploads(service) == [("notes.pdf", "application/pdf", PDF)]


async def test_chatbox_sends_pictures_behind_earlier_turns(
    client: httpx.AsyncClient, service: WebService
) -> None:
    headers = {"HTTP-Referer": "https://chatboxai.app", "X-Title": "Chatbox AI"}
    body = {
        "model": "best",
        "temperature": 0.7,
        "top_p": 1,
        "max_tokens": 4096,
        "messages": [
            {"role": "system", "content": "You are a helpful assistant."},
            *HELLO,
            {"role": "user", "content": [part("What is this?"), picture(PICTURE_URI)]},
        ],
        **USAGE,
    }
    text, last = await streamed(client, body, headers)
    assert (text, last["choices"][0]["finish_reason"]) == ("Hello world.", "stop")
    said = "[System]: You are a helpful assistant.\n\nHi\n\nHello, you\n\nWhat is this?"
    assert asked(service)["query_str"] == said
    assert uploads(service) == [("image-1.png", "image/png", PICTURE)]


@pytest.mark.parametrize("most_tokens", [1024, "1024"])
async def test_anythingllm_sends_its_context_and_a_number_as_its_settings_have_it(
    client: httpx.AsyncClient, service: WebService, most_tokens: object
) -> None:
    context = "Be brief\nContext:\n[CONTEXT 0]:\nWhales sing.\n[END CONTEXT 0]\n\n"
    body = {
        "model": "perplexity-sonar",
        "temperature": 0.7,
        "max_tokens": most_tokens,
        "messages": [
            {"role": "system", "content": context},
            *HELLO,
            {"role": "user", "content": [part("And this?"), picture(PICTURE_URI, detail="low")]},
        ],
    }
    text, _ = await streamed(client, body)
    assert text == "Hello world."
    whole = f"[System]: {context.strip()}\n\nHi\n\nHello, you\n\nAnd this?"
    assert asked(service)["query_str"] == whole
    assert uploads(service) == [("image-1.png", "image/png", PICTURE)]


async def test_a_file_that_is_too_large_or_no_base64_is_told_and_not_left_out(
    client: httpx.AsyncClient, service: WebService
) -> None:
    for url in ("data:application/pdf;base64,???", "data:application/pdf;base64,"):
        messages = [{"role": "user", "content": [part("Sum it up"), picture(url)]}]
        answer = await client.post(CHAT, json={"model": "best", "messages": messages})
        assert answer.status_code == 400
        assert answer.json()["error"]["param"] == "messages[0].content[1]"
    assert not service.state.asked(ASK)
