"""From the steps of an answer to the events of the waist."""

from __future__ import annotations

from collections.abc import Iterator

from hydrophone.perplexity.citations import renumbered
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
    has them in another order, its markers are numbered as ours."""

    def __init__(self, style: str, meter: Meter) -> None:
        self._style = style
        self._meter = meter
        self._numbers: dict[str, int] = {}
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
            self._said = [self._numbered(response)]
            yield Revision(self._said[0], ())
        elif response.delta:
            self._said.append(response.delta)
            yield Text(response.delta)
        yield from self._noticed(response)

    def end(self, response: Response) -> Iterator[Event]:
        """What the last step leaves to be said."""
        yield from self._begin_text()
        whole = self._numbered(response)
        if whole != self.text:
            self._said = [whole]
            yield Revision(whole, ())

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
        for item in response.search_results:
            if item.url is None or item.url in self._numbers:
                continue
            self._numbers[item.url] = len(self._numbers) + 1
            result = SearchResult(item.url, item.title or "", item.snippet or "", kind="web")
            new.append(Source(self._numbers[item.url], result))
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
            yield from self._close_step(())
            yield Sources(complete=True)

    def _noticed(self, response: Response) -> Iterator[Notice]:
        new = response.notices[self._notices :]
        self._notices += len(new)
        yield from new

    def _numbered(self, response: Response) -> str:
        """The text so far under our numbers; links name their address, whatever their number."""
        if self._style != "default":
            return response.answer
        urls = [item.url for item in response.search_results]
        ours = {n: self._numbers[url] for n, url in enumerate(urls, 1) if url is not None}
        if all(theirs == mine for theirs, mine in ours.items()):
            return response.answer
        return renumbered(response.answer, ours)
