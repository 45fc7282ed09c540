"""HTML inside Markdown: which of the text between its tags is shown."""

from __future__ import annotations

import re

_TAG = re.compile(
    r"<!--.*?(?:-->|\Z)|<(?P<close>/?)(?P<name>[A-Za-z][\w-]*)(?P<rest>(?:[^<>\"']|\"[^\"]*\"|'[^']*')*)>",
    re.DOTALL,
)
_BREAK = "br"
_VOID = frozenset(
    "area base br col embed hr img input link meta param source track wbr".split()  # noqa: SIM905 - names, not sentences
)


class Curtain:
    """Follows opening and closing tags. `drawn`: what comes now is hidden."""

    def __init__(self) -> None:
        self._open: list[str] = []
        self._hidden_from: int | None = None

    @property
    def drawn(self) -> bool:
        """Whether an element that hides is open."""
        return self._hidden_from is not None

    def shown(self, markup: str) -> str:
        """The text of a piece of HTML that is shown; line breaks as line feeds."""
        parts: list[str] = []
        position = 0
        for tag in _TAG.finditer(markup):
            parts.append("" if self.drawn else markup[position : tag.start()])
            position = tag.end()
            if tag["name"]:
                parts.append("\n" if tag["name"].lower() == _BREAK and not self.drawn else "")
                self._meet(tag)
        parts.append("" if self.drawn else markup[position:])
        return "".join(parts)

    def _meet(self, tag: re.Match[str]) -> None:
        name = tag["name"].lower()
        if tag["close"]:
            self._leave(name)
        elif name not in _VOID and not tag["rest"].endswith("/"):
            if not self.drawn and _hides(tag):
                self._hidden_from = len(self._open)
            self._open.append(name)

    def _leave(self, name: str) -> None:
        if name not in self._open:
            return
        while self._open.pop() != name:
            pass
        if self._hidden_from is not None and len(self._open) <= self._hidden_from:
            self._hidden_from = None


def _hides(tag: re.Match[str]) -> bool:
    if not tag["rest"].strip() and tag["name"].lower() not in ("script", "style", "template"):
        return False
    from hydrophone.fetch.extract.html.hidden import hides

    return hides(tag[0])
