"""The writer without a language model: what it quotes, and that it quotes to the letter."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hydrophone.engine.choose import Thresholds
from hydrophone.engine.profile import Profile
from hydrophone.engine.quote import NEAREST_FOLLOWS, NOT_IN_SOURCES, NOTHING_FOUND, QuoteWriter
from hydrophone.llm.overlap import WordOverlap
from hydrophone.llm.tokens import WordCounter
from hydrophone.types import Citation, Notice, Source, Text
from tests.engine.material import Scores, Written, asked, source, version_text, write

SURE = Thresholds(answer=0.5, coverage=0.0, margin=0.3)
SEA = source(
    1,
    "Whales live in every ocean. Blue whales sing below forty hertz. They eat krill all day.",
    title="The sea",
)
LAND = source(2, "Elephants live on the land. Elephants hum below twenty hertz.", title="The land")


def writer(scores: dict[str, float]) -> QuoteWriter:
    return QuoteWriter(Scores(scores), WordCounter(), SURE)


async def quote(
    scores: dict[str, float],
    *sources: Source,
    max_tokens: int | None = None,
    profile: Profile | None = None,
) -> Written:
    question = asked("Who sings below forty hertz?", max_tokens=max_tokens)
    return await write(writer(scores), question, sources, profile)


async def test_the_best_sentence_is_quoted_with_its_number() -> None:
    written = await quote({"sing": 0.9}, SEA, LAND)
    assert written.text == "Blue whales sing below forty hertz. [1]"
    assert written.reason == "stop"
    assert written.notices == []


async def test_every_quote_stands_to_the_letter_at_its_offsets() -> None:
    written = await quote({"sing": 0.9, "krill": 0.8, "hum": 0.7}, SEA, LAND)
    assert len(written.citations) == 3
    sources = {1: SEA, 2: LAND}
    for citation in written.citations:
        span = citation.source_span
        text = version_text(sources[citation.n])
        assert text[span.start : span.end] == citation.quote
        assert span.version == f"v{citation.n}"
        assert citation.verdict == "exact"
        assert citation.answer_span is not None
        shown = written.text[citation.answer_span.start : citation.answer_span.end]
        assert shown == citation.quote
        assert written.text[citation.answer_span.end :].startswith(f" [{citation.n}]")


async def test_the_best_source_comes_first_and_each_reads_as_it_was_written() -> None:
    written = await quote({"hum": 0.9, "krill": 0.8, "every ocean": 0.7}, SEA, LAND)
    assert written.text == (
        "Elephants hum below twenty hertz. [2] "
        "Whales live in every ocean. [1] "
        "They eat krill all day. [1]"
    )


async def test_sentences_far_behind_the_best_are_not_quoted_beside_it() -> None:
    written = await quote({"sing": 0.9, "krill": 0.61, "every ocean": 0.59}, SEA)
    assert [citation.quote[:4] for citation in written.citations] == ["Blue", "They"]


async def test_not_more_sentences_are_quoted_than_the_profile_says() -> None:
    scores = {"sing": 0.9, "krill": 0.8, "every ocean": 0.7}
    written = await quote(scores, SEA, profile=Profile(sentences=2))
    assert len(written.citations) == 2


async def test_the_same_sentence_on_two_pages_is_said_once() -> None:
    twin = source(2, "Blue  whales\nsing below forty hertz.")
    written = await quote({"sing": 0.9, "forty": 0.85}, SEA, twin)
    assert [citation.n for citation in written.citations] == [1]


async def test_line_breaks_of_the_page_do_not_break_the_answer() -> None:
    page = source(1, "Blue whales\n  sing below\tforty hertz.")
    written = await quote({"whales": 0.9}, page)
    assert written.text == "Blue whales sing below forty hertz. [1]"
    assert written.citations[0].quote == "Blue whales\n  sing below\tforty hertz."


async def test_a_number_in_brackets_of_the_page_itself_is_not_taken_for_ours() -> None:
    song = "Blue whales of the southern ocean sing below forty hertz.[2][14]"
    page = source(1, f"{song} Read argv[1] for more of it.")
    written = await quote({"whales": 0.9, "argv": 0.8}, page, LAND)
    assert written.text == (
        "Blue whales of the southern ocean sing below forty hertz.[ 2 ][ 14 ] [1] "
        "Read argv[ 1 ] for more of it. [1]"
    )
    first, second = written.citations
    assert first.quote == song
    assert second.answer_span is not None
    assert written.text[second.answer_span.start :].startswith("Read argv")
    assert written.text[: second.answer_span.end].endswith("of it.")


async def test_when_no_sentence_is_sure_the_answer_says_so_and_shows_the_nearest() -> None:
    written = await quote({"sing": 0.4, "krill": 0.3, "every ocean": 0.2}, SEA)
    assert written.notices == ["not_in_sources"]
    assert written.text.startswith(NOT_IN_SOURCES + NEAREST_FOLLOWS)
    assert len(written.citations) == 2
    for citation in written.citations:
        assert citation.answer_span is not None
        span = citation.answer_span
        assert written.text[span.start : span.end] == citation.quote


async def test_the_notice_comes_before_the_text() -> None:
    written = await quote({}, SEA)
    kinds = [type(event) for event in written.events]
    assert kinds.index(Notice) < kinds.index(Text)


async def test_without_sources_the_answer_says_that_nothing_was_found() -> None:
    written = await quote({})
    assert written.text == NOTHING_FOUND
    assert written.notices == ["not_in_sources"]
    assert written.citations == []


async def test_sources_without_a_sentence_are_no_answer() -> None:
    written = await quote({}, source(1, "x = {y};"))
    assert written.text == NOT_IN_SOURCES
    assert written.citations == []


async def test_the_reranker_sees_no_more_pairs_than_the_profile_says() -> None:
    many = source(1, " ".join(f"Whale number {n} sings a song." for n in range(200)))
    reranker = Scores({"sings": 0.9})
    one = QuoteWriter(reranker, WordCounter(), SURE)
    await write(one, asked("Which whale sings?"), [many], Profile(pairs=12))
    assert [len(texts) for texts in reranker.asked] == [12]


async def test_a_limit_ends_the_answer_at_a_whole_sentence() -> None:
    scores = {"sing": 0.9, "krill": 0.8}
    whole = await quote(scores, SEA)
    first = WordCounter().count("Blue whales sing below forty hertz. [1]")
    cut = await quote(scores, SEA, max_tokens=first)
    assert whole.reason == "stop"
    assert cut.reason == "length"
    assert cut.text == "Blue whales sing below forty hertz. [1]"
    assert len(cut.citations) == 1


@pytest.mark.parametrize("limit", range(5, 10))
async def test_a_limit_below_the_first_sentence_cuts_it_at_a_word(limit: int) -> None:
    written = await quote({"sing": 0.9}, SEA, max_tokens=limit)
    assert written.reason == "length"
    shown, marker, rest = written.text.partition(" … [1]")
    assert (marker, rest) == (" … [1]", "")
    assert "Blue whales sing below forty hertz.".startswith(shown + " ")
    [citation] = written.citations
    assert citation.quote == shown
    span = citation.source_span
    assert version_text(SEA)[span.start : span.end] == shown
    assert citation.answer_span is not None
    assert (citation.answer_span.start, citation.answer_span.end) == (0, len(shown))
    assert WordCounter().count(written.text) <= limit


async def test_a_limit_that_is_just_enough_cuts_nothing() -> None:
    tokens = WordCounter().count("Blue whales sing below forty hertz. [1]")
    written = await quote({"sing": 0.9}, SEA, max_tokens=tokens)
    assert written.reason == "stop"


@settings(max_examples=60, deadline=None)
@given(limit=st.integers(1, 60))
async def test_no_limit_is_ever_exceeded(limit: int) -> None:
    written = await quote({"sing": 0.9, "krill": 0.8, "hum": 0.7}, SEA, LAND, max_tokens=limit)
    assert written.context.meter.usage.completion_tokens <= limit
    assert WordCounter().count(written.text) <= limit
    assert (written.reason == "length") == (len(written.citations) < 3)


async def test_the_meter_counts_what_was_asked_and_said() -> None:
    written = await quote({"sing": 0.9}, SEA)
    usage = written.context.meter.usage
    assert usage.prompt_tokens == WordCounter().count("Who sings below forty hertz?")
    assert usage.completion_tokens == WordCounter().count(written.text)
    assert usage.model_calls == 0


async def test_a_refusal_is_counted_too() -> None:
    written = await quote({})
    assert written.context.meter.usage.completion_tokens == WordCounter().count(written.text)


async def test_a_citation_follows_the_text_that_it_proves() -> None:
    written = await quote({"sing": 0.9, "krill": 0.8}, SEA)
    assert [type(event) for event in written.events] == [Text, Citation, Text, Citation]


async def test_by_words_alone_the_same_question_gets_the_same_answer() -> None:
    one = QuoteWriter(WordOverlap(), WordCounter())
    question = asked("Do blue whales sing below forty hertz?")
    answers = {(await write(one, question, [SEA, LAND])).text for _ in range(5)}
    assert answers == {"Blue whales sing below forty hertz. [1]"}
