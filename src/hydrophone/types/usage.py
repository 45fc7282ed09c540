"""What a request has used, and the meter that counts it while it is spent."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Literal

ContextSize = Literal["low", "medium", "high"]


@dataclass(frozen=True, slots=True)
class Usage:
    """Counts of one request. Tokens are the model's own, or WordPiece where no model wrote."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    reasoning_tokens: int = 0
    citation_tokens: int = 0
    search_queries: int = 0
    pages_read: int = 0
    model_calls: int = 0

    @property
    def total_tokens(self) -> int:
        """Prompt and completion tokens together."""
        return self.prompt_tokens + self.completion_tokens


@dataclass(frozen=True, slots=True)
class Cost:
    """What a request costs, in US dollars."""

    input_usd: float = 0.0
    output_usd: float = 0.0
    request_usd: float = 0.0

    @property
    def total_usd(self) -> float:
        """All parts together."""
        return self.input_usd + self.output_usd + self.request_usd


@dataclass(frozen=True, slots=True)
class Price:
    """A model's price in US dollars: a million tokens in and out, and a thousand requests.

    The request fee depends on the search context size and falls due when a search was made.
    """

    input_usd: float = 0.0
    output_usd: float = 0.0
    low_usd: float = 0.0
    medium_usd: float = 0.0
    high_usd: float = 0.0

    def cost(self, usage: Usage, context_size: ContextSize) -> Cost:
        """Tokens in and out by their prices, and the request fee, as Perplexity documents it."""
        fees = {"low": self.low_usd, "medium": self.medium_usd, "high": self.high_usd}
        return Cost(
            input_usd=usage.prompt_tokens * self.input_usd / 1_000_000,
            output_usd=usage.completion_tokens * self.output_usd / 1_000_000,
            request_usd=fees[context_size] / 1_000 if usage.search_queries else 0.0,
        )


_FIELDS = tuple(f.name for f in fields(Usage))


class Meter:
    """Adds usage up as it is spent; `usage` may be read at any time, also after a failure."""

    __slots__ = ("_counts", "_usage")

    def __init__(self) -> None:
        self._counts = dict.fromkeys(_FIELDS, 0)
        self._usage: Usage | None = None

    @property
    def usage(self) -> Usage:
        """What has been spent so far; the same object until more is spent."""
        if self._usage is None:
            self._usage = Usage(**self._counts)
        return self._usage

    def add(self, **counts: int) -> None:
        """Add counts by the names of `Usage`'s fields. Raises ValueError on a negative count."""
        for name, count in counts.items():
            if name not in self._counts:
                raise TypeError(f"usage has no field {name!r}")
            if count < 0:
                raise ValueError(f"{name} cannot go down: {count}")
        for name, count in counts.items():
            self._counts[name] += count
        self._usage = None
