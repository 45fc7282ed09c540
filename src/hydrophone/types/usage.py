"""What a request has used, and the meter that counts it while it is spent."""

from __future__ import annotations

from dataclasses import dataclass, fields
from typing import Literal

ContextSize = Literal["low", "medium", "high"]


@dataclass(frozen=True, slots=True)
class Usage:
    """Counts of one request. Tokens are the model's own, or WordPiece where no model wrote.

    Reasoning tokens are among the completion tokens, as endpoints count them. Citation tokens are
    those of source texts that were read for the answer; they are not among the prompt tokens.
    """

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
    reasoning_usd: float = 0.0
    citation_usd: float = 0.0
    searches_usd: float = 0.0

    @property
    def total_usd(self) -> float:
        """All parts together."""
        tokens = self.input_usd + self.output_usd + self.reasoning_usd + self.citation_usd
        return tokens + self.request_usd + self.searches_usd


@dataclass(frozen=True, slots=True)
class Price:
    """A model's price in US dollars: of a million tokens, a thousand requests or searches.

    A request has a fee by its search context size, another one when the search went in several
    rounds (`pro_…`; 0: the same). Reasoning tokens are charged as output unless they have a price
    of their own.
    """

    input_usd: float = 0.0
    output_usd: float = 0.0
    low_usd: float = 0.0
    medium_usd: float = 0.0
    high_usd: float = 0.0
    pro_low_usd: float = 0.0
    pro_medium_usd: float = 0.0
    pro_high_usd: float = 0.0
    search_usd: float = 0.0
    reasoning_usd: float = 0.0
    citation_usd: float = 0.0

    def cost(self, usage: Usage, context_size: ContextSize, *, pro: bool = False) -> Cost:
        """What the usage costs, as Perplexity documents it for Sonar.

        `pro`: the search went in several rounds. The fee is due whether or not there was a search,
        but not for a request that was refused before any token was counted.
        """
        if self == _FREE:
            return _NOTHING
        written = usage.completion_tokens
        if self.reasoning_usd:
            written = max(0, written - usage.reasoning_tokens)
        spent = bool(usage.total_tokens or usage.search_queries)
        return Cost(
            input_usd=usage.prompt_tokens * self.input_usd / 1_000_000,
            output_usd=written * self.output_usd / 1_000_000,
            request_usd=self._fee_usd(context_size, pro) / 1_000 if spent else 0.0,
            reasoning_usd=usage.reasoning_tokens * self.reasoning_usd / 1_000_000,
            citation_usd=usage.citation_tokens * self.citation_usd / 1_000_000,
            searches_usd=usage.search_queries * self.search_usd / 1_000,
        )

    def _fee_usd(self, size: ContextSize, pro: bool) -> float:
        if size == "low":
            fast, several = self.low_usd, self.pro_low_usd
        elif size == "medium":
            fast, several = self.medium_usd, self.pro_medium_usd
        else:
            fast, several = self.high_usd, self.pro_high_usd
        return (several if pro else 0.0) or fast


_FREE, _NOTHING = Price(), Cost()
_FIELDS = tuple(f.name for f in fields(Usage))


class Meter:
    """Adds usage up as it is spent; `usage` may be read at any time, also after a failure.

    `pro_search`: the search goes in several rounds, which has a price of its own. Who searches so
    sets it. `confidence` is how sure it is that the sources answer, on the scale of who decides it,
    higher is surer; None while nobody has. It is for measuring, not for the bill.
    """

    __slots__ = ("_counts", "_usage", "confidence", "pro_search")

    def __init__(self) -> None:
        self.pro_search = False
        self.confidence: float | None = None
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
