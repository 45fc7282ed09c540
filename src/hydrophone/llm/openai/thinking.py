"""Separates the thoughts that a model writes between <think> and </think> from its answer.

Only thoughts before the answer count: a tag further on is the model writing about tags.
"""

from __future__ import annotations

OPEN = "<think>"
CLOSE = "</think>"


class ThoughtSplitter:
    """Takes text in pieces; gives each piece's part of the answer and of the thoughts.

    What may be the beginning of a tag is held back until the next piece or the end decides. Blank
    space after the thoughts is dropped.
    """

    __slots__ = ("_held", "_state")

    def __init__(self) -> None:
        self._state: str = "before"  # then maybe "thinking" and "after", at last "answer"
        self._held = ""

    def feed(self, piece: str) -> tuple[str, str]:
        """What this piece decides: (answer, thoughts)."""
        if self._state == "answer":
            return piece, ""
        self._held += piece
        thoughts = ""
        while self._state != "answer":
            if self._state == "thinking":
                thoughts += self._take_thoughts()
                if self._state == "thinking":
                    return "", thoughts
            elif not self._decide():
                return "", thoughts
        answer, self._held = self._held, ""
        return answer, thoughts

    def close(self) -> tuple[str, str]:
        """What was held back, now that nothing more comes."""
        held, self._held = self._held, ""
        if self._state == "thinking":
            return "", held
        return ("" if self._state == "after" and not held.strip() else held), ""

    def _take_thoughts(self) -> str:
        thoughts, closing, rest = self._held.partition(CLOSE)
        if closing:
            self._state, self._held = "after", rest
            return thoughts
        keep = _partial_suffix(self._held, CLOSE)
        thoughts = self._held[: len(self._held) - keep]
        self._held = self._held[len(thoughts) :]
        return thoughts

    def _decide(self) -> bool:
        """Whether what is held tells if thoughts or the answer begin."""
        text = self._held.lstrip()
        if self._state == "after":
            self._held = text
        if text.startswith(OPEN):
            self._state, self._held = "thinking", text[len(OPEN) :]
            return True
        if OPEN.startswith(text):
            return False
        self._state = "answer"
        return True


def _partial_suffix(text: str, tag: str) -> int:
    """How many characters at the end of the text may be the beginning of the tag."""
    for size in range(min(len(text), len(tag) - 1), 0, -1):
        if text.endswith(tag[:size]):
            return size
    return 0
