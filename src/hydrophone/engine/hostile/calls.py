"""Calls of functions in a model's reply: only of those that the caller offers."""

from __future__ import annotations

from hydrophone.types import ToolCallDelta, Tools

NOT_OFFERED = "The language model called a function that the request does not offer: left out."


class CallPass:
    """Passes calls on, piece by piece; a page may have named a function that the caller never did.

    `left_out` counts the calls that were taken away, `passed` those that were not.
    """

    def __init__(self, tools: Tools) -> None:
        offered = () if tools.choice == "none" else tools.functions
        self._offered = frozenset(function.name for function in offered)
        self._shown: set[int] = set()
        self._hidden: set[int] = set()

    @property
    def left_out(self) -> int:
        """How many calls were taken away."""
        return len(self._hidden)

    @property
    def passed(self) -> int:
        """How many calls were let go."""
        return len(self._shown)

    def lets(self, call: ToolCallDelta) -> bool:
        """Whether this piece of a call may go out; its first piece names the function."""
        if call.name is not None:
            known = call.name in self._offered
            (self._shown if known else self._hidden).add(call.index)
        return call.index in self._shown and call.index not in self._hidden
