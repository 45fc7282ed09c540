"""What the service says instead of an answer, in a stream that began well (HTTP 200)."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from hydrophone.perplexity.errors import RateLimitError, ResponseParsingError
from hydrophone.perplexity.wire.thread import said

_STALE = "GENERIC_FAILED_RESPONSE"
_LIMIT = "RATE_LIMIT"


class GenericFailure(ResponseParsingError):
    """The service gave up without a reason: as it does for a conversation that it has lost."""


def raise_for_failure(frame: Mapping[str, Any]) -> None:
    """Raise RateLimitError, GenericFailure or ResponseParsingError if the frame tells of one."""
    code = said(frame, "error_code")
    failed = str(frame.get("status") or "").lower() == "failed"
    if code is None and not failed:
        return
    message = said(frame, "error_message") or said(frame, "text") or "no reason was given"
    if code is not None and _LIMIT in code.upper():
        raise RateLimitError(f"the quota of the account is used up ({code}): {message}")
    told = f"the service could not answer ({code or 'failed'}): {message}"
    if code == _STALE:
        raise GenericFailure(told)
    raise ResponseParsingError(told)
