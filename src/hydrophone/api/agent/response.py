"""The body of a response, and the events of its stream: pure functions of the answer's events.

Shapes are those of Perplexity's Agent API over OpenAI's Responses API. A stream that is made again
from the same events has the same events under the same numbers.
"""

from __future__ import annotations

from dataclasses import replace
from typing import Literal, TypeAlias

import orjson

from hydrophone.api.agent.answer import ResponseSoFar
from hydrophone.api.agent.head import ResponseHead
from hydrophone.api.agent.items import Item, ItemStatus
from hydrophone.api.agent.usage import usage_object
from hydrophone.api.chat.shapes import notices_array
from hydrophone.api.sse import frame
from hydrophone.errors import Cancelled
from hydrophone.types import Event, Failed, Finished, FinishReason, JsonValue

Status: TypeAlias = Literal[
    "queued", "in_progress", "completed", "incomplete", "failed", "cancelled"
]
_CUT_BY: dict[FinishReason, str] = {
    "length": "max_output_tokens",
    "content_filter": "content_filter",
}
# What the engine names by the fields of Sonar.
_OWN_FIELDS = {"messages": "input", "disable_search": "tools"}


def status_of(last: Finished | Failed | None) -> Status:
    """What the last event of an answer makes of its response; None while it goes on."""
    if last is None:
        return "in_progress"
    if isinstance(last, Failed):
        return "cancelled" if last.code == Cancelled.code else "failed"
    return "incomplete" if last.reason in _CUT_BY else "completed"


def response_body(
    head: ResponseHead, so_far: ResponseSoFar, status: Status | None = None
) -> dict[str, JsonValue]:
    """The response as it stands; `status` is for one that has no events yet."""
    last = so_far.last
    status = status or status_of(last)
    ran = last.model if isinstance(last, Finished) else None
    body: dict[str, JsonValue] = {
        "id": head.id,
        "object": "response",
        "created_at": head.created_at,
        "status": status,
        "model": head.shown_model(ran),
        "output": so_far.output(_item_status(status)),
        "usage": None if last is None else _usage(head, last),
        "error": error_object(last) if isinstance(last, Failed) else None,
        "incomplete_details": None,
        **head.echo,
    }
    if isinstance(last, Finished) and last.reason in _CUT_BY:
        body["incomplete_details"] = {"reason": _CUT_BY[last.reason]}
    if head.ended_at is not None:
        body["completed_at"] = head.ended_at
    if isinstance(last, Finished) and (shown := last.conversation) is not None:
        body["perplexity"] = {"thread_uuid": shown.thread, "title": shown.title}
    if notices := [*head.notices, *notices_array(dict.fromkeys(so_far.notices))]:
        body["notices"] = notices
    return body


def in_dialect(failed: Failed) -> Failed:
    """The failure with the name that its field has in this dialect."""
    param = _OWN_FIELDS.get(failed.param or "")
    return failed if param is None else replace(failed, param=param)


def error_object(failed: Failed) -> dict[str, JsonValue]:
    """The `error` of a response that failed."""
    failed = in_dialect(failed)
    error: dict[str, JsonValue] = {
        "code": failed.code,
        "message": failed.message,
        "type": failed.code,
    }
    return error if failed.param is None else {**error, "param": failed.param}


def _item_status(status: Status) -> ItemStatus:
    return "in_progress" if status == "queued" else status


def _usage(head: ResponseHead, last: Finished | Failed) -> JsonValue:
    if isinstance(last, Finished) and last.charged is not None:
        return usage_object(last.usage, last.charged)
    search = head.question.search
    price = head.price(last.model if isinstance(last, Finished) else None)
    cost = price.cost(last.usage, search.context_size, pro=search.depth == "pro")
    return usage_object(last.usage, cost)


class ResponseEvents:
    """The events of a response's stream, numbered from 0.

    The response is created with the first event of the answer, unless `begin` was called before.
    """

    def __init__(self, head: ResponseHead) -> None:
        self.so_far = ResponseSoFar(head.key)
        self._head = head
        self._next = 0

    def begin(self) -> list[Item]:
        """What comes before all else, when it has not come yet."""
        if self._next:
            return []
        body = response_body(self._head, self.so_far, "in_progress")
        kinds = ("response.created", "response.in_progress")
        return [self._numbered({"type": kind, "response": body}) for kind in kinds]

    def take(self, event: Event) -> list[Item]:
        """What an event of the answer brings."""
        brought = [*self.begin(), *map(self._numbered, self.so_far.take(event))]
        if isinstance(event, Finished | Failed):
            brought.append(self._numbered(self._last(event)))
        return brought

    def _numbered(self, event: Item) -> Item:
        number, self._next = self._next, self._next + 1
        return {**event, "sequence_number": number}

    def _last(self, last: Finished | Failed) -> Item:
        body = response_body(self._head, self.so_far)
        event: Item = {"type": f"response.{body['status']}", "response": body}
        return {**event, "error": error_object(last)} if isinstance(last, Failed) else event


class ResponseFrames:
    """A response's stream as server-sent events, those behind number `after` only."""

    def __init__(self, head: ResponseHead, *, after: int = -1) -> None:
        self.events = ResponseEvents(head)
        self._after = after

    def frames(self, event: Event) -> bytes:
        """The frames for this event; a failure is one of them."""
        return b"".join(event_frame(one) for one in self.events.take(event) if self._new(one))

    def _new(self, event: Item) -> bool:
        number = event["sequence_number"]
        return isinstance(number, int) and number > self._after


def event_frame(event: Item) -> bytes:
    """One event of the stream; its name is its `type`."""
    return frame(orjson.dumps(event))
