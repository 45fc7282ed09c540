"""A response while its events come in: its output so far, and what a stream tells of each event."""

from __future__ import annotations

from collections.abc import Iterator

from hydrophone.api.agent.items import (
    Item,
    ItemStatus,
    annotation,
    call_item,
    images_item,
    message_item,
    page_object,
    pages_item,
    result_object,
    search_results_item,
)
from hydrophone.types import (
    Citation,
    Event,
    Failed,
    Finished,
    Image,
    JsonValue,
    Media,
    Notice,
    Revision,
    SearchResult,
    Source,
    Sources,
    Step,
    StepResult,
    Text,
    Thinking,
    ToolCallDelta,
)


class _Call:
    """A call of a function while it is written; `place` is its index in the output."""

    __slots__ = ("arguments", "id", "name", "place")

    def __init__(self, place: int, call_id: str, name: str) -> None:
        self.place, self.id, self.name, self.arguments = place, call_id, name, ""


class ResponseSoFar:
    """Folds events into the output of the response with this key.

    An item has its place from when it begins: the sources when they are complete, the message with
    its first text, a call with its first piece.
    """

    def __init__(self, key: str) -> None:
        self.notices: list[Notice] = []
        self.last: Finished | Failed | None = None
        self._key = key
        self._items: list[Item] = []
        self._text: list[str] = []
        self._citations: list[Citation] = []
        self._thoughts: list[str] = []
        self._untold: list[str] = []
        self._calls: dict[int, _Call] = {}
        self._steps: dict[str, Step] = {}
        self._queries: dict[str, None] = {}
        self._pages: dict[str, SearchResult] = {}
        self._hits: dict[str, SearchResult] = {}
        self._images: list[Image] = []
        self._sources: dict[int, Source] = {}
        self._shown_sources = 0
        self._searched = False
        self._message: int | None = None
        self._complete = False
        self._reasoning = False

    def take(self, event: Event) -> list[Item]:
        """Add what the event brings; what a stream tells of it, without numbers."""
        return list(self._taken(event))

    def _taken(self, event: Event) -> Iterator[Item]:
        if isinstance(event, Text):
            yield from self._say(event.delta)
        elif isinstance(event, Thinking):
            self._thoughts.append(event.delta)
            self._untold.append(event.delta)
            yield from self._reason()
        elif isinstance(event, Step):
            yield from self._begin_step(event)
        elif isinstance(event, StepResult):
            yield from self._end_step(event)
        elif isinstance(event, Sources):
            yield from self._add_sources(event)
        elif isinstance(event, ToolCallDelta):
            yield from self._call(event)
        elif isinstance(event, Finished | Failed):
            self.last = event
            yield from self._end(event)
        else:
            self._add_beside(event)

    def _add_beside(self, event: Event) -> None:
        if isinstance(event, Citation):
            self._citations.append(event)
        elif isinstance(event, Notice):
            self.notices.append(event)
        elif isinstance(event, Media):
            self._images += event.images
        elif isinstance(event, Revision):
            self._text, self._citations = [event.text], list(event.citations)

    @property
    def text(self) -> str:
        """The answer's text so far; joined once, however often it is asked for."""
        if len(self._text) > 1:
            self._text = ["".join(self._text)]
        return self._text[0] if self._text else ""

    def output(self, status: ItemStatus) -> list[JsonValue]:
        """The items so far; what is not finished by itself has this status."""
        items = list(self._items)
        if self._message is not None:
            items[self._message] = self._message_item(status)
        for index, call in self._calls.items():
            items[call.place] = self._call_item(index, call, status)
        return list(items)

    def _reason(self) -> Iterator[Item]:
        if not self._reasoning:
            self._reasoning = True
            yield {"type": "response.reasoning.started"}

    def _stop_reasoning(self) -> Iterator[Item]:
        if self._reasoning:
            self._reasoning = False
            yield self._told({"type": "response.reasoning.stopped"})

    def _told(self, event: Item, thought: str = "") -> Item:
        """The event with what was thought since the last one."""
        thoughts = "".join([*self._untold, thought])
        self._untold = []
        return {**event, "thought": thoughts} if thoughts else event

    def _begin_step(self, step: Step) -> Iterator[Item]:
        self._steps[step.id] = step
        thought = "" if self._thoughts else step.thought  # thoughts that are told tell of it too
        if step.kind == "web_search":
            self._searched = True
            self._queries.update(dict.fromkeys(step.queries))
            asked: Item = {"queries": list(step.queries)}
            event: Item = {"type": "response.reasoning.search_queries", **asked}
        elif step.kind == "fetch_url":
            event = {"type": "response.reasoning.fetch_url_queries", "urls": list(step.urls)}
        elif thought:
            self._untold.append(thought + "\n")
            yield from self._reason()
            return
        else:
            return
        yield from self._reason()
        yield self._told(event, thought)

    def _end_step(self, ended: StepResult) -> Iterator[Item]:
        step = self._steps.get(ended.step)
        if step is None:
            return
        self._hits.update((hit.url, hit) for hit in ended.hits)
        if step.kind == "fetch_url":
            pages = ended.hits or [self._known(url) for url in ended.pages]
            self._pages.update((page.url, page) for page in pages)
            yield from self._reason()
            contents = [page_object(page) for page in pages]
            yield self._told({"type": "response.reasoning.fetch_url_results", "contents": contents})

    def _add_sources(self, sources: Sources) -> Iterator[Item]:
        """Results are told when they have their numbers: clients put them beside the text's."""
        new = [source for source in sources.items if source.n not in self._sources]
        self._sources.update((source.n, source) for source in sources.items)
        if new:
            yield from self._reason()
            results = [result_object(source) for source in new]
            yield self._told({"type": "response.reasoning.search_results", "results": results})
        self._complete = self._complete or sources.complete
        yield from self._show_findings()

    def _known(self, url: str) -> SearchResult:
        return self._hits.get(url) or SearchResult(url, "", "")

    def _show_findings(self) -> Iterator[Item]:
        """The items of what was found, as far as they have not been shown."""
        if not self._complete:
            return
        sources = list(self._sources.values())[self._shown_sources :]
        if sources or (self._searched and not self._shown_sources):
            self._shown_sources, self._searched = len(self._sources), False
            queries, self._queries = list(self._queries), {}
            yield from self._whole(search_results_item(self._id("sr"), queries, sources))
        if self._pages:
            pages, self._pages = list(self._pages.values()), {}
            yield from self._whole(pages_item(self._id("fr"), pages))
        if self._images:
            images, self._images = self._images, []
            queries = [query for step in self._steps.values() for query in step.queries]
            yield from self._whole(images_item(self._id("ir"), queries, images))

    def _whole(self, item: Item) -> Iterator[Item]:
        """An item that is whole when it begins."""
        yield from self._stop_reasoning()
        yield self._added(item)
        yield self._done(item, len(self._items) - 1)

    def _id(self, kind: str) -> str:
        return f"{kind}_{self._key}_{len(self._items)}"

    def _added(self, item: Item) -> Item:
        self._items.append(item)
        place = len(self._items) - 1
        return {"type": "response.output_item.added", "output_index": place, "item": item}

    def _done(self, item: Item, place: int) -> Item:
        return {"type": "response.output_item.done", "output_index": place, "item": item}

    def _say(self, delta: str) -> Iterator[Item]:
        if self._message is None or self._reasoning:
            yield from self._begin_message()
        self._text.append(delta)
        yield {
            "type": "response.output_text.delta",
            "item_id": f"msg_{self._key}",
            "output_index": self._message,
            "content_index": 0,
            "delta": delta,
            "logprobs": [],
        }

    def _begin_message(self) -> Iterator[Item]:
        yield from self._stop_reasoning()
        if self._message is None:
            self._message = len(self._items)
            yield self._added(self._message_item("in_progress"))

    def _message_item(self, status: ItemStatus) -> Item:
        known = [one for one in self._citations if one.n in self._sources]
        notes = [annotation(one, self._sources[one.n].result) for one in known]
        thoughts = "".join(self._thoughts)
        return message_item(f"msg_{self._key}", status, self.text, notes, thoughts)

    def _call(self, delta: ToolCallDelta) -> Iterator[Item]:
        call = self._calls.get(delta.index)
        if call is None:
            yield from self._stop_reasoning()
            made = delta.id or f"call_{self._key}_{delta.index}"
            call = _Call(len(self._items), made, delta.name or "")
            self._calls[delta.index] = call
            yield self._added(self._call_item(delta.index, call, "in_progress"))
        call.name = delta.name or call.name
        call.arguments += delta.arguments

    def _call_item(self, index: int, call: _Call, status: ItemStatus) -> Item:
        key = f"fc_{self._key}_{index}"
        return call_item(key, call.id, call.name, call.arguments, status)

    def _end(self, last: Finished | Failed) -> Iterator[Item]:
        if isinstance(last, Failed):
            yield from self._stop_reasoning()
            return
        yield from self._show_findings()
        if not self._calls:
            yield from self._begin_message()  # also one without a word, which clients look for
        yield from self._stop_reasoning()
        status: ItemStatus = "completed" if last.reason in ("stop", "tool_calls") else "incomplete"
        if self._message is not None:
            yield from self._end_message(status, self._message)
        for index, call in self._calls.items():
            yield self._done(self._call_item(index, call, status), call.place)

    def _end_message(self, status: ItemStatus, place: int) -> Iterator[Item]:
        yield {
            "type": "response.output_text.done",
            "item_id": f"msg_{self._key}",
            "output_index": place,
            "content_index": 0,
            "text": self.text,
            "logprobs": [],
        }
        yield self._done(self._message_item(status), place)
