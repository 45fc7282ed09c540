"""Answers by a pattern without a language model: words of a source, or an error."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hydrophone.engine.profile import Profile
from hydrophone.engine.quote import QuoteWriter
from hydrophone.engine.research.quoted import QuotedReport
from hydrophone.engine.structured.quoted import NotInSources
from hydrophone.llm.tokens import WordCounter
from hydrophone.types import OutputOptions, RegexFormat, Source, Span
from tests.engine.material import Scores, Written, asked, source, version_text, write

WHALES = source(
    1,
    "The survey of 2019 counted 1,250 blue whales off Port Aurelia. They were not shy.",
    title="Blue whales",
)
SEALS = source(2, "In 1987 the seals of the north were counted, all 300 of them.", title="Seals")


async def quoted(
    question: str, pattern: str, *sources: Source, max_tokens: int | None = None
) -> Written:
    scores = Scores({"blue whales": 0.9, "seals": 0.8})
    wanted = replace(
        asked(question), output=OutputOptions(format=RegexFormat(pattern), max_tokens=max_tokens)
    )
    return await write(QuoteWriter(scores, WordCounter()), wanted, sources or [WHALES, SEALS])


@pytest.mark.parametrize(
    ("pattern", "text"),
    [
        (r"\d{4}", "2019"),
        (r"\d{1,3}(,\d{3})+", "1,250"),
        (r"[A-Z]\w+ [A-Z]\w+", "Port Aurelia"),
        (r"(?=.*7)\d+", "1987"),
        (r"^[\d,]+ \w+ whales$", "1,250 blue whales"),
        (r".+", "The survey of 2019 counted 1,250 blue whales off Port Aurelia."),
    ],
)
async def test_the_best_sentence_that_matches_is_quoted(pattern: str, text: str) -> None:
    written = await quoted("How many were counted?", pattern)
    assert written.text == text
    [citation] = written.citations
    assert citation.answer_span == Span(0, len(text))
    assert (citation.verdict, citation.quote) == ("exact", text)
    span = citation.source_span
    source = WHALES if citation.n == 1 else SEALS
    assert version_text(source)[span.start : span.end] == text
    assert written.context.meter.usage.model_calls == 0


@pytest.mark.parametrize(
    ("question", "pattern"),
    [
        ("How many were counted?", r"\d{9}"),
        ("Are they shy?", "yes|no|not"),
        ("Which blue whales were counted?", "blue whales|counted"),
        ("How many were counted?", "[a-z]{2}"),
        ("How many were counted?", "x*"),
    ],
)
async def test_what_no_source_says_in_that_form_is_an_error(question: str, pattern: str) -> None:
    with pytest.raises(NotInSources) as caught:
        await quoted(question, pattern)
    error = caught.value
    assert (error.status, error.code, error.param) == (400, "not_in_sources", "response_format")


async def test_a_question_that_the_sources_do_not_answer_is_an_error() -> None:
    stones = source(1, "A stone of 1999 lies on the ground, and grass grows.")
    with pytest.raises(NotInSources):
        await quoted("How many whales were there?", r"\d{4}", stones)
    with pytest.raises(NotInSources):
        await write(
            QuoteWriter(Scores({}), WordCounter()),
            replace(asked("Why?"), output=OutputOptions(format=RegexFormat(r"\d"))),
            [],
        )


async def test_what_has_too_many_tokens_is_passed_over() -> None:
    written = await quoted("How many were counted?", r"The survey of \d+|\d,\d+", max_tokens=3)
    assert written.text == "1,250"


async def test_a_report_by_a_pattern_is_one_text() -> None:
    wanted = replace(
        asked("How many blue whales?"), output=OutputOptions(format=RegexFormat(r"\d{4}"))
    )
    scores = Scores({"blue whales": 0.9})
    profile = Profile(kind="report")
    written = await write(QuotedReport(scores, WordCounter()), wanted, [WHALES], profile)
    assert written.text == "2019"
