"""An endpoint's refusals in our words."""

from __future__ import annotations

import orjson
import pytest

from hydrophone.errors import (
    AuthenticationError,
    HydrophoneError,
    InvalidModel,
    InvalidRequest,
    NotConfigured,
    UpstreamError,
)
from hydrophone.llm.openai.failures import Refusal, translate
from hydrophone.types import Secret

KEY = Secret("sk-very-secret")


def said(message: object) -> bytes:
    return orjson.dumps({"error": {"message": message, "type": "x"}})


@pytest.mark.parametrize(
    ("status", "body", "kind"),
    [
        (400, said("max_tokens is too large"), InvalidRequest),
        (401, said("Incorrect API key"), NotConfigured),
        (403, b"", NotConfigured),
        (404, said("The model 'x' does not exist"), InvalidModel),
        (404, b"404 page not found", NotConfigured),
        (405, b"", NotConfigured),
        (413, b"", InvalidRequest),
        (422, orjson.dumps({"detail": [{"msg": "field required"}]}), InvalidRequest),
        (302, b"", NotConfigured),
        (429, said("slow down"), UpstreamError),
        (402, said("no credit"), UpstreamError),
        (500, b"", UpstreamError),
    ],
)
def test_each_status_has_its_error(status: int, body: bytes, kind: type[HydrophoneError]) -> None:
    error = translate(Refusal(status, body), where="localhost:1", key=KEY)
    assert isinstance(error, kind)
    assert not isinstance(error, AuthenticationError)


@pytest.mark.parametrize(
    "body",
    [
        said("it is too long"),
        b'{"error": "it is too long"}',
        b'{"message": "it is too long"}',
        b'{"detail": "it is too long"}',
        b'{"detail": [{"loc": ["body"], "msg": "it is too long"}]}',
        b'[{"error": {"message": "it is too long"}}]',
        b"it is\n  too long",
    ],
)
def test_the_endpoints_own_words_are_kept_in_every_form(body: bytes) -> None:
    error = translate(Refusal(400, body), where="localhost:1", key=None)
    assert error.message.endswith("refuses the request: it is too long")


@pytest.mark.parametrize("body", [b"", b"null", b"{}", b'{"error": {"message": 5}}', b"\xff"])
def test_a_refusal_without_words_is_told_too(body: bytes) -> None:
    assert "(500)" in translate(Refusal(500, body), where="localhost:1", key=None).message


@pytest.mark.parametrize("status", [400, 401, 404, 429, 500])
def test_the_key_is_never_repeated(status: int) -> None:
    body = said(f"model? Incorrect API key provided: {KEY.reveal()}.")
    error = translate(Refusal(status, body), where="localhost:1", key=KEY)
    assert KEY.reveal() not in error.message


def test_long_words_of_an_endpoint_are_cut() -> None:
    error = translate(Refusal(500, b"x" * 10_000), where="localhost:1", key=None)
    assert len(error.message) < 700


@pytest.mark.parametrize(
    ("status", "again"), [(429, True), (500, True), (503, True), (400, False), (404, False)]
)
def test_only_busy_and_broken_endpoints_are_asked_again(status: int, again: bool) -> None:
    assert Refusal(status, b"").worth_retrying is again
