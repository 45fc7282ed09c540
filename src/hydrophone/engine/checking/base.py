"""What the rest of the engine knows of the check: one Protocol and the values that pass."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from hydrophone.engine.candidates import Sentence
from hydrophone.types import Source, Verdict


@dataclass(frozen=True, slots=True)
class Claim:
    """A sentence of an answer, without its markers, and the numbers that it cites, in their order.

    `before` is the text in front of it, for what its pronouns stand for; may be empty.
    """

    text: str
    cited: tuple[int, ...] = ()
    before: str = ""


@dataclass(frozen=True, slots=True)
class Support:
    """What the check found for one source: the quote nearest to the claim, and whether the claim
    follows from it. `score` is from 0, surely not, to 1. `reason` says in a few words why not. The
    verdict `exists` means that the two were not compared: the languages differ, or too many sources
    are cited at once."""

    quote: Sentence
    verdict: Verdict
    score: float
    reason: str = ""

    @property
    def n(self) -> int:
        """The number of the source."""
        return self.quote.n


@dataclass(frozen=True, slots=True)
class Judgement:
    """The check of one claim: a `Support` for each cited source that has text, in the order cited;
    and, where none of them supports the claim, the best of the other sources that does."""

    cited: tuple[Support, ...]
    other: Support | None = None
    is_claim: bool = True

    @property
    def supported(self) -> bool:
        """Whether any of the cited sources supports the claim."""
        return any(one.verdict in ("supported", "exact") for one in self.cited)


class Checker(Protocol):
    """Compares claims with sources. Nothing is written by it."""

    async def check(self, claim: Claim, sources: Sequence[Source]) -> Judgement:
        """The judgement of one claim, from the passages of the sources as they are. Some 10 to 30
        ms. `is_claim` False: the sentence states nothing that could be checked (a question, a
        greeting, "the sources do not say")."""
