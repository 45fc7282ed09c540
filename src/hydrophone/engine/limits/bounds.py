"""The bounds of one request: how much time, searching, reading and writing is left.

Work is stopped before it would pass a bound, never in the middle of a sentence, and what was left
out is told once for each bound. Tokens and cost are counted ahead by our own counter; what a model
then really used is what the next question to the bounds starts from.
"""

from __future__ import annotations

import asyncio
from collections.abc import Iterator, Sequence
from dataclasses import fields
from typing import Literal

from hydrophone.engine.profile import Profile
from hydrophone.types import Budgets, ContextSize, Notice, Price, Question, RequestContext

Bound = Literal["time", "searches", "pages", "tokens", "cost"]

_NAMED: dict[Bound, str] = {
    "time": "time",
    "searches": "number of searches",
    "pages": "number of pages to read",
    "tokens": "number of tokens",
    "cost": "cost",
}
# Of what was left out for one bound, so much is named.
_MOST_NAMED = 6


def tighter(one: Budgets, other: Budgets) -> Budgets:
    """Of each limit the smaller one; None is no limit."""

    def smaller(name: str) -> float | None:
        limits = [
            limit for limit in (getattr(one, name), getattr(other, name)) if limit is not None
        ]
        return min(limits) if limits else None

    return Budgets(**{field.name: smaller(field.name) for field in fields(Budgets)})  # type: ignore[arg-type]


class Bounds:
    """What one request may still spend, by its budgets, its meter and the event loop's clock.

    `write_by` is when the answer must stand, by the event loop's time.
    """

    def __init__(
        self,
        budgets: Budgets,
        context: RequestContext,
        *,
        price: Price | None = None,
        context_size: ContextSize = "low",
        write_by: float | None = None,
    ) -> None:
        self._budgets = budgets
        self._context = context
        self._price = price or Price()
        self._context_size: ContextSize = context_size
        self._begun = asyncio.get_running_loop().time()
        self._write_by = write_by
        self._met: dict[Bound, list[str]] = {}

    def searches_left(self, share: float = 1.0) -> int | None:
        """How many searches may still be made for this share of the cost; None: any number."""
        left = [searches for _, searches in self._searches_left(share)]
        return max(0, min(left)) if left else None

    def leave_out(self, queries: Sequence[str], share: float = 1.0) -> None:
        """These are not searched for, by the bound that holds searches back most."""
        bound = min(self._searches_left(share), key=lambda one: one[1])[0]
        for query in queries:
            self.meet(bound, f"the search for “{query}”")

    def _searches_left(self, share: float) -> Iterator[tuple[Bound, int]]:
        if self._budgets.searches is not None:
            asked = self._context.meter.usage.search_queries
            yield "searches", self._budgets.searches - asked
        if self._budgets.cost_usd is not None and self._price.search_usd:
            left_usd = share * self._budgets.cost_usd - self._cost_usd
            yield "cost", int(left_usd / self._price.search_usd * 1_000)

    def output_left(self, prompt_tokens: int, share: float = 1.0) -> int | None:
        """How many tokens a reply to a prompt of so many may have within this share of the tokens
        and the cost; negative when not even the prompt fits, None when nothing bounds it."""
        left = [tokens for _, tokens in self._outputs_left(prompt_tokens, share)]
        return min(left) if left else None

    def output_bound(self, prompt_tokens: int) -> Bound:
        """The bound that holds the reply to such a prompt back most."""
        return min(self._outputs_left(prompt_tokens, 1.0), key=lambda one: one[1])[0]

    def _outputs_left(self, prompt_tokens: int, share: float) -> Iterator[tuple[Bound, int]]:
        usage, price = self._context.meter.usage, self._price
        if self._budgets.tokens is not None:
            spent = usage.total_tokens + usage.citation_tokens
            yield "tokens", int(share * self._budgets.tokens) - spent - prompt_tokens
        written_usd = max(price.output_usd, price.reasoning_usd)
        if self._budgets.cost_usd is not None and written_usd:
            read_usd = prompt_tokens * max(price.input_usd, price.citation_usd) / 1_000_000
            left_usd = share * self._budgets.cost_usd - self._cost_usd - read_usd
            yield "cost", int(left_usd / written_usd * 1_000_000)

    @property
    def _cost_usd(self) -> float:
        meter = self._context.meter
        cost = self._price.cost(meter.usage, self._context_size, pro=meter.pro_search)
        return cost.total_usd

    def time_left_s(self, share: float = 1.0) -> float | None:
        """Seconds of this share of the time that are left; negative when it has gone, None when
        there is no end to it."""
        if self._write_by is None:
            return None
        now = asyncio.get_running_loop().time()
        return self._begun + share * (self._write_by - self._begun) - now

    def has_time(self, share: float = 1.0) -> bool:
        """Whether some of this share of the time is left."""
        left = self.time_left_s(share)
        return left is None or left > 0

    def meet(self, bound: Bound, left_out: str) -> None:
        """The bound was met, and this was left out for it."""
        named = self._met.setdefault(bound, [])
        if left_out not in named:
            named.append(left_out)

    def notices(self) -> Iterator[Notice]:
        """One Notice for each bound met since they were last asked for."""
        met, self._met = self._met, {}
        for bound, left_out in met.items():
            said = f"The {_NAMED[bound]} allowed for this request did not do for everything"
            named, more = left_out[:_MOST_NAMED], len(left_out) - _MOST_NAMED
            listed = "; ".join([*named, f"{more} more"] if more > 0 else named)
            yield Notice("budget", f"{said}; left out: {listed}.")


def bounds_of(
    question: Question, profile: Profile, context: RequestContext, write_by: float | None
) -> Bounds:
    """The bounds of a question's budgets at the profile's price."""
    return Bounds(
        question.budgets,
        context,
        price=profile.price,
        context_size=question.search.context_size,
        write_by=write_by,
    )
