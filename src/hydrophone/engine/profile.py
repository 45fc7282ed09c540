"""What a model id means to the engine: how much it searches, reads and says."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Literal

from hydrophone.types import ContextSize, Effort, Price, Question

Kind = Literal["answer", "report"]
_FREE = Price()


@dataclass(frozen=True, slots=True)
class Profile:
    """Settings of one engine model. `chat_model` is the id at the endpoint, None to quote.

    `pages` is how many found pages are read in a round, where the search knows only excerpts of
    them, and `passages` how many passages of a page are kept. `queries` is how many parts of the
    question are searched for at once, `leads` how many queries are then made of what they found,
    and `rounds` how often pages are searched for and read. `search` False leaves a search to
    callers who ask for one; a `searchless` model never searches. `thinks`: what was done is told
    as thoughts. `kind` "report" has sections, at most so many. `price` is what a limit of the cost
    is judged by.
    """

    results: int = 8
    pages: int = 5
    passages: int = 3
    queries: int = 1
    leads: int = 0
    rounds: int = 1
    sentences: int = 4
    pairs: int = 10
    passage_tokens: int = 3000
    search: bool = True
    searchless: bool = False
    thinks: bool = False
    kind: Kind = "answer"
    sections: int = 5
    max_output_tokens: int | None = None
    chat_model: str | None = None
    price: Price = _FREE


# A deeper search makes every profile at least this.
PRO_QUERIES = 4
PRO_LEADS = 3
PRO_ROUNDS = 2


@dataclass(frozen=True, slots=True)
class _Size:
    """How a search context size changes a profile."""

    more: float
    passages: int


_SIZES: Mapping[ContextSize, _Size] = {
    "low": _Size(1.0, 3),
    "medium": _Size(1.5, 4),
    "high": _Size(2.0, 5),
}
# Rounds of search and sections of a report, by the effort that is asked for.
_EFFORTS: Mapping[Effort, tuple[int, int]] = {
    "none": (1, 3),
    "minimal": (1, 3),
    "low": (2, 4),
    "medium": (3, 5),
    "high": (4, 7),
    "xhigh": (5, 9),
}


def sized(profile: Profile, size: ContextSize) -> Profile:
    """The profile for a search context size: results, pages, their passages, and the room for them
    in a prompt."""
    if size == "low":
        return profile
    by = _SIZES[size]
    return replace(
        profile,
        results=round(profile.results * by.more),
        pages=round(profile.pages * by.more),
        passages=by.passages,
        passage_tokens=round(profile.passage_tokens * by.more),
    )


def deepened(profile: Profile) -> Profile:
    """The profile for a deeper search: several queries, and rounds that build on what was found."""
    return replace(
        profile,
        queries=max(profile.queries, PRO_QUERIES),
        leads=max(profile.leads, PRO_LEADS),
        rounds=max(profile.rounds, PRO_ROUNDS),
    )


def with_effort(profile: Profile, effort: Effort | None) -> Profile:
    """A report's profile with the rounds and sections of an effort; others stay as they are."""
    if effort is None or profile.kind != "report":
        return profile
    rounds, sections = _EFFORTS[effort]
    return replace(profile, rounds=rounds, sections=sections)


def searches(question: Question, profile: Profile) -> bool:
    """Whether a search is wanted: by the caller, or else by the model's profile. A model that never
    searches does not for anybody."""
    if profile.searchless:
        return False
    return profile.search if question.search.enabled is None else question.search.enabled


def resumes(profile: Profile, question: Question) -> bool:
    """Whether an answer by the profile can be gone on with: a report, as it has sections. One in a
    format of the caller's, or that calls functions, is a single reply."""
    one_reply = question.output.format is not None or bool(question.tools.functions)
    return profile.kind == "report" and not one_reply
