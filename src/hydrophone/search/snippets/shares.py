"""Sharing a budget out."""

from __future__ import annotations

from collections.abc import Sequence


def fair_shares(wants: Sequence[int], total: int) -> list[int]:
    """How much of `total` each gets, in their order.

    Nobody gets more than is wanted, and what small wants leave is for the others: whoever gets
    less than is wanted gets as much as anybody (max-min fairness). What cannot be divided is for
    those that come first.
    """
    shares = [0] * len(wants)
    ascending = sorted(range(len(wants)), key=lambda index: (wants[index], -index))
    for waiting, index in zip(range(len(wants), 0, -1), ascending, strict=True):
        shares[index] = min(wants[index], total // waiting)
        total -= shares[index]
    return shares
