"""What goes wrong with a web session, as callers of a server are told it."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from hydrophone import errors
from hydrophone.perplexity.account.history import ThreadNotFound
from hydrophone.perplexity.errors import (
    AuthenticationError,
    BotWallError,
    FileAccessError,
    FileValidationError,
    ModelAccessError,
    PerplexityError,
    RateLimitError,
    ResearchClarifyingQuestionsError,
)

_LIMITED_S = 60.0


class SessionEnded(errors.AuthenticationError):
    """The caller's session token is invalid or has expired."""


class OwnSessionEnded(errors.NotConfigured):
    """The server's own session has ended."""


class SessionForbidden(errors.Forbidden):
    """The account's subscription does not have it."""


class SessionLimited(errors.RateLimited):
    """The account has asked too much."""


class SessionFailed(errors.UpstreamError):
    """The service failed, or its answer was not understood."""


class QuestionsAskedBack(errors.InvalidRequest):
    """Research asks back; the message has its questions."""


@contextmanager
def translated(*, own: bool) -> Iterator[None]:
    """Raise what goes wrong inside as an error of the house. `own`: the session is the server's,
    so that its end is none of the caller's fault."""
    try:
        yield
    except errors.HydrophoneError:
        raise
    except PerplexityError as error:
        raise told(error, own=own) from error
    except ModuleNotFoundError as error:
        raise errors.NotConfigured(
            f"the part for web sessions is not installed ({error.name} is missing): "
            "pip install 'hydrophone[session]'"
        ) from error
    except ValueError as error:
        raise errors.InvalidRequest(str(error)) from error


def told(error: PerplexityError, *, own: bool) -> errors.HydrophoneError:
    """The error of the house for one of the library."""
    message = f"Perplexity: {error.message}"
    if isinstance(error, BotWallError):
        return SessionFailed(message)
    if isinstance(error, AuthenticationError):
        return OwnSessionEnded(message) if own else SessionEnded(message)
    if isinstance(error, RateLimitError):
        return SessionLimited(message, retry_after_s=error.retry_after_s or _LIMITED_S)
    if isinstance(error, ModelAccessError | FileAccessError):
        return SessionForbidden(message, param=_param(error))
    if isinstance(error, ThreadNotFound):
        return errors.NotFound(message, param="conversation_id")
    return _of_question(error, message)


def _of_question(error: PerplexityError, message: str) -> errors.HydrophoneError:
    if isinstance(error, FileValidationError):
        return errors.InvalidRequest(message, param="messages", code="invalid_message")
    if isinstance(error, ResearchClarifyingQuestionsError):
        return QuestionsAskedBack(message, code="clarifying_questions")
    return SessionFailed(message)


def _param(error: PerplexityError) -> str:
    return "model" if isinstance(error, ModelAccessError) else "messages"
