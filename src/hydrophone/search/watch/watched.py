"""A provider under watch: deadline, circuit breaker, cache, and counts of how it does."""

from __future__ import annotations

import asyncio
import time
from collections import deque
from collections.abc import Callable
from statistics import median

from hydrophone.ports import ProviderStanding, ProviderState
from hydrophone.search.base import ProviderAnswer, ProviderQuery, SearchProvider
from hydrophone.search.errors import ProviderFailed, ProviderRateLimited, ProviderRefused
from hydrophone.search.watch.breaker import Breaker
from hydrophone.search.watch.flights import Flights
from hydrophone.search.watch.recent import Recent
from hydrophone.types import SourceKind

DEADLINE_S = 4.0
LIFETIME_S = 300.0
MOST_ANSWERS = 256
REFUSED_PAUSE_S = 600.0
RATE_LIMITED_PAUSE_S = 60.0
LONGEST_ASKED_PAUSE_S = 3600.0
_TIMED_CALLS = 128


class ProviderResting(ProviderFailed):
    """It failed too often lately, and is left alone for a while."""


class WatchedProvider:
    """Asks a provider so that it can neither hang nor be hammered.

    A call ends within `deadline_s`. Equal questions within `lifetime_s` are asked once.
    """

    def __init__(
        self,
        provider: SearchProvider,
        *,
        deadline_s: float = DEADLINE_S,
        lifetime_s: float = LIFETIME_S,
        breaker: Breaker | None = None,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._provider = provider
        self.deadline_s = deadline_s
        self._breaker = breaker or Breaker(clock=clock)
        self._clock = clock
        self._answers: Recent[ProviderQuery, ProviderAnswer] = Recent(
            lifetime_s=lifetime_s, most=MOST_ANSWERS, clock=clock
        )
        self._flights: Flights[ProviderQuery, ProviderAnswer] = Flights()
        self._times_s: deque[float] = deque(maxlen=_TIMED_CALLS)
        self._calls = self._failures = self._from_cache = 0
        self._last_error = ""

    @property
    def name(self) -> str:
        """The provider's."""
        return self._provider.name

    @property
    def kinds(self) -> frozenset[SourceKind]:
        """The provider's."""
        return self._provider.kinds

    async def close(self) -> None:
        """Close the provider."""
        await self._provider.close()

    async def ask(self, query: ProviderQuery, *, limit_s: float | None = None) -> ProviderAnswer:
        """The provider's answer within `limit_s` seconds, at most its deadline.

        Raises ProviderFailed and its subclasses, ProviderResting while the breaker is open.
        """
        kept = self._answers.get(query)
        if kept is not None:
            self._from_cache += 1
            return kept
        seconds = min(limit_s or self.deadline_s, self.deadline_s)
        return await self._flights.join(query, lambda: self._call(query, seconds))

    async def _call(self, query: ProviderQuery, seconds: float) -> ProviderAnswer:
        if not self._breaker.admit():
            raise ProviderResting(self._why_resting())
        self._calls += 1
        began = self._clock()
        try:
            async with asyncio.timeout(seconds):
                answer = await self._provider.search(query)
        except asyncio.CancelledError:
            self._breaker.give_up()
            raise
        except TimeoutError as error:
            slow = ProviderFailed(f"{self.name} did not answer within {seconds:.3g} s")
            self._note_failure(slow)
            raise slow from error
        except ProviderFailed as error:
            self._note_failure(error)
            raise
        except Exception as error:
            # An adapter's defect must not cost the answer that the others give.
            broken = ProviderFailed(f"{self.name} could not be read ({type(error).__name__})")
            self._note_failure(broken)
            raise broken from error
        self._times_s.append(self._clock() - began)
        self._breaker.succeed()
        self._last_error = ""
        # Nothing may be a passing failure of the engines behind it.
        if answer.results or answer.images or answer.videos:
            self._answers.put(query, answer)
        return answer

    def _why_resting(self) -> str:
        why = self._last_error or f"{self.name} failed"
        return f"{why}; it is asked again in {max(1, round(self._breaker.open_s))} s"

    def _note_failure(self, error: ProviderFailed) -> None:
        self._failures += 1
        self._last_error = error.message
        self._breaker.fail(pause_s=_pause_s(error))

    def state(self) -> ProviderState:
        """How it does."""
        return ProviderState(
            name=self.name,
            kinds=tuple(sorted(self.kinds)),
            state=self._standing(),
            resting_s=round(self._breaker.open_s, 1),
            calls=self._calls,
            failures=self._failures,
            from_cache=self._from_cache,
            p50_ms=round(median(self._times_s) * 1000, 1) if self._times_s else None,
            last_error=self._last_error,
        )

    def _standing(self) -> ProviderStanding:
        if self._breaker.open_s:
            return "resting"
        if self._last_error:
            return "failing"
        return "ok" if self._times_s else "untried"


def _pause_s(error: ProviderFailed) -> float | None:
    """How long to leave it alone at once; None: the breaker counts."""
    if isinstance(error, ProviderRefused):
        return REFUSED_PAUSE_S
    if isinstance(error, ProviderRateLimited):
        return min(error.retry_after_s or RATE_LIMITED_PAUSE_S, LONGEST_ASKED_PAUSE_S)
    return None
