"""Addresses in answers in a format: those that may not be shown are taken out of the values."""

from __future__ import annotations

import asyncio
import json
from typing import Any

from hydrophone.engine.hostile.addresses import AddressPass, Allowed
from hydrophone.engine.structured.shapes import Fit, JsonShape, Misfit, Shape

_REASON = (
    "it holds an address that belongs to none of the sources and was not asked for: write none"
)


async def without_addresses(fit: Fit, shape: Shape, allowed: Allowed) -> tuple[Fit | Misfit, int]:
    """The answer without the addresses that may not be shown, and how many were left out; a misfit
    where it has no longer its format without them."""
    cleared, left_out = await asyncio.to_thread(_cleared, fit.text, shape, allowed)
    if not left_out:
        return fit, 0
    again = await shape.read(cleared, cut=False)
    return (again if isinstance(again, Fit) else Misfit(_REASON)), left_out


def _cleared(text: str, shape: Shape, allowed: Allowed) -> tuple[str, int]:
    clearing = _Clearing(allowed)
    if not isinstance(shape, JsonShape):
        return clearing.text(text), clearing.left_out
    value = clearing.value(json.loads(text))
    return json.dumps(value, ensure_ascii=False, separators=(",", ":")), clearing.left_out


class _Clearing:
    def __init__(self, allowed: Allowed) -> None:
        self._allowed = allowed
        self.left_out = 0

    def text(self, text: str) -> str:
        one = AddressPass(self._allowed, bare=True)
        cleared = one.feed(text) + one.close()
        self.left_out += one.left_out
        return cleared

    def value(self, value: Any) -> Any:
        if isinstance(value, str):
            return self.text(value)
        if isinstance(value, list):
            return [self.value(one) for one in value]
        if isinstance(value, dict):
            return {self.text(name): self.value(one) for name, one in value.items()}
        return value
