"""Finds the text that a pattern asks for in a model's reply."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator

from hydrophone.llm.structured.forms import WRAPPED
from hydrophone.llm.structured.matching import Matcher

_FENCED = re.compile(r"```[\w+-]*[ \t]*\n(.*?)\n?[ \t]*```", re.DOTALL)
_QUOTES = (('"', '"'), ("'", "'"), ("`", "`"), ("“", "”"), ("**", "**"), ("/", "/"))


async def matching_text(reply: str, matcher: Matcher) -> str | None:
    """What of the reply the pattern matches as a whole: the reply, or what it holds in an object,
    in fences, in quotes or on a line of its own. Raises PatternTooSlow."""
    for text in dict.fromkeys(_texts(reply)):
        if await matcher.matches(text):
            return text
    return None


def _texts(reply: str) -> Iterator[str]:
    plain = reply.strip()
    wrapped = _unwrapped(plain)
    if wrapped is not None:
        yield wrapped
    yield reply
    yield plain
    for fenced in _FENCED.findall(reply):
        yield fenced
        yield fenced.strip()
    lines = [line.strip() for line in plain.splitlines() if line.strip()]
    # The answer alone, or behind an introduction that ends with a colon.
    alone = [plain, lines[-1], lines[0]] if lines else []
    alone += [line.rpartition(": ")[2] for line in alone]
    for line in alone:
        yield line
        yield from _unquoted(line)
        yield line.rstrip(".")


def _unwrapped(plain: str) -> str | None:
    """The text of an object that stands for it."""
    try:
        value = json.loads(plain)
    except (ValueError, RecursionError):
        return None
    if isinstance(value, dict) and len(value) == 1 and isinstance(value.get(WRAPPED), str):
        return str(value[WRAPPED])
    return value if isinstance(value, str) else None


def _unquoted(line: str) -> Iterator[str]:
    for opening, closing in _QUOTES:
        long = len(line) > len(opening) + len(closing)
        if long and line.startswith(opening) and line.endswith(closing):
            yield line[len(opening) : -len(closing)]
