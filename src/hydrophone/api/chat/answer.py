"""An answer while it comes in: what the chat dialect needs to know of the events so far."""

from __future__ import annotations

from collections.abc import Collection

from hydrophone.api.chat.head import ChatHead
from hydrophone.api.chat.shapes import (
    image_object,
    reasoning_step,
    search_result,
    url_citation,
    video_object,
)
from hydrophone.types import (
    Citation,
    Event,
    Finished,
    Image,
    JsonValue,
    Media,
    Meter,
    Notice,
    Related,
    Revision,
    SearchResult,
    Source,
    Sources,
    Step,
    StepKind,
    StepResult,
    Text,
    Thinking,
    ToolCallDelta,
    Video,
)

# Clients cut the thoughts off behind the last `</think>`.
THINK, THOUGHT = "<think>\n", "\n</think>\n\n"
OUTGOING: Collection[StepKind] = ("web_search", "fetch_url")


class AnswerSoFar:
    """Folds events into the parts of a chat answer.

    `aloud`: thoughts that come before the text stand in it, between `<think>` and `</think>`.
    """

    def __init__(self, *, aloud: bool = False) -> None:
        self.aloud = aloud
        self._thinking = False
        self._content: list[str] = []
        self._aloud_chars = 0
        self._thoughts: list[str] = []
        self._calls: dict[int, dict[str, str]] = {}
        self._steps: dict[str, Step] = {}
        self._ended: dict[str, StepResult] = {}
        self._images: tuple[Image, ...] = ()
        self._videos: tuple[Video, ...] = ()
        self._related: tuple[str, ...] = ()
        self.sources: dict[int, Source] = {}
        self.citations: list[Citation] = []
        self.notices: list[Notice] = []
        self.finished: Finished | None = None

    def take(self, event: Event) -> str:
        """Add what the event brings; what it adds to the message's content."""
        if isinstance(event, Text):
            ended = self._end_thought() if self.aloud else ""
            self._content.append(event.delta)
            return ended + event.delta
        if isinstance(event, Thinking):
            return self._think(event.delta)
        if isinstance(event, Finished):
            self.finished = event
            return self._end_thought() if self.aloud else ""
        if isinstance(event, ToolCallDelta):
            self._add_call(event)
            return self._end_thought() if self.aloud else ""
        self._add_beside(event)
        return ""

    def _add_beside(self, event: Event) -> None:
        if isinstance(event, Sources):
            self.sources.update((source.n, source) for source in event.items)
        elif isinstance(event, Citation):
            self.citations.append(event)
        elif isinstance(event, Step):
            self._steps[event.id] = event
        elif isinstance(event, StepResult):
            self._ended[event.step] = event
        elif isinstance(event, Media):
            self._images += event.images
            self._videos += event.videos
        elif isinstance(event, Related):
            self._related += tuple(one for one in event.questions if one not in self._related)
        elif isinstance(event, Notice):
            self.notices.append(event)
        elif isinstance(event, Revision):
            self._revise(event)

    def _think(self, delta: str) -> str:
        if not self.aloud:
            self._thoughts.append(delta)
            return ""
        if not self._thinking:
            self._thinking = True
            delta = THINK + delta
        self._content.append(delta)
        return delta

    def _end_thought(self) -> str:
        """What ends an open thought. What is thought from now on stands beside the text."""
        self.aloud = False
        if not self._thinking:
            return ""
        self._thinking = False
        self._content.append(THOUGHT)
        self._aloud_chars = len(self.text)
        return THOUGHT

    def _revise(self, revision: Revision) -> None:
        self._end_thought()
        self._content = [self.text[: self._aloud_chars], revision.text]
        self.citations = list(revision.citations)

    def _add_call(self, delta: ToolCallDelta) -> None:
        call = self._calls.setdefault(delta.index, {"id": "", "name": "", "arguments": ""})
        call["id"] = delta.id or call["id"]
        call["name"] = delta.name or call["name"]
        call["arguments"] += delta.arguments

    @property
    def text(self) -> str:
        """The message's content so far; joined once, however often it is asked for."""
        if len(self._content) > 1:
            self._content = ["".join(self._content)]
        return self._content[0] if self._content else ""

    def citations_array(self) -> list[JsonValue]:
        """URLs in the order of the numbers: [1] is the first."""
        return [source.result.url for source in self.sources.values()]

    def search_results(self) -> list[JsonValue]:
        """The sources as Sonar shows them."""
        return [search_result(source.result) for source in self.sources.values()]

    def extras(self, head: ChatHead) -> dict[str, JsonValue]:
        """The images, videos and related questions that are known, as far as they were wanted."""
        found: dict[str, JsonValue] = {}
        wanted = head.wanted
        if wanted.images:
            found["images"] = [image_object(image) for image in self._images]
        if wanted.videos:
            found["videos"] = [video_object(video) for video in self._videos]
        if wanted.related:
            found["related_questions"] = list(self._related)
        return found

    def reasoning_steps(self) -> list[JsonValue]:
        """The steps in the order of their beginning, with what they found."""
        steps = (self._reasoning_step(step) for step in self._steps)
        return [step for step in steps if step is not None]

    def step_told_by(self, event: Event) -> dict[str, JsonValue] | None:
        """The step that the event makes whole: searches and readings when they have ended, others
        when they begin. None when it makes none, or one that has nothing to tell."""
        if isinstance(event, Step):
            return None if event.kind in OUTGOING else self._reasoning_step(event.id)
        if isinstance(event, StepResult) and event.step in self._steps:
            outgoing = self._steps[event.step].kind in OUTGOING
            return self._reasoning_step(event.step) if outgoing else None
        return None

    def _reasoning_step(self, step: str) -> dict[str, JsonValue] | None:
        return reasoning_step(self._steps[step], self._ended.get(step), self._known())

    def _known(self) -> dict[str, SearchResult]:
        found = {hit.url: hit for ended in self._ended.values() for hit in ended.hits}
        return found | {one.result.url: one.result for one in self.sources.values()}

    def message(self, head: ChatHead, meter: Meter) -> dict[str, JsonValue]:
        """The assistant's message with its thoughts, steps, calls and proofs."""
        message: dict[str, JsonValue] = {"role": "assistant", "content": self.text}
        if self._thoughts:
            message["reasoning_content"] = "".join(self._thoughts)
        if head.shows_steps(meter) and (steps := self.reasoning_steps()):
            message["reasoning_steps"] = steps
        if self._calls:
            message["tool_calls"] = [_call(call) for _, call in sorted(self._calls.items())]
        if known := [one for one in self.citations if one.n in self.sources]:
            message["annotations"] = [
                url_citation(one, self.sources[one.n].result, shift=self._aloud_chars)
                for one in known
            ]
        return message

    def search_metadata(self, head: ChatHead, meter: Meter) -> dict[str, JsonValue] | None:
        """Which kind of search it was, where one was asked for, and why if that is known."""
        if head.question.search.depth == "fast":
            return None
        found: dict[str, JsonValue] = {"search_type_used": "pro" if meter.pro_search else "fast"}
        reasons = [step.thought for step in self._steps.values() if step.kind == "understand"]
        if reason := next(filter(None, reasons), ""):
            found["classification_reason"] = reason
        return found


def _call(call: dict[str, str]) -> JsonValue:
    function: JsonValue = {"name": call["name"], "arguments": call["arguments"]}
    return {"id": call["id"], "type": "function", "function": function}
