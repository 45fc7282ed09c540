"""Stop sequences, honoured here too: not every endpoint does, and held text may not run over."""

from __future__ import annotations

from collections.abc import Sequence


class StopPass:
    """Passes a text on piece by piece, up to the first stop sequence.

    What may be the beginning of one is held back. `stopped`: one has come, and all text after it
    is dropped.
    """

    def __init__(self, stop: Sequence[str]) -> None:
        self._stop = tuple(one for one in stop if one)
        self._longest = max((len(one) for one in self._stop), default=0)
        self._held = ""
        self.stopped = False

    def feed(self, delta: str) -> str:
        """The text that can be let go after `delta` has come; may be empty."""
        if self.stopped:
            return ""
        text = self._held + delta
        found = [place for one in self._stop if (place := text.find(one)) >= 0]
        if found:
            self.stopped, self._held = True, ""
            return text[: min(found)]
        keep = self._beginning(text)
        self._held = text[len(text) - keep :]
        return text[: len(text) - keep]

    def close(self) -> str:
        """What was held back to the last."""
        rest, self._held = self._held, ""
        return rest

    def _beginning(self, text: str) -> int:
        """How many characters at the end may be the beginning of a stop sequence."""
        for size in range(min(len(text), self._longest - 1), 0, -1):
            if any(one.startswith(text[-size:]) for one in self._stop):
                return size
        return 0
