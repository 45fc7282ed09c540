"""The files of a response: a report of deep research, and its sources with their proofs."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import orjson

from hydrophone.api.agent.items import annotation, result_object
from hydrophone.api.responses.conversation import answer_turn
from hydrophone.errors import NotFound
from hydrophone.types import Citation, Event, JsonValue, Revision, Source, Step


@dataclass(frozen=True, slots=True)
class ResponseFile:
    """A file that can be fetched; its id holds within its response."""

    id: str
    name: str
    media_type: str
    body: bytes

    def shown(self, created_at: int) -> dict[str, JsonValue]:
        """As lists show it; `created_at` is seconds since 1970."""
        return {
            "id": self.id,
            "object": "file",
            "filename": self.name,
            "bytes": len(self.body),
            "created_at": created_at,
        }


def files_of(events: Sequence[Event]) -> tuple[ResponseFile, ...]:
    """The files of an answer: two when it is a report with sections, else none."""
    if not any(isinstance(event, Step) and event.kind == "write" for event in events):
        return ()
    answer = answer_turn(events)
    if not answer.text:
        return ()
    sources = {source.n: source for source in answer.sources}
    citations = [one for one in _citations(events) if one.n in sources]
    cited = {one.n for one in citations} or sources.keys()
    listing = _list_of([source for source in answer.sources if source.n in cited])
    report = f"{answer.text.rstrip()}\n\n{listing}".encode()
    listed = {
        "sources": [result_object(source) for source in answer.sources],
        "citations": [annotation(one, sources[one.n].result) for one in citations],
    }
    return (
        ResponseFile("file_report", "report.md", "text/markdown; charset=utf-8", report),
        ResponseFile(
            "file_sources",
            "sources.json",
            "application/json",
            orjson.dumps(listed, option=orjson.OPT_INDENT_2),
        ),
    )


def find_file(files: Sequence[ResponseFile], file_id: str) -> ResponseFile:
    """The file of this id. Raises NotFound."""
    for one in files:
        if one.id == file_id:
            return one
    raise NotFound("this response has no such file")


def _citations(events: Sequence[Event]) -> list[Citation]:
    found: list[Citation] = []
    for event in events:
        if isinstance(event, Citation):
            found.append(event)
        elif isinstance(event, Revision):
            found = list(event.citations)
    return found


def _list_of(sources: Sequence[Source]) -> str:
    lines = [f"{one.n}. {_title(one)}: <{one.result.url}>" for one in sources]
    return "\n".join(["## Sources", "", *lines, ""]) if lines else ""


def _title(source: Source) -> str:
    return " ".join(source.result.title.split()) or "Untitled"
