"""`hydrophone ask`: a question on the command line."""

from __future__ import annotations

import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Annotated

import typer

from hydrophone.cli.output import Json, Kinds, err, fail, out, print_json, run
from hydrophone.types import (
    Citation,
    Event,
    Failed,
    Filter,
    Finished,
    JsonValue,
    Notice,
    OutputOptions,
    Question,
    RequestContext,
    Revision,
    SearchOptions,
    Source,
    Sources,
    Text,
    TextPart,
    Turn,
    Usage,
)


def ask(
    question: Annotated[str, typer.Argument(help="What you want to know.")],
    model: Annotated[str | None, typer.Option(help="Model id; see GET /v1/models.")] = None,
    top: Annotated[int | None, typer.Option(min=1, max=50, help="Most sources to use.")] = None,
    collection: Annotated[
        list[str] | None, typer.Option(help="Only this collection; may be repeated.")
    ] = None,
    kind: Kinds = None,
    record: Annotated[
        Path | None,
        typer.Option(help="Keep what the answer was made of in this file, for replay."),
    ] = None,
    json: Json = False,
) -> None:
    """Answer a question from index and web, with numbered sources.

    Example: hydrophone ask "How do I add my own documents?"
    """
    if record is not None and not record.parent.is_dir():
        fail(f"there is no folder {record.parent} for the recording", code=2)
    options = SearchOptions(
        kinds=tuple(one.value for one in kind or ()),
        filter=Filter(collections=tuple(collection or ())),
        max_results=top,
    )
    run(_ask(question, model, options, json, record))


async def _ask(
    text: str, model: str | None, options: SearchOptions, as_json: bool, record: Path | None
) -> None:
    from hydrophone.app import open_rooms
    from hydrophone.app.session.opening import default_model, own_session
    from hydrophone.settings import load_settings

    settings = load_settings()
    asked = Question(
        turns=(Turn("user", (TextPart(text),)),),
        model=model or default_model(settings, own_session(settings)),
        search=options,
        output=OutputOptions(citation_style="default"),
    )
    shown = _Shown(as_json)
    with shown:
        async with open_rooms(settings, record=record) as rooms:
            if not rooms.session_only:
                await rooms.add_own_docs()
            answerer = await rooms.answerer()
            async with answerer.answer(asked, RequestContext(door="cli")) as events:
                await shown.follow(events)
    shown.end(text)


class _Shown:
    """An answer as it is shown: text while it comes, sources after it; or all as JSON."""

    def __init__(self, as_json: bool) -> None:
        self._as_json = as_json
        self._text = ""
        self._sources: list[Source] = []
        self._citations: list[Citation] = []
        self._notices: list[Notice] = []
        self._usage = Usage()
        self._failed: Failed | None = None
        self._waiting = err().status("searching") if sys.stderr.isatty() and not as_json else None

    def __enter__(self) -> None:
        if self._waiting is not None:
            self._waiting.start()

    def __exit__(self, *_: object) -> None:
        if self._waiting is not None:
            self._waiting.stop()

    async def follow(self, events: AsyncIterator[Event]) -> None:
        async for event in events:
            if isinstance(event, Text):
                if self._waiting is not None:
                    self._waiting.stop()
                self._text += event.delta
                if not self._as_json:
                    out().print(event.delta, end="", markup=False)
            elif isinstance(event, Revision):
                self._text, self._citations = event.text, list(event.citations)
            elif isinstance(event, Sources):
                self._sources.extend(event.items)
            elif isinstance(event, Citation):
                self._citations.append(event)
            elif isinstance(event, Notice):
                self._notices.append(event)
            elif isinstance(event, Finished):
                self._usage = event.usage
            elif isinstance(event, Failed):
                self._failed = event

    def end(self, question: str) -> None:
        if self._failed is not None:
            fail(self._failed.message, code=2 if self._failed.status < 500 else 1)
        if self._as_json:
            print_json(self._as_object(question))
            return
        console = out()
        console.print()
        if self._sources:
            console.print("\n[bold]Sources[/]")
        cited = {citation.n for citation in self._citations}
        for source in self._sources:
            mark = "bold" if source.n in cited else "dim"
            console.print(f"[{mark}]{source.n:>3}[/] ", end="")
            console.print(f"{source.result.title}  {source.result.url}", markup=False, style=mark)
        for citation in self._citations:
            if citation.verdict == "unsupported" and citation.answer_span is not None:
                span = citation.answer_span
                said = " ".join(self._text[span.start : span.end].split())
                words = f"doubted: source {citation.n} does not say “{said}”"
                err().print(words, markup=False, style="yellow")
        for notice in self._notices:
            if notice.kind != "not_in_sources":
                err().print(f"note: {notice.message}", markup=False, style="yellow")

    def _as_object(self, question: str) -> dict[str, JsonValue]:
        return {
            "question": question,
            "answer": self._text,
            "citations": [_citation_object(one, self._sources) for one in self._citations],
            "sources": [
                {"n": one.n, "url": one.result.url, "title": one.result.title}
                for one in self._sources
            ],
            "notices": [{"type": one.kind, "message": one.message} for one in self._notices],
            "usage": {
                "prompt_tokens": self._usage.prompt_tokens,
                "completion_tokens": self._usage.completion_tokens,
                "search_queries": self._usage.search_queries,
            },
        }


def _citation_object(citation: Citation, sources: list[Source]) -> JsonValue:
    url = next(source.result.url for source in sources if source.n == citation.n)
    return {
        "n": citation.n,
        "url": url,
        "quote": citation.quote,
        "source_sha256": citation.source_span.version,
        "source_start": citation.source_span.start,
        "source_end": citation.source_span.end,
        "verdict": citation.verdict,
        "score": citation.score,
        "origin": citation.origin,
    }
