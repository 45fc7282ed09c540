"""Rows, and what measures say of them."""

from __future__ import annotations

import pytest

from hydrophone.evaluation.answers.proofs import Proof
from hydrophone.evaluation.answers.scoring import is_page, score
from tests.evaluation.answers.made import asked, reply, source


def test_a_right_answer_with_its_page() -> None:
    question = asked(answers=("forty tonnes",), relevant=("eval://x/2", "eval://x/9"))
    sources = (source(1, "A"), source(2, "B"))
    row = score(
        question,
        reply("It lifts forty [1] tonnes. [2]", *sources, spent={"prompt_tokens": 3}),
        Proof(citations=2, right=1, claims=1, proven=1, quotes=2, exact=2, wrong=("x",)),
    )
    assert row.parts["contains"] == row.parts["answered"] == row.parts["gold_cited"] == (1, 1)
    assert row.parts["source_recall"] == (0.5, 1)
    assert row.parts["source_mrr"] == (0.5, 1)
    assert row.parts["citation_precision"] == (1, 2)
    assert row.parts["citation_recall"] == (1, 1)
    assert row.parts["span_exactness"] == (2, 2)
    assert row.parts["answerable_abstained"] == (0, 1)
    assert row.parts["prompt_tokens"] == (3, 1)
    assert row.parts["f1"] == (pytest.approx(4 / 6), 1)
    assert row.times_ms == {
        "first_source_ms": pytest.approx(10),
        "first_text_ms": pytest.approx(50),
        "end_ms": pytest.approx(100),
    }
    assert row.wrong == ("x",)


def test_silence_is_right_without_an_answer_and_wrong_with_one() -> None:
    silent = reply("I do not know. Forty tonnes?", abstained=True)
    with_answer = score(asked(answers=("forty tonnes",)), silent, Proof())
    assert (with_answer.parts["contains"], with_answer.parts["answered"]) == ((1, 1), (0, 1))
    assert with_answer.parts["answerable_abstained"] == (1, 1)
    without = score(asked(answerable=False), silent, Proof())
    assert without.parts == {"failed": (0, 1), "unanswerable_abstained": (1, 1)}
    neither = score(asked(answerable=None), silent, Proof())
    assert neither.parts == {"failed": (0, 1)}


def test_a_failed_question_is_a_wrong_answer_without_times() -> None:
    row = score(asked(answers=("forty",)), reply("", error="broken"), Proof())
    assert row.parts["failed"] == (1, 1)
    assert row.parts["answered"] == (0, 1)
    assert "answerable_abstained" not in row.parts
    assert (row.times_ms, row.error) == ({}, "broken")


def test_long_answers_are_compared_by_their_words_alone() -> None:
    row = score(asked(answers=("word " * 20,)), reply("word"), Proof())
    assert "contains" not in row.parts
    assert row.parts["f1"][0] > 0


def test_a_page_is_known_by_its_url_or_the_end_of_it() -> None:
    assert is_page("https://a.example/x", "https://a.example/x")
    assert is_page("file:///home/docs/leave.md", "docs/leave.md")
    assert is_page("file:///home/docs/leave.md", "/leave.md")
    assert not is_page("file:///home/docs/sickleave.md", "leave.md")
