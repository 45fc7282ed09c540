"""What can go wrong with a model endpoint, in our words, and what is worth another try."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import orjson

from hydrophone.errors import (
    DeadlineExceeded,
    HydrophoneError,
    InvalidModel,
    InvalidRequest,
    NotConfigured,
    UpstreamError,
)
from hydrophone.llm.openai.retries import Retries
from hydrophone.types import Secret

_MESSAGE_CHARS = 500
_REFUSED_AS_SENT = frozenset({400, 413, 415, 422})


class ModelKeyRefused(NotConfigured):
    """The endpoint does not take the key that it is sent: the server's, not the caller's."""


class ModelAddressWrong(NotConfigured):
    """There is no OpenAI-compatible endpoint at the address."""


class ModelUnknown(InvalidModel):
    """The endpoint has no model of this name."""


class ModelRefusedRequest(InvalidRequest):
    """The endpoint says that the request cannot be done as it is."""


class ModelTooSlow(DeadlineExceeded):
    """The endpoint did not answer in time."""


class ModelUnreachable(UpstreamError):
    """No connection to the endpoint, or none that lasted to the end of the reply."""


class ModelFailed(UpstreamError):
    """The endpoint answered that it cannot."""


class ModelNonsense(UpstreamError):
    """The endpoint answered something that is no reply."""


@dataclass(frozen=True, slots=True)
class Limits(Retries):
    """How long to wait for an endpoint, and how often to try again, before the first byte only.

    `first_byte_s` is for each try, from sending to the first byte of the body: a model on a slow
    machine may read a long prompt for minutes.
    """

    connect_s: float = 5.0
    first_byte_s: float = 120.0


@dataclass(frozen=True, slots=True)
class Refusal:
    """An HTTP answer that is not 200."""

    status: int
    body: bytes
    retry_after_s: float | None = None
    location: str | None = None

    @property
    def worth_retrying(self) -> bool:
        """Whether the same request may be taken a little later."""
        return self.status == 429 or self.status >= 500


def translate(refusal: Refusal, *, where: str, key: Secret | None) -> HydrophoneError:
    """Our error for an endpoint's refusal; `where` names the endpoint, the key is blotted out."""
    status = refusal.status
    said = _blot(_message(refusal.body), key)
    if status in (401, 403):
        return ModelKeyRefused(
            f"the model endpoint {where} refuses the key it was given ({status}): "
            "check the server's HYDROPHONE_MODEL_KEY"
        )
    if status in (404, 405):
        return _not_found(said, refusal, where)
    if 300 <= status < 400:
        return ModelAddressWrong(
            f"the model endpoint {where} has moved to {refusal.location or 'elsewhere'}: "
            "set HYDROPHONE_MODEL_URL to its new address"
        )
    if status in _REFUSED_AS_SENT:
        return ModelRefusedRequest(f"the model endpoint refuses the request: {said}")
    if status == 429:
        again = refusal.retry_after_s
        hint = f"; it asks to come again in {again:.0f} s" if again is not None else ""
        return ModelFailed(f"the model endpoint {where} is busy (429): {said}{hint}")
    return ModelFailed(f"the model endpoint {where} failed ({status}): {said}")


def translate_error_object(error: object, *, where: str, key: Secret | None) -> HydrophoneError:
    """Our error for an `error` that came inside a reply whose status was 200."""
    said = _blot(_error_message(error) or "it did not say why", key)
    return ModelFailed(f"the model endpoint {where} failed: {said}")


def _not_found(said: str, refusal: Refusal, where: str) -> HydrophoneError:
    if refusal.status == 404 and "model" in said.lower():
        return ModelUnknown(f"the model endpoint has no such model: {said}", param="model")
    return ModelAddressWrong(
        f"there is no chat completion endpoint at {where} ({refusal.status}): "
        "check HYDROPHONE_MODEL_URL, which usually ends in /v1"
    )


def _message(body: bytes) -> str:
    """What the endpoint says, whichever of the usual forms it has."""
    try:
        parsed: Any = orjson.loads(body)
    except orjson.JSONDecodeError:
        parsed = body.decode("utf-8", "replace")
    said = _error_message(parsed)
    return said or "it did not say why"


def _error_message(value: Any) -> str:
    if isinstance(value, dict):
        for name in ("error", "message", "detail", "msg"):
            if said := _error_message(value.get(name)):
                return said
        return ""
    if isinstance(value, list):
        return _error_message(value[0]) if value else ""
    if not isinstance(value, str):
        return ""
    plain = " ".join(value.split())
    return plain if len(plain) <= _MESSAGE_CHARS else f"{plain[:_MESSAGE_CHARS]}…"


def _blot(text: str, key: Secret | None) -> str:
    return text.replace(key.reveal(), "…") if key else text
