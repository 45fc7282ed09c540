"""Thoughts of the reasoning models: what was really done, told while it is done.

Nothing is told that did not happen: the queries, what they found, what was read, what is quoted.
"""

from __future__ import annotations

from collections.abc import Sequence

from hydrophone.llm.base import TokenCounter
from hydrophone.stream import Emit
from hydrophone.types import RequestContext, SearchResult, Thinking

_NAMED = 5
_TITLE_CHARS = 80


class Thoughts:
    """Tells of the work as `Thinking`, counted as reasoning tokens; silent unless `aloud`."""

    def __init__(
        self, tokens: TokenCounter, context: RequestContext, emit: Emit, *, aloud: bool
    ) -> None:
        self._tokens = tokens
        self._context = context
        self._emit = emit
        self._aloud = aloud

    async def attached(self, results: Sequence[SearchResult]) -> None:
        """These files came with the question."""
        if results:
            await self._say(f"Read what is attached: {'; '.join(map(_title, results))}.\n")

    async def searching(self, queries: Sequence[str], why: str) -> None:
        """These queries are searched for now."""
        lines = "".join(f"\n- {' '.join(query.split())}" for query in queries)
        await self._say(f"{why or 'Searching for:'}{lines}\n")

    async def found(self, results: Sequence[SearchResult]) -> None:
        """So many pages were found."""
        if not results:
            await self._say("Nothing was found.\n")
            return
        named = "; ".join(_title(result) for result in results[:_NAMED])
        more = "; …" if len(results) > _NAMED else "."
        await self._say(f"Found {_counted(len(results), 'page')}: {named}{more}\n")

    async def read(self, pages: int, of: int) -> None:
        """So many pages were read."""
        await self._say(f"Read {pages} of {_counted(of, 'page')}.\n")

    async def told(self, thought: str) -> None:
        """This was thought: what was planned, noted, or found to be missing."""
        await self._say(f"{thought}\n")

    async def quoting(self, numbers: Sequence[int], *, confident: bool) -> None:
        """These sources are quoted."""
        cited = ", ".join(f"source {n}" for n in dict.fromkeys(numbers))
        if confident:
            await self._say(f"Sentences that answer stand in {cited}.\n")
        elif cited:
            await self._say(f"No sentence answers for sure; the nearest stand in {cited}.\n")
        else:
            await self._say("No sentence answers the question.\n")

    async def _say(self, text: str) -> None:
        if not self._aloud:
            return
        count = self._tokens.count(text)
        self._context.meter.add(completion_tokens=count, reasoning_tokens=count)
        await self._emit(Thinking(text))


def _title(result: SearchResult) -> str:
    title = " ".join((result.title or result.url).split())
    return title if len(title) <= _TITLE_CHARS else title[:_TITLE_CHARS].rsplit(" ", 1)[0] + " …"


def _counted(count: int, what: str) -> str:
    return f"{count} {what}" if count == 1 else f"{count} {what}s"
