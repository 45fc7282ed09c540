"""What a run of `hydrophone eval answers` is to do, as its options say."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Place:
    """Who is asked: the engine over the set's documents, unless it is over the `own` index, over
    these `documents`, or another one at `url`."""

    own: bool = False
    url: str | None = None
    key_variable: str = ""
    documents: tuple[Path, ...] = ()

    @property
    def needs_set(self) -> bool:
        """Whether the documents are those of the data set."""
        return not (self.own or self.url or self.documents)


@dataclass(frozen=True, slots=True)
class Plan:
    """The options of a run; see the command."""

    data: Path
    names: tuple[str, ...]
    place: Place
    model: str | None
    limit: int | None
    seed: int | None
    without_gold: int
    attacks: Path | None
    judges: bool
    most_wrong_silence: float
    at_once: int
    old: Path | None
