"""How many tokens a text has, counted off the event loop when it is long.

Counting takes some microseconds per hundred characters; a body of many megabytes would hold up
everybody else for minutes.
"""

from __future__ import annotations

import asyncio
import re
from collections.abc import Iterator

from hydrophone.llm.base import TokenCounter

INLINE_CHARS = 4_000
SLICE_CHARS = 200_000
_SPACE = re.compile(r"\s")


async def count_tokens(tokens: TokenCounter, text: str) -> int:
    """The exact count. A long text is counted slice by slice in a thread, so that cancelling
    takes effect soon; slices end at white space, where every token ends."""
    if len(text) <= INLINE_CHARS:
        return tokens.count(text)
    count = 0
    for piece in _slices(text):
        count += await asyncio.to_thread(tokens.count, piece)
    return count


def _slices(text: str) -> Iterator[str]:
    start = 0
    while start < len(text):
        space = _SPACE.search(text, start + SLICE_CHARS)
        end = space.start() if space else len(text)
        yield text[start:end]
        start = end
