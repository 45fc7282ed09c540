"""The events of an answer, folded into a tool's result."""

from __future__ import annotations

from mcp.types import CallToolResult

from hydrophone.errors import HydrophoneError, RateLimited
from hydrophone.mcp.tools.results import (
    Answer,
    CitedPassage,
    NumberedSource,
    noted,
    remarks,
    result,
    spent,
)
from hydrophone.types import (
    Citation,
    Event,
    Failed,
    Finished,
    Notice,
    Revision,
    Source,
    Sources,
    Text,
    Thinking,
    Usage,
)

# What the engine could say and did not: remarks that the text itself makes.
_SAID_ALREADY = ("not_in_sources",)


class AnswerSoFar:
    """Takes all events of an answer, then gives the result."""

    def __init__(self, *, with_thoughts: bool = False) -> None:
        self._with_thoughts = with_thoughts
        self._text = ""
        self._thoughts = ""
        self._sources: dict[int, Source] = {}
        self._citations: list[Citation] = []
        self._notices: list[Notice] = []
        self._usage = Usage()

    def note(self, notice: Notice) -> None:
        """Something that the caller should know besides."""
        self._notices.append(notice)

    def take(self, event: Event) -> None:
        """The next event. Raises HydrophoneError for the end of an answer that failed."""
        if isinstance(event, Text):
            self._text += event.delta
        elif isinstance(event, Revision):
            self._text, self._citations = event.text, list(event.citations)
        elif isinstance(event, Thinking):
            self._thoughts += event.delta
        elif isinstance(event, Sources):
            self._sources.update((one.n, one) for one in event.items)
        elif isinstance(event, Citation):
            self._citations.append(event)
        elif isinstance(event, Notice):
            self._notices.append(event)
        elif isinstance(event, Finished):
            self._usage = event.usage
        elif isinstance(event, Failed):
            raise _error(event)

    def result(self, model: str) -> CallToolResult:
        """The answer of this model as text with its sources listed, and as data."""
        return result(self._shown(), self._answer(model))

    def _shown(self) -> str:
        thoughts = f"<think>\n{self._thoughts}\n</think>\n\n" if self._shows_thoughts else ""
        notices = [one for one in self._notices if one.kind not in _SAID_ALREADY]
        return f"{thoughts}{self._text}{self._listed()}{self._doubts()}{noted(notices)}"

    @property
    def _shows_thoughts(self) -> bool:
        return self._with_thoughts and bool(self._thoughts)

    def _listed(self) -> str:
        """The sources that are cited; all of them where nothing says which are."""
        cited = {one.n for one in self._citations}
        shown = [one for n, one in sorted(self._sources.items()) if n in cited or not cited]
        if not shown:
            return ""
        lines = "".join(f"[{one.n}] {_titled(one)}\n" for one in shown)
        return f"\n\nCitations:\n{lines}"

    def _doubts(self) -> str:
        doubts = ""
        for one in self._citations:
            if one.verdict == "unsupported" and one.answer_span is not None:
                said = " ".join(self._text[one.answer_span.start : one.answer_span.end].split())
                doubts += f"\nDoubted: source {one.n} does not say “{said}”."
        return doubts

    def _answer(self, model: str) -> Answer:
        return Answer(
            answer=self._text,
            model=model,
            citations=[
                CitedPassage(
                    n=one.n,
                    url=self._sources[one.n].result.url,
                    title=self._sources[one.n].result.title,
                    quote=one.quote,
                    verdict=one.verdict,
                )
                for one in self._citations
                if one.n in self._sources
            ],
            sources=[_numbered(one) for _, one in sorted(self._sources.items())],
            notices=remarks(self._notices),
            usage=spent(self._usage),
        )


def _titled(source: Source) -> str:
    title = " ".join(source.result.title.split())
    return f"{title} – {source.result.url}" if title else source.result.url


def _numbered(source: Source) -> NumberedSource:
    page = source.result
    published = None if page.published is None else page.published.isoformat()
    return NumberedSource(n=source.n, url=page.url, title=page.title, published=published)


def _error(failed: Failed) -> HydrophoneError:
    if failed.retry_after_s is not None:
        return RateLimited(failed.message, retry_after_s=failed.retry_after_s)
    error = HydrophoneError(failed.message, param=failed.param)
    error.code, error.status, error.retryable = failed.code, failed.status, failed.retryable
    return error
