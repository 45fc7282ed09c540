"""What a passage is found by, and how much each part of it counts."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, fields


@dataclass(frozen=True, slots=True)
class FieldWeights:
    """The factor of each field's BM25 in the score of a passage; a field with 0 is not searched.

    `body` is the passage itself, `headings` those above it; `title` and `url` are its document's.
    """

    body: float = 1.0
    title: float = 0.6
    headings: float = 0.4
    url: float = 0.2

    def searched(self) -> Iterator[tuple[str, float]]:
        """(field, weight) of the fields that count."""
        for name in FIELD_NAMES:
            weight = float(getattr(self, name))
            if weight > 0:
                yield name, weight


FIELD_NAMES = tuple(field.name for field in fields(FieldWeights))
DEFAULT_WEIGHTS = FieldWeights()
