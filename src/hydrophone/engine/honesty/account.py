"""The account of an answer: what it rests on, listened to while it is written, told at its end.

An answer that a citation supports needs no further word. Where none does, whether the sources
answer at all is judged as the writer of quotes judges it, and an answer that they do not hold says
so: nobody shall take what a model remembers for what was found.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from datetime import datetime

from hydrophone.engine.checking.plain import is_claim
from hydrophone.engine.honesty.age import old_sources
from hydrophone.engine.honesty.disagreement import Statement, disagreement, told
from hydrophone.index.sentences import split_sentences
from hydrophone.stream import Emit
from hydrophone.types import Citation, Event, Notice, Revision, Source, Text, ToolCallDelta

_MARKER = re.compile(r"\s*\[\d{1,3}\]")


class Account:
    """Listens to one answer from these sources to this question, and passes all on to `emit`."""

    def __init__(self, question: str, sources: Sequence[Source], emit: Emit) -> None:
        self._question = question
        self._sources = sources
        self._emit = emit
        self._citations: list[Citation] = []
        self._pieces: list[str] = []
        self._calls = False

    async def hear(self, event: Event) -> None:
        """Pass an event on."""
        if isinstance(event, Text):
            self._pieces.append(event.delta)
        elif isinstance(event, Citation):
            self._citations.append(event)
        elif isinstance(event, Revision):
            self._pieces, self._citations = [event.text], list(event.citations)
        elif isinstance(event, ToolCallDelta):
            self._calls = True
        await self._emit(event)

    @property
    def doubtful(self) -> bool:
        """Whether something was written and all citations, if any, were found not to support it."""
        if self._calls or not any(piece.strip() for piece in self._pieces):
            return False
        return all(citation.verdict == "unsupported" for citation in self._citations)

    def states_facts(self) -> bool:
        """Whether the text states anything, and does not only say that the sources do not."""
        text = _MARKER.sub("", "".join(self._pieces))
        return any(is_claim(text[span.start : span.end]) for span in split_sentences(text))

    def notices(self, now: datetime) -> Iterator[Notice]:
        """How old the cited sources are where that matters, and where they disagree."""
        cited = {citation.n for citation in self._citations}
        of_age = (source for source in self._sources if source.n in cited)
        if (old := old_sources(self._question, of_age, now)) is not None:
            yield old
        statements = [Statement(one.n, one.quote) for one in self._citations]
        unique = tuple(dict.fromkeys(statements))
        if (found := disagreement(self._question, unique)) is not None:
            yield told(found, self._sources)
