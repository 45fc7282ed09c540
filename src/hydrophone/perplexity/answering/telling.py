"""From the steps of an answer to the events of the waist."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from hydrophone.perplexity.citations import Renumbering, renumbered
from hydrophone.perplexity.client.response import Response
from hydrophone.types import (
    Event,
    Meter,
    Notice,
    Revision,
    SearchResult,
    Source,
    Sources,
    Step,
    StepResult,
    Text,
    Thinking,
)


class Telling:
    """Tells one answer. Sources keep the number that they came under; where the service's last word
    has them in another order, its markers are numbered as ours. A source without an address, as a
    file, is none that we can name: it takes no number here, and its markers are left out."""

    def __init__(self, style: str, meter: Meter) -> None:
        self._style = style
        self._meter = meter
        self._numbers: dict[str, int] = {}
        self._ours: dict[int, int | None] = {}
        self._renumbering: Renumbering | None = None
        self._said: list[str] = []
        self._speaks = False
        self._queries = self._thoughts = self._notices = 0
        self._open: str | None = None
        self._steps = 0

    @property
    def text(self) -> str:
        """The text that was told."""
        return "".join(self._said)

    def take(self, response: Response) -> Iterator[Event]:
        """The events that a step of the answer brings."""
        yield from self._searching(response)
        yield from self._found(response)
        if response.delta or response.revised:
            yield from self._begin_text()
        if response.revised:
            self._begin_numbering()
            self._said = [self._passed(response.answer)]
            yield Revision(self._said[0], ())
        elif response.delta:
            yield from self._say(self._passed(response.delta))
        yield from self._noticed(response)

    def end(self, response: Response) -> Iterator[Event]:
        """What the last step leaves to be said."""
        yield from self._begin_text()
        rest = self._renumbering.close() if self._renumbering is not None else ""
        whole = renumbered(response.answer, self._ours) if self._ours else response.answer
        if whole == self.text + rest:
            yield from self._say(rest)
        else:
            self._said = [whole]
            yield Revision(whole, ())

    def _say(self, text: str) -> Iterator[Text]:
        if text:
            self._said.append(text)
            yield Text(text)

    def _searching(self, response: Response) -> Iterator[Event]:
        if new := response.thoughts[self._thoughts :]:
            self._thoughts += len(new)
            yield Thinking("\n".join(new) + "\n")
        if new := response.queries[self._queries :]:
            self._queries += len(new)
            self._meter.add(search_queries=len(new))
            yield from self._close_step(())
            self._steps += 1
            self._open = f"search-{self._steps}"
            yield Step(self._open, "web_search", queries=tuple(new))

    def _found(self, response: Response) -> Iterator[Event]:
        new: list[Source] = []
        results = response.search_results
        for item in results:
            if item.url is None or item.url in self._numbers:
                continue
            self._numbers[item.url] = len(self._numbers) + 1
            result = SearchResult(item.url, item.title or "", item.snippet or "", kind="web")
            new.append(Source(self._numbers[item.url], result))
        self._number([item.url for item in results])
        if new:
            yield from self._close_step(tuple(source.result for source in new))
            yield Sources(tuple(new))

    def _close_step(self, hits: tuple[SearchResult, ...]) -> Iterator[Event]:
        if self._open is not None:
            yield StepResult(self._open, hits)
            self._open = None

    def _begin_text(self) -> Iterator[Event]:
        if not self._speaks:
            self._speaks = True
            self._begin_numbering()
            yield from self._close_step(())
            yield Sources(complete=True)

    def _noticed(self, response: Response) -> Iterator[Notice]:
        new = response.notices[self._notices :]
        self._notices += len(new)
        yield from new

    def _number(self, urls: Sequence[str | None]) -> None:
        """Keep our numbers where they are not the service's; a link names its address, whatever its
        number."""
        self._ours.clear()
        if self._style == "clean":
            return
        for theirs, url in enumerate(urls, 1):
            ours = self._numbers[url] if url is not None else None
            if ours != theirs and (ours is None or self._style == "default"):
                self._ours[theirs] = ours

    def _begin_numbering(self) -> None:
        """Have the text that comes from now on numbered, if that is needed."""
        self._renumbering = Renumbering(self._ours) if self._ours else None

    def _passed(self, delta: str) -> str:
        return self._renumbering.feed(delta) if self._renumbering is not None else delta
