"""The report without a language model: headings and sentences of the sources, nothing else."""

from __future__ import annotations

import re
from dataclasses import replace

from hydrophone.engine.choose import Thresholds
from hydrophone.engine.profile import Profile
from hydrophone.engine.quote import NOT_IN_SOURCES, NOTHING_FOUND
from hydrophone.engine.research.quoted import QuotedReport
from hydrophone.llm.tokens import WordCounter
from hydrophone.types import OutputOptions, Source
from tests.engine.material import Scores, Written, asked, source, version_text, write

SURE = Thresholds(answer=0.5, coverage=0.0, margin=0.3)
REPORT = Profile(kind="report", sections=5, sentences=2)
QUESTION = asked("How do whales live?")


def headed(n: int, *parts: tuple[str, str]) -> Source:
    """A source whose passages stand under these headings."""
    page = source(n, *(text for _, text in parts), title=f"Whales {n}")
    passages = tuple(
        replace(passage, headings=(heading,))
        for passage, (heading, _) in zip(page.result.passages, parts, strict=True)
    )
    return replace(page, result=replace(page.result, passages=passages))


SEA = headed(
    1,
    ("Habitat", "Whales live in every ocean."),
    ("Feeding", "Blue whales eat krill all day. Nobody knows why they do."),
)
SONG = headed(2, ("Song", "Blue whales sing below forty hertz."), ("Ships", "Ships are loud now."))


async def report(
    scores: dict[str, float], *sources: Source, output: OutputOptions | None = None
) -> Written:
    writer = QuotedReport(Scores(scores), WordCounter(), SURE)
    question = replace(QUESTION, output=output or OutputOptions())
    return await write(writer, question, sources, REPORT)


async def test_what_answers_comes_first_and_then_a_section_for_each_heading() -> None:
    written = await report({"every ocean": 0.95, "krill": 0.6, "sing": 0.55}, SEA, SONG)
    assert written.text == (
        "Whales live in every ocean. [1]\n\n"
        "## Feeding\n\n"
        "Blue whales eat krill all day. [1]\n\n"
        "## Song\n\n"
        "Blue whales sing below forty hertz. [2]"
    )
    assert written.reason == "stop"


async def test_all_that_is_written_stands_in_the_sources() -> None:
    written = await report({"every ocean": 0.95, "krill": 0.6, "sing": 0.55}, SEA, SONG)
    known = {"Habitat", "Feeding", "Song", "Ships"}
    assert set(re.findall(r"^## (.*)$", written.text, re.MULTILINE)) <= known
    sources = {1: SEA, 2: SONG}
    rest = written.text
    for citation in written.citations:
        span, shown = citation.source_span, citation.answer_span
        assert version_text(sources[citation.n])[span.start : span.end] == citation.quote
        assert shown is not None
        assert written.text[shown.start : shown.end] == citation.quote
        rest = rest.replace(f"{citation.quote} [{citation.n}]", "")
    assert set(rest.split()) <= {"##", *known}


async def test_a_heading_with_nothing_to_say_under_it_is_left_out() -> None:
    written = await report({"every ocean": 0.95, "krill": 0.1, "sing": 0.1}, SEA, SONG)
    assert "##" not in written.text


async def test_a_report_whose_question_is_not_answered_says_so_first() -> None:
    written = await report({"every ocean": 0.4, "krill": 0.3, "sing": 0.25}, SEA, SONG)
    assert written.text.startswith(NOT_IN_SOURCES)
    assert written.notices == ["not_in_sources"]


async def test_without_sources_the_report_says_that_nothing_was_found() -> None:
    assert (await report({})).text == NOTHING_FOUND


async def test_a_limit_leaves_no_heading_alone() -> None:
    whole = await report({"every ocean": 0.95, "krill": 0.6, "sing": 0.55}, SEA, SONG)
    for limit in range(8, WordCounter().count(whole.text)):
        output = OutputOptions(max_tokens=limit)
        cut = await report(
            {"every ocean": 0.95, "krill": 0.6, "sing": 0.55}, SEA, SONG, output=output
        )
        assert WordCounter().count(cut.text) <= limit
        assert cut.reason == "length"
        assert re.search(r"\[\d\]\Z", cut.text)


async def test_what_was_read_is_counted_as_citation_tokens() -> None:
    written = await report({"every ocean": 0.95}, SEA)
    texts = "\n".join(passage.text for passage in SEA.result.passages)
    usage = written.context.meter.usage
    assert usage.citation_tokens == WordCounter().count(texts)
    assert usage.reasoning_tokens == 0
