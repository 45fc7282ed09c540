"""Which links of a text say something by themselves: a question, the name of another subject."""

from __future__ import annotations

from collections.abc import Iterable

from hydrophone.fetch.extract.clean import clean_line

MOST = 16  # of one document
MIN_WORDS, MAX_WORDS = 3, 14
MAX_CHARS = 120
_LOOKED_AT = 400
_PLAIN = frozenset(
    """read more click here learn see all this page the link view back next previous continue to top
    on for details full article show less about us contact of and a terms privacy policy""".split()  # noqa: SIM905 - quoted words are no easier to read
)


def telling(texts: Iterable[str]) -> tuple[str, ...]:
    """Up to 16 of the link texts, in their order, each once: those of 3 to 14 words of which not
    all only ask to be clicked."""
    found: dict[str, None] = {}
    for number, text in enumerate(texts):
        if number == _LOOKED_AT or len(found) == MOST:
            break
        line = clean_line(text[: 2 * MAX_CHARS])
        if _tells(line):
            found.setdefault(line)
    return tuple(found)


def _tells(line: str) -> bool:
    words = line.split()
    if not MIN_WORDS <= len(words) <= MAX_WORDS or len(line) > MAX_CHARS or "://" in line:
        return False
    return any(
        word.strip(".,:;!?()").casefold() not in _PLAIN and any(char.isalpha() for char in word)
        for word in words
    )
