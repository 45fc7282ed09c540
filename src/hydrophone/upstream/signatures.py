"""What models of some providers sign their calls of functions with, and want back."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Mapping

MOST = 2_000


class Signatures:
    """Remembers the signatures of the last calls, by their ids."""

    def __init__(self) -> None:
        self._by_call: OrderedDict[str, str] = OrderedDict()

    def get(self, call_id: str) -> str | None:
        """The signature of this call, when it is remembered."""
        return self._by_call.get(call_id)

    def keep(self, signatures: Mapping[str, str]) -> None:
        """Remember these as well; the oldest are forgotten."""
        self._by_call |= signatures
        while len(self._by_call) > MOST:
            self._by_call.popitem(last=False)
