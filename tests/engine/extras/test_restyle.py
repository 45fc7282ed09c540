"""Citation styles: markers are rewritten on their way out, and spans of citations move along."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from hydrophone.engine.extras.restyle import restyled
from hydrophone.types import (
    Citation,
    CitationStyle,
    Event,
    Finished,
    JsonFormat,
    OutputOptions,
    Question,
    RegexFormat,
    Revision,
    SearchResult,
    Source,
    Sources,
    SourceSpan,
    Span,
    Text,
    Usage,
)

WHALES, BOATS = "https://a.example/x", "https://b.example/y_(z)"
SOURCES = Sources(
    (Source(1, SearchResult(WHALES, "", "")), Source(2, SearchResult(BOATS, "", ""))),
    complete=True,
)
END = Finished("stop", Usage())
TEXT = "Whales sing. [1] Boats hum [2][1]. `x[1]` is code, [7] is nobody's."
MARKDOWN = (
    "Whales sing. [1](https://a.example/x) Boats hum [2](https://b.example/y_%28z%29)"
    "[1](https://a.example/x). `x[1]` is code, [7] is nobody's."
)
CLEAN = "Whales sing. Boats hum. `x[1]` is code, [7] is nobody's."


def proof(text: str, quoted: str) -> Citation:
    """A citation of `quoted` where it stands in the text."""
    start = text.index(quoted)
    span = Span(start, start + len(quoted))
    return Citation(1, "p", span, SourceSpan("v", 0, 1), quoted, "exact")


async def styled(
    style: CitationStyle, events: Sequence[Event], output: OutputOptions | None = None
) -> list[Event]:
    """The events as they go out."""
    out: list[Event] = []

    async def emit(event: Event) -> None:
        out.append(event)

    options = output or OutputOptions(citation_style=style)
    through = restyled(emit, Question((), "sonar", output=options))
    for event in events:
        await through(event)
    return out


def text_of(events: Sequence[Event]) -> str:
    return "".join(event.delta for event in events if isinstance(event, Text))


@pytest.mark.parametrize("size", [1, 2, 3, 7, len(TEXT)])
@pytest.mark.parametrize(
    ("style", "expected"), [("default", TEXT), ("markdown", MARKDOWN), ("clean", CLEAN)]
)
async def test_each_style_however_the_text_is_cut(
    style: CitationStyle, expected: str, size: int
) -> None:
    pieces = [Text(TEXT[start : start + size]) for start in range(0, len(TEXT), size)]
    out = await styled(style, [SOURCES, *pieces, END])
    assert text_of(out) == expected
    assert out[-1] == END


@pytest.mark.parametrize("style", ["markdown", "clean"])
@pytest.mark.parametrize("quoted", ["Whales sing.", "Boats hum", "is code", "nobody's."])
async def test_spans_still_hold_what_they_held(style: CitationStyle, quoted: str) -> None:
    out = await styled(style, [SOURCES, Text(TEXT), proof(TEXT, quoted), END])
    [citation] = [event for event in out if isinstance(event, Citation)]
    span = citation.answer_span
    assert span is not None
    assert text_of(out)[span.start : span.end] == quoted


async def test_a_span_around_a_marker_goes_around_what_stands_for_it() -> None:
    out = await styled("markdown", [SOURCES, Text(TEXT), proof(TEXT, "sing. [1] Boats"), END])
    [citation] = [event for event in out if isinstance(event, Citation)]
    assert citation.answer_span is not None
    shown = text_of(out)[citation.answer_span.start : citation.answer_span.end]
    assert shown == "sing. [1](https://a.example/x) Boats"


async def test_a_revision_is_rewritten_whole() -> None:
    revision = Revision(TEXT, (proof(TEXT, "Boats hum"),))
    out = await styled("clean", [SOURCES, Text("Before [1"), revision, END])
    [revised] = [event for event in out if isinstance(event, Revision)]
    assert revised.text == CLEAN
    [citation] = revised.citations
    assert citation.answer_span is not None
    assert CLEAN[citation.answer_span.start : citation.answer_span.end] == "Boats hum"
    assert out[-1] == END


@pytest.mark.parametrize("format", [JsonFormat(), RegexFormat(".*")])
async def test_json_and_patterns_are_left_as_they_are(format: JsonFormat | RegexFormat) -> None:
    options = OutputOptions(format=format, citation_style="clean")
    out = await styled("clean", [SOURCES, Text('{"n": [1]}'), END], options)
    assert text_of(out) == '{"n": [1]}'
