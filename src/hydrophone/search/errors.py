"""What can go wrong with a search provider. The others go on, and the answer says what is missing.

UpstreamError
└── ProviderFailed           no answer, a late one, or nonsense
    ├── ProviderRateLimited  asked too often; `retry_after_s` if it said when to come again
    └── ProviderRefused      the key or the request is refused: asking again does not help
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

from hydrophone.errors import UpstreamError
from hydrophone.fetch.errors import BadStatus, FetchError

_REFUSED = frozenset({401, 402, 403})
_TOO_MANY = frozenset({429, 432, 433})  # Tavily has two of its own for a plan that is used up


class ProviderFailed(UpstreamError):
    """The provider did not answer, not in time, or with what nobody can read."""

    code = "search_provider_failed"


class ProviderRateLimited(ProviderFailed):
    """The provider was asked too often."""

    code = "search_provider_rate_limited"

    def __init__(self, message: str, *, retry_after_s: float | None = None) -> None:
        super().__init__(message)
        self.retry_after_s = retry_after_s


class ProviderRefused(ProviderFailed):
    """The provider refuses us: a wrong key, a plan that ended, a feature that is switched off."""

    code = "search_provider_refused"
    retryable = False


@contextmanager
def translated(provider: str, *, setting: str | None = None) -> Iterator[None]:
    """Turn what fetching raises into provider errors; `setting` names the variable of its key."""
    try:
        yield
    except BadStatus as error:
        raise _from_status(provider, error, setting) from error
    except FetchError as error:
        raise ProviderFailed(f"{provider}: {error.message}") from error


def _from_status(provider: str, error: BadStatus, setting: str | None) -> ProviderFailed:
    if error.answered in _TOO_MANY:
        return ProviderRateLimited(
            f"{provider} was asked too often ({error.answered})",
            retry_after_s=error.retry_after_s,
        )
    if error.answered in _REFUSED:
        advice = f": check {setting}" if setting else ""
        return ProviderRefused(f"{provider} refuses the request ({error.answered}){advice}")
    if error.retry_after_s is not None and error.answered == 503:
        return ProviderRateLimited(
            f"{provider} is not available ({error.answered})", retry_after_s=error.retry_after_s
        )
    return ProviderFailed(f"{provider}: {error.message}")
