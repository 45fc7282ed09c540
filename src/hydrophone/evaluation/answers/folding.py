"""From the chunks of a chat completion to a reply, whatever dialect of citations it speaks.

Read are `search_results` and `citations` as Perplexity and Hydrophone have them (the first is
number 1), and `url_citation` annotations as OpenAI has them.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterator, Mapping

from hydrophone.evaluation.answers.replies import Reply, Times
from hydrophone.types import (
    Citation,
    JsonValue,
    Passage,
    SearchResult,
    Source,
    SourceSpan,
    Span,
)

_THOUGHTS = re.compile(r"\s*<think>.*?(?:</think>\s*|\Z)", re.DOTALL)
# How engines say, at the beginning of an answer, that they do not know.
_ABSTAINS = re.compile(
    r"not (?:in|found in|among) the (?:sources|search results|context|documents)"
    r"|(?:(?:do|does|did|could) not|cannot|(?:don|doesn|didn|can|couldn)['’]t)"
    r" (?:\w+ ){0,3}(?:contain|provide|mention|include|have|find|know|answer|determine)"
    r"|no (?:\w+ ){0,2}(?:information|answer|mention)\b"
    r"|unable to (?:\w+ )?(?:find|answer|determine)",
    re.IGNORECASE,
)
_OPENING_CHARS = 240


class Folding:
    """A reply that grows with every chunk."""

    def __init__(self) -> None:
        self._text = ""
        self._urls: dict[str, int] = {}
        self._titles: dict[str, str] = {}
        self._texts: dict[str, dict[str, None]] = {}
        self._notes: dict[str, Mapping[str, JsonValue]] = {}
        self._notices: set[str] = set()
        self._spent: dict[str, float] = {}
        self._calls: dict[int, str] = {}
        self._error: str | None = None

    @property
    def has_sources(self) -> bool:
        """Whether a source has come."""
        return bool(self._urls)

    @property
    def has_text(self) -> bool:
        """Whether any of the answer's text has come."""
        return bool(self._text)

    def take(self, chunk: JsonValue) -> None:
        """Add what a chunk, or a whole completion, brings."""
        body = _object(chunk)
        if error := _object(body.get("error")):
            self._error = str(error.get("message") or "the engine failed")
        for result in _objects(body.get("search_results")):
            self._add_source(result)
        for url in _items(body.get("citations")):
            if isinstance(url, str):
                self._number(url)
        for notice in _objects(body.get("notices")):
            self._notices.add(str(notice.get("type")))
        self._take_usage(_object(body.get("usage")))
        for choice in _objects(body.get("choices")):
            # A chunk may carry the whole text so far beside what it adds.
            added = choice.get("delta") if "delta" in choice else choice.get("message")
            self._take_message(_object(added))
            self._take_notes(_object(choice.get("message")))

    def _take_message(self, message: Mapping[str, JsonValue]) -> None:
        content = message.get("content")
        self._text += content if isinstance(content, str) else ""
        self._take_notes(message)
        for position, call in enumerate(_objects(message.get("tool_calls"))):
            index = call.get("index", position)
            name = str(_object(call.get("function")).get("name") or "")
            self._calls.setdefault(index if isinstance(index, int) else position, name)

    def _take_notes(self, message: Mapping[str, JsonValue]) -> None:
        for note in _objects(message.get("annotations")):
            said = _object(note.get("url_citation")) or note
            if isinstance(said.get("url"), str):
                self._notes.setdefault(repr(sorted(said.items(), key=str)), said)
                self._add_source(said)

    def _add_source(self, result: Mapping[str, JsonValue]) -> None:
        url = result.get("url")
        if not isinstance(url, str):
            return
        self._number(url)
        self._titles.setdefault(url, str(result.get("title") or ""))
        for name in ("content", "snippet", "quote"):
            text = result.get(name)
            if isinstance(text, str) and text.strip():
                self._texts.setdefault(url, {}).setdefault(text)

    def _number(self, url: str) -> int:
        return self._urls.setdefault(url, len(self._urls) + 1)

    def _take_usage(self, usage: Mapping[str, JsonValue]) -> None:
        cost = _object(usage.get("cost")).get("total_cost")
        told = {
            "prompt_tokens": usage.get("prompt_tokens"),
            "completion_tokens": usage.get("completion_tokens"),
            "search_queries": usage.get("num_search_queries"),
            "cost_usd": cost,
        }
        for name, value in told.items():
            if isinstance(value, int | float) and value >= 0:
                self._spent[name] = float(value)

    def reply(self, times: Times, error: str | None) -> Reply:
        """The reply; thoughts that stand in the text are taken out of it."""
        thoughts = _THOUGHTS.match(self._text)
        shift = thoughts.end() if thoughts else 0
        text = self._text[shift:]
        if not text.strip() and not self._calls and error is None and self._error is None:
            error = "the engine sent no text"
        return Reply(
            text=text,
            sources=tuple(self._sources()),
            citations=tuple(self._citations(shift)),
            abstained="not_in_sources" in self._notices
            or _ABSTAINS.search(text[:_OPENING_CHARS]) is not None,
            times=times,
            spent=self._spent,
            tool_calls=tuple(self._calls.values()),
            error=error or self._error,
        )

    def _sources(self) -> Iterator[Source]:
        for url, n in self._urls.items():
            texts = list(self._texts.get(url, ()))
            snippet = texts[0] if texts else ""
            passages = tuple(passage_of(text) for text in texts)
            title = self._titles.get(url, "")
            yield Source(n, SearchResult(url, title, snippet, kind="web", passages=passages))

    def _citations(self, shift: int) -> Iterator[Citation]:
        for note in self._notes.values():
            start, end = _count(note, "start_index") - shift, _count(note, "end_index") - shift
            yield Citation(
                n=self._urls[str(note["url"])],
                passage="",
                answer_span=Span(start, end) if 0 <= start < end else None,
                source_span=SourceSpan(
                    str(note.get("source_sha256") or ""),
                    _count(note, "source_start"),
                    _count(note, "source_end"),
                ),
                quote=str(note.get("quote") or ""),
                verdict="exists",
            )


def passage_of(text: str) -> Passage:
    """A text as a passage of its own."""
    version = hashlib.sha256(text.encode()).hexdigest()
    return Passage(version[:16], text, version, 0, len(text))


def _count(fields: Mapping[str, JsonValue], name: str) -> int:
    value = fields.get(name)
    return int(value) if isinstance(value, int | float) and value > 0 else 0


def _object(value: JsonValue) -> Mapping[str, JsonValue]:
    return value if isinstance(value, Mapping) else {}


def _items(value: JsonValue) -> list[JsonValue]:
    return list(value) if isinstance(value, list) else []


def _objects(value: JsonValue) -> Iterator[Mapping[str, JsonValue]]:
    return (one for one in _items(value) if isinstance(one, Mapping))
