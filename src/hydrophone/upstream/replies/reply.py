"""Reads the stream of one run of the Agent API: its events in, ours out. Does no input or output.

Whatever the run says twice (in an event, in an item, in the last object) is said once here.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping

from hydrophone.fetch.json_api import Fields
from hydrophone.types import (
    Event,
    Finished,
    FinishReason,
    Media,
    Meter,
    Notice,
    Secret,
    Sources,
    Thinking,
    ToolCallDelta,
)
from hydrophone.upstream.errors import OfficialFailed, translate_error_object
from hydrophone.upstream.replies.message import Message
from hydrophone.upstream.replies.numbering import Numbering
from hydrophone.upstream.replies.objects import (
    charged,
    images_of,
    meter_usage,
    notices_of,
    results_of,
    why_incomplete,
)
from hydrophone.upstream.replies.steps import Steps

LATE = "Some sources were found after the text had begun; they stand at the end of the list."
CUT = "The official API gave up before the answer was whole ({reason})."
_ENDS = {
    "response.completed": "completed",
    "response.incomplete": "incomplete",
    "response.failed": "failed",
    "response.cancelled": "cancelled",
}


class Reply:
    """One run. `names` are the caller's names of functions by those that they went under.

    `thinks`: what the run tells of its thoughts is told as thoughts. `prose` False: its text is in
    a format of the caller's, and has no marks.
    """

    def __init__(
        self,
        meter: Meter,
        key: Secret,
        names: Mapping[str, str],
        *,
        thinks: bool = False,
        prose: bool = True,
    ) -> None:
        self.response_id = ""
        self.ended = False
        self.signatures: dict[str, str] = {}
        self._meter = meter
        self._key = key
        self._names = names
        self._thinks = thinks
        self._numbering = Numbering()
        self._steps = Steps()
        self._message = Message(self._numbering, prose=prose)
        self._calls: dict[str, int] = {}
        self._images: set[str] = set()
        self._told_late = False
        self._takers: dict[str, Callable[[Fields], Iterator[Event]]] = {
            "response.output_text.delta": self._delta,
            "response.output_item.added": self._item_added,
            "response.output_item.done": self._item_done,
            "response.reasoning.started": self._thought,
            "response.reasoning.stopped": self._thought,
            "response.reasoning.search_queries": self._queries,
            "response.reasoning.search_results": self._results,
            "response.reasoning.fetch_url_queries": self._pages_begun,
            "response.reasoning.fetch_url_results": self._pages,
            "response.reasoning.image_search_results": self._pictures,
        }

    def take(self, event: Fields) -> Iterator[Event]:
        """What an event brings. Raises the errors of this room for a run that failed; the ones
        that are not known bring nothing."""
        kind = event.text("type")
        response = event.inner("response")
        self.response_id = response.text("id") or self.response_id
        if kind == "error":
            self.ended = True
            raise translate_error_object(_error_of(event), key=self._key)
        if kind in _ENDS:
            yield from self._end(response.text("status") or _ENDS[kind], event, response)
        elif kind in self._takers:
            yield from self._takers[kind](event)

    def take_whole(self, response: Fields) -> Iterator[Event]:
        """What a run brings that was answered in one body."""
        self.response_id = response.text("id")
        yield from self._end(response.text("status"), response, response)

    def _thought(self, event: Fields) -> Iterator[Event]:
        thought = event.text("thought")
        if thought and self._thinks:
            yield Thinking(f"{thought}\n")

    def _queries(self, event: Fields) -> Iterator[Event]:
        yield from self._thought(event)
        yield self._steps.begin("web_search", event)

    def _results(self, event: Fields) -> Iterator[Event]:
        found = results_of(event, "results")
        self._numbering.add(found)
        yield from self._steps.end("web_search", event, [one.result for one in found])
        yield from self._number()

    def _pages_begun(self, event: Fields) -> Iterator[Event]:
        yield from self._thought(event)
        yield self._steps.begin("fetch_url", event)

    def _pages(self, event: Fields) -> Iterator[Event]:
        found = results_of(event, "contents")
        yield from self._steps.end("fetch_url", event, [one.result for one in found])

    def _pictures(self, event: Fields) -> Iterator[Event]:
        new = tuple(image for image in images_of(event) if image.url not in self._images)
        self._images |= {image.url for image in new}
        if new:
            yield Media(images=new)

    def _number(self) -> Iterator[Event]:
        """What was found gets its numbers; what comes behind the text's beginning is told so."""
        if new := self._numbering.settle():
            if self._message.begun and not self._told_late:
                self._told_late = True
                yield Notice("late_sources", LATE)
            yield Sources(new)

    def _item_added(self, event: Fields) -> Iterator[Event]:
        """Results count as soon as they are there: the text that cites them follows."""
        item = event.inner("item")
        if item.text("type") in ("search_results", "image_search_results"):
            yield from self._item(item)

    def _item_done(self, event: Fields) -> Iterator[Event]:
        yield from self._item(event.inner("item"))

    def _item(self, item: Fields) -> Iterator[Event]:
        kind = item.text("type")
        if kind in ("search_results", "people_search_results"):
            known = self._steps.known
            if any(one.result.url not in known for one in results_of(item, "results")):
                yield self._steps.begin("web_search", item)
                yield from self._results(item)
            else:
                self._numbering.add(results_of(item, "results"))
                yield from self._number()
        elif kind == "image_search_results":
            yield from self._pictures(item)
        elif kind == "function_call":
            yield from self._call(item)
        elif kind == "message":
            yield from self._begin()
            yield from self._message.done(item)

    def _call(self, item: Fields) -> Iterator[Event]:
        call_id = item.text("call_id") or item.text("id")
        if not call_id or call_id in self._calls:
            return
        yield from self._begin()
        self._calls[call_id] = index = len(self._calls)
        if signature := item.text("thought_signature"):
            self.signatures[call_id] = signature
        name = item.text("name")
        arguments = item.as_is("arguments")
        yield ToolCallDelta(index, call_id, self._names.get(name, name), arguments)

    def _begin(self) -> Iterator[Event]:
        """The sources are told, and the text can begin."""
        if not self._message.begun:
            self._message.begun = True
            yield Sources(self._numbering.settle(text_begins=True), complete=True)

    def _delta(self, event: Fields) -> Iterator[Event]:
        yield from self._begin()
        yield from self._message.delta(event.as_is("delta"))

    def _end(self, status: str, event: Fields, response: Fields) -> Iterator[Event]:
        self.ended = True
        usage = response.inner("usage")
        meter_usage(usage, self._meter)
        if status in ("failed", "cancelled"):
            if status == "cancelled":
                raise OfficialFailed("the official API cancelled the run")
            error = event if "error" in event else response
            raise translate_error_object(_error_of(error), key=self._key)
        for item in response.objects("output"):
            if item.text("type") != "message":
                yield from self._item(item)
        yield from self._begin()
        yield from self._message.end([*response.objects("output")])
        yield from notices_of(response)
        reason: FinishReason = "tool_calls" if self._calls else "stop"
        if status == "incomplete":
            reason, why = why_incomplete(response)
            if reason == "length" and not why.startswith("max_"):
                yield Notice("partial", CUT.format(reason=why or "it does not say why"))
        model = response.text("model") or None
        yield Finished(reason, self._meter.usage, model, charged(usage))


def _error_of(event: Fields) -> Fields:
    """The error of an event: an object of its own, or the event itself."""
    return event.inner("error") if "error" in event else event
