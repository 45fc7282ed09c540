"""What came out now beside what came out then, event by event."""

from __future__ import annotations

import difflib
from collections.abc import Sequence
from dataclasses import dataclass

from hydrophone.codec import encode
from hydrophone.types import Event, Failed, Finished


@dataclass(frozen=True, slots=True)
class Difference:
    """Events that differ at place `at` of the recording, as their lines of JSON."""

    at: int
    recorded: tuple[str, ...]
    replayed: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Replayed:
    """A replay: how many events came, and where they are others. `notes` say what else has changed
    since, without an effect on the events, or with it."""

    events: int
    differences: tuple[Difference, ...] = ()
    notes: tuple[str, ...] = ()

    @property
    def same(self) -> bool:
        """Whether the same bytes came out."""
        return not self.differences


def compare(recorded: Sequence[Event], replayed: Sequence[Event]) -> tuple[Difference, ...]:
    """The differences, in order. Of an answer that nobody heard to its end only the beginning is
    compared."""
    if not recorded or not isinstance(recorded[-1], Finished | Failed):
        replayed = replayed[: len(recorded)]
    then = [encode(event).decode() for event in recorded]
    now = [encode(event).decode() for event in replayed]
    matcher = difflib.SequenceMatcher(None, then, now, autojunk=False)
    return tuple(
        Difference(i, tuple(then[i:j]), tuple(now[k:m]))
        for tag, i, j, k, m in matcher.get_opcodes()
        if tag != "equal"
    )
