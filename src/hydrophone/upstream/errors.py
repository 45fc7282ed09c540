"""What can go wrong with the official API, in our words, and what is worth another try."""

from __future__ import annotations

import orjson

from hydrophone.errors import (
    DeadlineExceeded,
    HydrophoneError,
    InvalidRequest,
    NotConfigured,
    PayloadTooLarge,
    RateLimited,
    UpstreamError,
)
from hydrophone.fetch.json_api import Fields
from hydrophone.llm.openai.failures import Refusal
from hydrophone.types import Secret

KEY_SETTING = "HYDROPHONE_UPSTREAM_KEY"
URL_SETTING = "HYDROPHONE_UPSTREAM_URL"
_MESSAGE_CHARS = 500
# When it is busy and does not say until when.
_PAUSE_S = 5.0
_STATUS_BY_CODE = {
    "internal_error": 500,
    "bad_gateway": 502,
    "upstream_structured_output_failed": 502,
    "external_connector_error": 424,
    "service_unavailable": 503,
    "gateway_timeout": 504,
}
_BUSY = frozenset({"request_rate_limit_exceeded", "rate_limit_exceeded"})
_WRONG = "invalid_"
_REFUSALS = frozenset({400, 404, 405, 409, 415, 422})


class OfficialKeyRefused(NotConfigured):
    """The official API does not take the key: the server's, not the caller's."""


class OfficialAddressWrong(NotConfigured):
    """There is no Agent API at the address."""


class OfficialRefusedRequest(InvalidRequest):
    """The official API says that the request cannot be done as it is."""


class OfficialTooLarge(PayloadTooLarge):
    """The request is larger than the official API takes."""


class OfficialBusy(RateLimited):
    """The official API has had too many requests with this key."""


class OfficialTooSlow(DeadlineExceeded):
    """The official API did not answer, or fell silent."""


class OfficialUnreachable(UpstreamError):
    """No connection, or none that lasted to the end of the answer."""


class OfficialFailed(UpstreamError):
    """The official API said that it cannot; with its own status and code."""

    def __init__(self, message: str, *, status: int = 502, code: str | None = None) -> None:
        super().__init__(message)
        self.status = status
        if code:
            self.code = code


class OfficialNonsense(UpstreamError):
    """The official API answered something that is no answer."""


def translate(refusal: Refusal, *, where: str, key: Secret) -> HydrophoneError:
    """Our error for a refusal; `where` names the host, the key is blotted out of what it says."""
    status, error = refusal.status, _error_in(refusal.body)
    said = _blotted(_said(error), key)
    if status in (401, 402, 403):
        return OfficialKeyRefused(
            f"the official API at {where} refuses its key ({status}): {said}; check the server's "
            f"{KEY_SETTING}"
        )
    if 300 <= status < 400 or (status in (404, 405) and not error.text("type")):
        return OfficialAddressWrong(
            f"there is no Agent API at {where} ({status}): check the server's {URL_SETTING}"
        )
    if status == 413:
        return OfficialTooLarge(f"the official API takes no request of this size: {said}")
    if status == 429:
        again_s = _PAUSE_S if refusal.retry_after_s is None else refusal.retry_after_s
        return OfficialBusy(f"the official API is busy: {said}", retry_after_s=again_s)
    if status in _REFUSALS:
        return OfficialRefusedRequest(
            f"the official API refuses the request: {said}",
            param=error.text("param") or None,
            code=error.text("type") or None,
        )
    return OfficialFailed(
        f"the official API failed ({status}): {said}", status=status, code=error.text("type")
    )


def translate_error_object(error: Fields, *, key: Secret) -> HydrophoneError:
    """Our error for a run that failed, or for an `error` in the middle of a stream."""
    code = error.text("type") or error.text("code")
    said = _blotted(_said(error), key)
    if code in _BUSY:
        return OfficialBusy(f"the official API is busy: {said}", retry_after_s=_PAUSE_S)
    number = error.number("code")
    status = int(number) if number and 400 <= number < 600 else _STATUS_BY_CODE.get(code, 502)
    code = code if not code.isdigit() else ""
    if status in _REFUSALS or code.startswith(_WRONG):
        message = f"the official API refuses the request: {said}"
        return OfficialRefusedRequest(message, param=error.text("param") or None, code=code or None)
    return OfficialFailed(f"the official API failed: {said}", status=status, code=code)


def _error_in(body: bytes) -> Fields:
    try:
        parsed = Fields(orjson.loads(body))
    except orjson.JSONDecodeError:
        text = body.decode("utf-8", "replace")
        return Fields({"message": " ".join(text.split())})
    if isinstance(parsed.mapping("error"), dict) and "error" in parsed:
        inner = parsed.inner("error")
        return inner if "message" in inner else Fields({"message": parsed.text("error")})
    details = [one.text("msg") for one in parsed.objects("detail")]
    return Fields({"message": "; ".join(details) or parsed.text("message")})


def _said(error: Fields) -> str:
    said = " ".join(error.text("message").split()) or "it did not say why"
    return said if len(said) <= _MESSAGE_CHARS else f"{said[:_MESSAGE_CHARS]}…"


def _blotted(text: str, key: Secret) -> str:
    return text.replace(key.reveal(), "…")
