"""Quotes by words: each marker of an answer gets the sentence of its source that fits best."""

from __future__ import annotations

from hydrophone.engine.writing.quotes import citations_of
from hydrophone.types import Citation
from tests.engine.material import source, version_text

SEA = source(1, "Whales live in every ocean. Blue whales sing below forty hertz.")
LAND = source(2, "Elephants live on the land. Elephants hum below twenty hertz.")
CODE = source(3, "x = {y: [z]};")


def check(text: str) -> list[Citation]:
    return list(citations_of(text, [SEA, LAND, CODE]))


def said(text: str, citation: Citation) -> str:
    assert citation.answer_span is not None
    return text[citation.answer_span.start : citation.answer_span.end]


def test_the_quote_is_the_sentence_that_fits() -> None:
    [citation] = check("The song of blue whales is below forty hertz [1].")
    assert citation.quote == "Blue whales sing below forty hertz."
    assert citation.verdict == "exists"
    span = citation.source_span
    assert version_text(SEA)[span.start : span.end] == citation.quote


def test_each_marker_has_its_own_citation_in_order() -> None:
    text = "Blue whales sing [1]. Elephants hum [2][1]."
    assert [citation.n for citation in check(text)] == [1, 2, 1]


def test_a_marker_behind_the_stop_belongs_to_the_sentence_before() -> None:
    text = "Blue whales sing. [1] Elephants hum. [2]"
    first, second = check(text)
    assert said(text, first) == "Blue whales sing."
    assert said(text, second).endswith("Elephants hum.")


def test_a_marker_on_a_line_of_its_own_belongs_to_the_sentence_before() -> None:
    text = "Blue whales sing.\n\n[1]"
    assert said(text, check(text)[0]) == "Blue whales sing."


def test_a_marker_before_any_text_has_its_own_span() -> None:
    [citation] = check("[1]")
    assert citation.answer_span is not None
    assert check(" [1]")[0].answer_span is None


def test_an_unknown_number_has_no_citation() -> None:
    assert check("Blue whales sing [9].") == []


def test_the_number_itself_is_no_word_of_the_sentence() -> None:
    page = source(1, "There are 1 1 1 of them here. Blue whales sing at night.")
    [citation] = citations_of("Blue whales hum [1].", [page])
    assert citation.quote == "Blue whales sing at night."


def test_a_source_without_sentences_is_quoted_by_its_passage() -> None:
    [citation] = check("It is set to z [3].")
    assert citation.quote == "x = {y: [z]};"
    span = citation.source_span
    assert version_text(CODE)[span.start : span.end] == citation.quote


def test_code_holds_no_citations() -> None:
    assert check("Use `argv[1]` and:\n```\nargv[2]\n```\n") == []


def test_a_megabyte_of_markers_is_checked_in_one_go() -> None:
    text = "Whales sing. [1] " * (1_000_000 // 17)
    assert len(check(text)) == 1_000_000 // 17
