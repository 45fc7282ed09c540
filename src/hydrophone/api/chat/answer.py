"""An answer while it comes in: what the chat dialect needs to know of the events so far."""

from __future__ import annotations

from hydrophone.types import (
    Citation,
    Event,
    Finished,
    JsonValue,
    Notice,
    Revision,
    SearchResult,
    Source,
    Sources,
    Text,
    Thinking,
    ToolCallDelta,
)


class AnswerSoFar:
    """Folds events into the parts of a chat answer."""

    def __init__(self) -> None:
        self._text: list[str] = []
        self._thoughts: list[str] = []
        self._calls: dict[int, dict[str, str]] = {}
        self.sources: dict[int, Source] = {}
        self.citations: list[Citation] = []
        self.notices: list[Notice] = []
        self.finished: Finished | None = None

    def take(self, event: Event) -> None:
        """Add what the event brings."""
        if isinstance(event, Text):
            self._text.append(event.delta)
        elif isinstance(event, Thinking):
            self._thoughts.append(event.delta)
        elif isinstance(event, Sources):
            self.sources.update((source.n, source) for source in event.items)
        elif isinstance(event, Citation):
            self.citations.append(event)
        elif isinstance(event, Revision):
            self._text, self.citations = [event.text], list(event.citations)
        elif isinstance(event, ToolCallDelta):
            self._add_call(event)
        elif isinstance(event, Notice):
            self.notices.append(event)
        elif isinstance(event, Finished):
            self.finished = event

    def _add_call(self, delta: ToolCallDelta) -> None:
        call = self._calls.setdefault(delta.index, {"id": "", "name": "", "arguments": ""})
        call["id"] = delta.id or call["id"]
        call["name"] = delta.name or call["name"]
        call["arguments"] += delta.arguments

    @property
    def text(self) -> str:
        """The text so far; joined once, however often it is asked for."""
        if len(self._text) > 1:
            self._text = ["".join(self._text)]
        return self._text[0] if self._text else ""

    def citations_array(self) -> list[JsonValue]:
        """URLs in the order of the numbers: [1] is the first."""
        return [source.result.url for source in self.sources.values()]

    def search_results(self) -> list[JsonValue]:
        """The sources as Sonar shows them; `content` is the older name of `snippet`."""
        return [search_result(source.result) for source in self.sources.values()]

    def message(self, content: str) -> dict[str, JsonValue]:
        """The assistant's message with `content`, its thoughts, calls and proofs."""
        message: dict[str, JsonValue] = {"role": "assistant", "content": content}
        if self._thoughts:
            message["reasoning_content"] = "".join(self._thoughts)
        if self._calls:
            message["tool_calls"] = [
                {
                    "id": call["id"],
                    "type": "function",
                    "function": {"name": call["name"], "arguments": call["arguments"]},
                }
                for _, call in sorted(self._calls.items())
            ]
        if known := [one for one in self.citations if one.n in self.sources]:
            message["annotations"] = [self._annotation(one) for one in known]
        return message

    def notices_array(self) -> list[JsonValue]:
        """What the caller should know about how the answer came to be."""
        return [{"type": one.kind, "message": one.message} for one in self.notices]

    def _annotation(self, citation: Citation) -> JsonValue:
        """OpenAI's `url_citation`, and beside it the proof: quote, version, offsets, verdict."""
        result = self.sources[citation.n].result
        span = citation.answer_span
        return {
            "type": "url_citation",
            "url_citation": {
                "url": result.url,
                "title": result.title,
                "start_index": span.start if span else 0,
                "end_index": span.end if span else 0,
                "number": citation.n,
                "quote": citation.quote,
                "source_sha256": citation.source_span.version,
                "source_start": citation.source_span.start,
                "source_end": citation.source_span.end,
                "verdict": citation.verdict,
            },
        }


def search_result(result: SearchResult) -> dict[str, JsonValue]:
    """One entry of `search_results`; dates as YYYY-MM-DD, left out when unknown."""
    body: dict[str, JsonValue] = {
        "title": result.title,
        "url": result.url,
        "snippet": result.snippet,
        "content": result.snippet,
        "source": "attachment" if result.kind == "attachment" else "web",
    }
    if result.published is not None:
        body["date"] = result.published.date().isoformat()
    if result.modified is not None:
        body["last_updated"] = result.modified.date().isoformat()
    return body
