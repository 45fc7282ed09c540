"""Weights: how the marks of a claim and its nearest lines make a score, fitted on made claims."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from hydrophone.engine.checking.evidence import Nearest
from hydrophone.llm.base import RerankerKind

SUPPORTED = 0.5
# Where a rule objects; such a claim may run word for word like the source but for a figure.
OBJECTED = 0.02
MAX_RELEVANCE = 11.5


@dataclass(frozen=True, slots=True)
class Weights:
    """Of a logistic regression; a claim is supported from a score of 0.5 on."""

    together: float
    elsewhere: float
    absent: float
    relevance: float
    constant: float

    def score(self, marks: Sequence[float]) -> float:
        """From 0, surely not supported, to 1."""
        own = (*self.each(), self.constant)
        return 1 / (1 + math.exp(-sum(w * m for w, m in zip(own, (*marks, 1.0), strict=True))))

    def each(self) -> tuple[float, ...]:
        """Those of the marks, in their order."""
        return self.together, self.elsewhere, self.absent, self.relevance


def marks(near: Nearest, stems: int, relevance: float | None) -> tuple[float, ...]:
    """What a score is made of: the shares of the claim's weight in the nearest lines, and in the
    rest of the source besides; how many of its words the lines lack; and the model's score.
    `relevance` is None where no model read the pair."""
    return (
        near.together,
        max(0.0, near.anywhere - near.together),
        math.log1p(stems * (1 - near.together)),
        0.0 if relevance is None else max(-MAX_RELEVANCE, min(MAX_RELEVANCE, relevance)) / 10,
    )


# Fitted by benchmarks/citations.py --fit; docs/quality.md has the method and the figures.
WEIGHTS: Mapping[RerankerKind, Weights] = {
    "cross-encoder": Weights(1.266, 4.547, -3.493, 2.379, 7.694),
    "overlap": Weights(7.24, 4.52, -2.379, 0.0, 2.96),
}
