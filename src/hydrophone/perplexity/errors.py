"""What can go wrong between this library and Perplexity.

    PerplexityError
    ├── HTTPError               the service answered with an error status
    │   ├── AuthenticationError the session token is invalid or has expired (401, 403)
    │   │   └── BotWallError    the service took us for a robot: the token may be as good as ever
    │   └── RateLimitError      too many requests (429), or no quota left
    ├── ConnectionFailed        the service could not be reached
    ├── FileUploadError         a file could not be uploaded
    ├── FileValidationError     a file cannot be uploaded as it is
    ├── UnknownModelError       no model has this id
    ├── ModelAccessError        the account's subscription does not have the model
    ├── FileAccessError         the account's subscription does not have uploads
    ├── ResearchClarifyingQuestionsError  research asks back; `questions` are a list of str
    ├── ResponseParsingError    the service answered with what is not understood
    └── StreamingError          the answer broke off; `partial` is what had come

Names and attributes are those of the package perplexity-webui-scraper, whose programs are to run
here with another import.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from hydrophone.errors import InvalidModel

_SHOWN_CHARS = 500
# What stands behind a name with "token" in it, in JSON, also within a text, a query or a cookie.
_TOKEN = re.compile(r"""(token[\w.-]*\\*["']?\s*[:=]\s*\\*["']?)[^\s"'\\&,;}]+""", re.IGNORECASE)


class PerplexityError(Exception):
    """Base of all errors of this library."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.message = message

    def __reduce__(self) -> tuple[Callable[..., PerplexityError], tuple[Any, ...]]:
        """For processes that hand errors on: as it is, without being made anew."""
        return _restored, (type(self), self.args, self.__dict__)


class HTTPError(PerplexityError):
    """The service answered with an error status; of its body 500 characters are kept."""

    def __init__(
        self,
        message: str,
        *,
        status_code: int | None = None,
        url: str | None = None,
        response_body: str | None = None,
        retry_after_s: float | None = None,
    ) -> None:
        super().__init__(message)
        self.status_code = status_code
        self.url = url
        self.response_body = _shown(response_body)
        self.retry_after_s = retry_after_s


class AuthenticationError(HTTPError):
    """The session token is invalid or has expired."""


class BotWallError(AuthenticationError):
    """The service's bot wall answered instead of it; says nothing of the session token."""


class RateLimitError(HTTPError):
    """Too many requests, or none left of the quota."""


class ConnectionFailed(PerplexityError):
    """The service could not be reached, or broke the connection off."""


class FileUploadError(PerplexityError):
    """A file could not be uploaded."""

    def __init__(self, file_path: str, message: str) -> None:
        super().__init__(f"{file_path}: {message}")
        self.file_path = file_path


class FileValidationError(PerplexityError):
    """A file cannot be uploaded as it is: too large, empty, missing, too many."""

    def __init__(self, file_path: str, message: str) -> None:
        super().__init__(f"{file_path}: {message}")
        self.file_path = file_path


class UnknownModelError(PerplexityError, InvalidModel):
    """No model of the service has this id; the message says which there are."""

    def __init__(self, message: str) -> None:
        super().__init__(message)
        self.param = "model"


class ModelAccessError(PerplexityError):
    """The account's subscription does not have this model."""

    def __init__(self, model_id: str, required_tier: str, account_tier: str) -> None:
        super().__init__(
            f"the model {model_id!r} needs the subscription {required_tier!r}; "
            f"this account has {account_tier!r}"
        )
        self.model_id = model_id
        self.required_tier = required_tier
        self.account_tier = account_tier


class FileAccessError(PerplexityError):
    """The account's subscription does not have uploads."""

    def __init__(self, account_tier: str) -> None:
        super().__init__(f"uploads need a subscription; this account has {account_tier!r}")
        self.account_tier = account_tier


class ResearchClarifyingQuestionsError(PerplexityError):
    """Research asks back before it begins."""

    def __init__(self, questions: Sequence[str]) -> None:
        self.questions = list(questions)
        listed = "; ".join(self.questions)
        super().__init__(f"research asks: {listed}" if listed else "research asks back")


class ResponseParsingError(PerplexityError):
    """The service answered with what is not understood; `raw_data` is the beginning of it."""

    def __init__(self, message: str, raw_data: str | None = None) -> None:
        super().__init__(message)
        self.raw_data = _shown(raw_data)


class StreamingError(PerplexityError):
    """The answer broke off; `partial` is the text that had come."""

    def __init__(self, message: str, *, partial: str = "") -> None:
        super().__init__(message)
        self.partial = partial


def _restored(
    kind: type[PerplexityError], args: tuple[Any, ...], state: Mapping[str, Any]
) -> PerplexityError:
    error = kind.__new__(kind, *args)
    error.args = args
    error.__dict__.update(state)
    return error


def _shown(text: str | None) -> str | None:
    """The beginning of what the service sent, without tokens."""
    return None if text is None else _TOKEN.sub(r"\1…", text[:_SHOWN_CHARS])
