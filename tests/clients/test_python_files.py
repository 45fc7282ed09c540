"""Files and pictures that Python clients send beside a question, to a server as it is shipped."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.clients.driving import DEADLINE_S, Outcomes, drive
from tests.clients.serving import Running
from tests.clients.shipped import PDF_FACT, PICTURE_URI, ModelThread

pytestmark = pytest.mark.timeout(4 * DEADLINE_S)

QUESTION = "How much does the crane of Port Aurelia lift?"
SEEN = "A red point."
DRIVEN = {
    "openai": "openai-3",
    "perplexity": "perplexityai",
    "langchain": "langchain-perplexity",
    "litellm": "litellm",
}


@pytest.fixture(scope="module")
def writing(
    writing_server: Running, model: ModelThread, files: dict[str, str]
) -> Mapping[str, Outcomes]:
    """What each client made of a server with a language model that sees."""
    model.say(SEEN)
    return driven(writing_server, files)


def driven(server: Running, files: Mapping[str, str]) -> dict[str, Outcomes]:
    more = {
        "CLIENTS_QUESTION": QUESTION,
        "PERPLEXITY_BASE_URL": server.url,
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
        **files,
    }
    return {
        client: drive(name, "drive_files.py", server, client, more=more)
        for client, name in DRIVEN.items()
    }


def text_of(answer: Any) -> str:
    text: str = answer["choices"][0]["message"]["content"]
    return text


def shown(model: ModelThread) -> list[Any]:
    """The contents of all turns that the language model was sent."""
    asked = [request.body or {} for request in model.server.requests]
    return [turn["content"] for body in asked for turn in body.get("messages", [])]


@pytest.mark.parametrize(
    ("client", "part"),
    [
        ("openai", "file_url"),
        ("openai", "pdf_url"),
        ("openai", "file"),
        ("perplexity", "file_url"),
        ("perplexity", "pdf_url"),
        ("langchain", "file_url"),
        ("langchain", "pdf_url"),
        ("litellm", "file"),
    ],
)
def test_a_pdf_is_read_and_becomes_a_source(
    client: str, part: str, writing: Mapping[str, Outcomes], model: ModelThread
) -> None:
    answer = writing[client][part]
    assert text_of(answer) == SEEN
    assert answer["citations"][0].startswith("attachment:")
    if part != "pdf_url":  # which has no field for a name
        assert answer["citations"][0] == "attachment:crane.pdf"
    assert any(PDF_FACT in str(content) for content in shown(model))


@pytest.mark.parametrize("client", ["openai", "perplexity", "langchain"])
def test_what_is_no_base64_is_refused(client: str, writing: Mapping[str, Outcomes]) -> None:
    error = writing[client]["no base64"]["error"]
    assert (error["class"], error["status"]) == ("BadRequestError", 400)


@pytest.mark.parametrize("client", DRIVEN)
def test_a_picture_goes_to_the_language_model(
    client: str, writing: Mapping[str, Outcomes], model: ModelThread
) -> None:
    assert text_of(writing[client]["picture"]) == SEEN
    parts = [part for content in shown(model) if isinstance(content, list) for part in content]
    assert PICTURE_URI in [
        part["image_url"]["url"] for part in parts if part["type"] == "image_url"
    ]
