"""Citation markers in a model's text: an `[n]` that no source has never reaches a reader.

Text is let through as it comes; only what may be the beginning of a marker is held back until it
is whole. `[1]`, `[1, 2]` and `【1】` are markers; anything else in brackets is text.
"""

from __future__ import annotations

import re
from collections.abc import Collection

_MARKER = re.compile(r"[ \t]?[\[【]\s*(\d{1,3}(?:\s*,\s*\d{1,3})*)\s*[\]】]")
_BEGINNING = re.compile(r"[ \t]?(?:[\[【][\d\s,]{0,24})?$")


class MarkerFilter:
    """Passes a text on piece by piece, without the markers of sources that do not exist."""

    def __init__(self, numbers: Collection[int]) -> None:
        self._numbers = frozenset(numbers)
        self._held = ""

    def feed(self, delta: str) -> str:
        """The text that can be let go after `delta` has come; may be empty."""
        text = self._held + delta
        beginning = _BEGINNING.search(text)
        cut = beginning.start() if beginning else len(text)
        self._held = text[cut:]
        return self._checked(text[:cut])

    def close(self) -> str:
        """What was held back to the last."""
        rest, self._held = self._held, ""
        return self._checked(rest)

    def _checked(self, text: str) -> str:
        return _MARKER.sub(self._replace, text) if "[" in text or "【" in text else text

    def _replace(self, match: re.Match[str]) -> str:
        numbers = [int(number) for number in match[1].split(",")]
        known = [number for number in dict.fromkeys(numbers) if number in self._numbers]
        space = match[0][0] if match[0][0] in " \t" else ""
        return space + "".join(f"[{number}]" for number in known) if known else ""


def cited(text: str) -> list[tuple[int, int]]:
    """The markers of a finished text: (offset of the marker, number), in order."""
    return [
        (match.start(), int(number))
        for match in _MARKER.finditer(text)
        for number in match[1].split(",")
    ]
