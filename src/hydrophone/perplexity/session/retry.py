"""What is tried again, and when."""

from __future__ import annotations

import random
from collections.abc import Callable
from dataclasses import dataclass

from hydrophone.perplexity.config import ClientConfig
from hydrophone.perplexity.errors import (
    AuthenticationError,
    ConnectionFailed,
    HTTPError,
    PerplexityError,
    RateLimitError,
)

# Names under which curl_cffi has the newest profile of a browser; an old one is turned away.
PROFILES = ("chrome", "safari", "firefox", "safari_ios")
MOST_RETRY_AFTER_S = 300.0


class NotSent(ConnectionFailed):
    """The service could not be reached: it has seen nothing of the request."""


@dataclass(frozen=True, slots=True)
class Retrying:
    """How often and how long to wait, after `config`; `chance` gives numbers from 0 to 1."""

    config: ClientConfig
    chance: Callable[[], float] = random.random

    def wait_s(self, error: PerplexityError, attempt: int, *, asks: bool) -> float | None:
        """Seconds until the next attempt, `attempt` counting from 1; None: no more.

        A question (`asks`) costs quota: it is sent again only when the service has refused it or
        seen nothing of it.
        """
        if attempt > self.config.max_retries or not _may_pass(error, asks=asks):
            return None
        after_s = error.retry_after_s if isinstance(error, HTTPError) else None
        if after_s is not None:
            return after_s if after_s <= MOST_RETRY_AFTER_S else None
        return self.pause_s(attempt)

    def pause_s(self, attempt: int) -> float:
        """Seconds to wait behind an attempt that failed: doubled each time, and spread."""
        delay_s = self.config.retry_base_delay * 2.0 ** (attempt - 1)
        spread = self.config.retry_jitter * (2 * self.chance() - 1)
        return min(delay_s, self.config.retry_max_delay) * (1 + spread)

    def profile(self, attempt: int) -> str:
        """The browser profile of an attempt: another one each time, where that is wanted."""
        first = self.config.impersonate
        if attempt == 1 or not self.config.rotate_fingerprint:
            return first
        from curl_cffi.requests.impersonate import REAL_TARGET_MAP

        newest = REAL_TARGET_MAP.get(first, first)
        others = [profile for profile in PROFILES if REAL_TARGET_MAP[profile] != newest]
        return others[(attempt - 2) % len(others)]


def _may_pass(error: PerplexityError, *, asks: bool) -> bool:
    if isinstance(error, RateLimitError | NotSent):
        return True
    if asks or isinstance(error, AuthenticationError):
        return False
    if isinstance(error, HTTPError):
        return error.status_code is not None and error.status_code >= 500
    return isinstance(error, ConnectionFailed)
