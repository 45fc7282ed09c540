"""An answer while it comes in, and when it is there."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from hydrophone.perplexity.wire.results import SearchResultItem
from hydrophone.types import Notice


@dataclass(slots=True)
class AnswerSoFar:
    """The parts of an answer; `pieces` join to its text. The list grows only; a text that changes
    gets another, since the steps before keep theirs."""

    pieces: list[str] = field(default_factory=list)
    title: str | None = None
    results: tuple[SearchResultItem, ...] = ()
    conversation_uuid: str | None = None
    notices: list[Notice] = field(default_factory=list)
    related: tuple[str, ...] = ()
    queries: list[str] = field(default_factory=list)
    thoughts: list[str] = field(default_factory=list)


@dataclass(frozen=True, slots=True)
class Response:
    """One step of an answer: what `delta` adds to it, and all of it up to here.

    `revised`: text that came before has changed, as when its markers were numbered anew. Then
    `answer` is right, and the deltas together are not.
    """

    delta: str
    revised: bool
    _so_far: AnswerSoFar = field(repr=False)
    _pieces: list[str] = field(repr=False)
    _count: int = field(repr=False)
    _results: tuple[SearchResultItem, ...] = field(repr=False)

    @property
    def answer(self) -> str:
        """The text up to here."""
        return "".join(self._pieces[: self._count])

    @property
    def chunks(self) -> list[str]:
        """The deltas up to here."""
        return self._pieces[: self._count]

    @property
    def last_chunk(self) -> str | None:
        """The newest of the chunks; None when there is none."""
        return self._pieces[self._count - 1] if self._count else None

    @property
    def title(self) -> str | None:
        """The title that the service gave the conversation."""
        return self._so_far.title

    @property
    def search_results(self) -> list[SearchResultItem]:
        """The sources up to here: `[1]` is the first."""
        return list(self._results)

    @property
    def conversation_uuid(self) -> str | None:
        """The id of this answer's entry."""
        return self._so_far.conversation_uuid

    @property
    def queries(self) -> Sequence[str]:
        """What was searched for."""
        return tuple(self._so_far.queries)

    @property
    def thoughts(self) -> Sequence[str]:
        """What was thought on the way."""
        return tuple(self._so_far.thoughts)

    @property
    def notices(self) -> Sequence[Notice]:
        """What should be known of how the answer came to be: another model than was asked for."""
        return tuple(self._so_far.notices)
