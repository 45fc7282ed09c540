"""Compares texts with a pattern, in bounded time."""

from __future__ import annotations

import asyncio
from collections.abc import Iterator
from functools import lru_cache
from typing import TYPE_CHECKING

from hydrophone.errors import InvalidRequest, NotConfigured
from hydrophone.llm.structured.derivatives import Beyond, fits
from hydrophone.llm.structured.grammar import relaxed
from hydrophone.llm.structured.pattern_reader import read_pattern
from hydrophone.llm.structured.patterns import Pattern, written
from hydrophone.types import Span

if TYPE_CHECKING:
    from regex import Pattern as Compiled

MATCH_S = 0.5
_KEPT = 64
# Not within a word or a number: neither side of the place is part of what the other is.
_BEGIN = r"(?:(?<!\w)|(?!\w))(?<!\d[.,](?=\d))"
_END = r"(?:(?<!\w)|(?!\w))(?!(?<=\d)[.,]\d)"


class PatternTooSlow(InvalidRequest):
    """Comparing a text with the pattern takes too long, as with `(a|aa)+\\1c`."""


class Matcher:
    """One pattern that can be compared with texts; `pattern` is its tree."""

    def __init__(self, text: str, timeout_s: float = MATCH_S) -> None:
        self.text = text
        self.pattern: Pattern = read_pattern(text)
        self._timeout_s = timeout_s
        self._compiled = _compiled(written(self.pattern.root))
        self._within: Compiled[str] | None = None

    async def matches(self, text: str) -> bool:
        """Whether the pattern matches the text as a whole. Raises PatternTooSlow."""
        return await asyncio.to_thread(self._matches, text)

    async def found_in(self, text: str) -> list[Span]:
        """Where the text holds, in whole words, what the pattern matches as a whole, from left to
        right; nothing empty. Raises PatternTooSlow."""
        return await asyncio.to_thread(lambda: list(self._found_in(text)))

    def _matches(self, text: str) -> bool:
        try:
            # Without the interpreter's lock, so that others are served meanwhile.
            found = self._compiled.fullmatch(text, timeout=self._timeout_s, concurrent=True)
        except TimeoutError:
            return self._fits_slowly(text)
        return found is not None

    def _fits_slowly(self, text: str) -> bool:
        """By what may still come after each character, which no number of ways makes longer."""
        try:
            return fits(self.pattern.root, text)
        except (Beyond, RecursionError):
            raise self._too_slow() from None

    def _found_in(self, text: str) -> Iterator[Span]:
        if self._within is None:
            # What the pattern says of places holds for the answer, not for the text around it.
            inner = written(relaxed(self.pattern.root))
            self._within = _compiled(f"{_BEGIN}(?:{inner}){_END}")
        try:
            for found in self._within.finditer(text, timeout=self._timeout_s, concurrent=True):
                if found.group() and self._matches(found.group()):
                    yield Span(found.start(), found.end())
        except TimeoutError:
            raise self._too_slow() from None

    def _too_slow(self) -> PatternTooSlow:
        return PatternTooSlow(
            f"the regex takes more than {self._timeout_s:g} s to compare with a text: repeat "
            "nothing that can be taken apart in many ways, as in (a|aa)+",
            param="response_format",
        )


@lru_cache(_KEPT)
def matcher(text: str) -> Matcher:
    """The matcher of a pattern. Raises PatternRefused."""
    return Matcher(text)


def _compiled(text: str) -> Compiled[str]:
    try:
        import regex
    except ImportError as error:
        raise NotConfigured(
            "a library for patterns is missing (regex): pip install 'hydrophone[api]'"
        ) from error
    return regex.compile(text, regex.VERSION0)
