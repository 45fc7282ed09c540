"""One host of a crawl: what is to be fetched from it next, and when it may be asked again."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field

from hydrophone.storage.index_db_frontier import FrontierPage

STRIKES = 4
# A host that does not answer is left alone so long; a run waits for one that asks for less than
# the patience.
LEFT_S = 3600.0
PATIENCE_S = 120.0
_MOST_DELAY_S = 60.0
_MOST_BACKOFF_S = 60.0
_SLOW_S = 2.0


@dataclass(slots=True)
class Host:
    """A queue with its pace. Times are seconds of one clock, given by the caller.

    A host is asked for one page at a time until its robots.txt is known (`opened`), when that asks
    for a delay, and while it fails.
    """

    name: str
    delay_s: float
    at_once: int
    pending: deque[FrontierPage] = field(default_factory=deque)
    fetching: int = 0
    next_at_s: float = 0.0
    asked_delay_s: float | None = None
    backoff_s: float = 0.0
    strikes: int = 0
    left_s: float = LEFT_S
    opened: bool = False

    def ready_in_s(self, now_s: float) -> float | None:
        """Seconds until a page may be taken; None when something else must happen first."""
        if not self.pending or self.fetching >= self._places():
            return None
        return max(0.0, self.next_at_s - now_s)

    def take(self, now_s: float) -> FrontierPage:
        """The next page; `ended` is to be called when it has been fetched."""
        self.fetching += 1
        self.next_at_s = now_s + self._gap_s()
        return self.pending.popleft()

    def ended(self, now_s: float) -> None:
        """A fetch is over."""
        self.fetching -= 1
        if self.asked_delay_s or self.backoff_s:
            self.next_at_s = max(self.next_at_s, now_s + self._gap_s())

    def asks_for(self, crawl_delay_s: float | None) -> None:
        """What its robots.txt says of the time between requests."""
        self.asked_delay_s = None if not crawl_delay_s else min(crawl_delay_s, _MOST_DELAY_S)

    def answered(self, took_s: float) -> None:
        """It answered well; when it was slow, it gets as much time to rest."""
        self.strikes = 0
        rest_s = self.backoff_s / 2
        if took_s > _SLOW_S:
            rest_s = max(rest_s, min(took_s, _MOST_BACKOFF_S))
        self.backoff_s = rest_s if rest_s > 0.2 else 0.0

    def is_busy(self, now_s: float, retry_after_s: float | None) -> float:
        """It wants to be left alone; for how many seconds."""
        self.strikes += 1
        self.backoff_s = min(_MOST_BACKOFF_S, max(1.0, self.backoff_s * 2))
        rest_s = max(self.backoff_s, retry_after_s or 0.0)
        self.next_at_s = max(self.next_at_s, now_s + rest_s)
        if rest_s > PATIENCE_S:
            self.give_up(rest_s)
        return rest_s

    def failed(self) -> None:
        """It did not answer."""
        self.strikes += 1
        self.backoff_s = min(_MOST_BACKOFF_S, max(0.5, self.backoff_s * 2))

    def give_up(self, left_s: float = LEFT_S) -> None:
        """It cannot be asked for anything for so long."""
        self.strikes = STRIKES
        self.left_s = left_s

    @property
    def failing(self) -> bool:
        """Whether it has failed too often to go on now."""
        return self.strikes >= STRIKES

    def _places(self) -> int:
        one = not self.opened or self.asked_delay_s or self.backoff_s
        return 1 if one else self.at_once

    def _gap_s(self) -> float:
        return max(self.delay_s, self.asked_delay_s or 0.0, self.backoff_s)
