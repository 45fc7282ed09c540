"""Choosing sentences: order, margin, doubles, and when none is an answer."""

from __future__ import annotations

from hydrophone.engine.candidates import sentences_of
from hydrophone.engine.choose import THRESHOLDS, Thresholds, best, choose, in_reading_order
from hydrophone.engine.profile import Profile
from tests.engine.material import Scores, source

TEXT = "Whales live in every ocean. Blue whales sing all night. They eat krill all day."
PAGE = source(1, TEXT)
SENTENCES = list(sentences_of([PAGE]))


def test_best_keeps_to_margin_and_number() -> None:
    assert [score for _, score in best(SENTENCES, [0.1, 0.9, 0.8], 0.5, 4)] == [0.9, 0.8]
    assert [score for _, score in best(SENTENCES, [0.1, 0.9, 0.8], 0.5, 1)] == [0.9]


def test_equal_scores_keep_their_order() -> None:
    chosen = best(SENTENCES, [0.5, 0.5, 0.5], 0.1, 4)
    assert [sentence for sentence, _ in chosen] == SENTENCES


def test_doubles_do_not_count_against_the_number() -> None:
    twin = list(sentences_of([source(2, "BLUE whales  sing all night.")]))
    chosen = best([*SENTENCES, *twin], [0.5, 0.9, 0.6, 0.9], 0.5, 2)
    assert [sentence.start for sentence, _ in chosen] == [SENTENCES[1].start, SENTENCES[2].start]


def test_reading_order_is_by_best_source_then_by_place() -> None:
    other = list(sentences_of([source(2, "Elephants hum all night.")]))
    scored = [(other[0], 0.9), (SENTENCES[2], 0.8), (SENTENCES[0], 0.7)]
    assert in_reading_order(scored) == (other[0], SENTENCES[0], SENTENCES[2])


async def test_the_page_must_know_the_questions_words() -> None:
    """A good sentence from a page about something else is no answer."""
    thresholds = Thresholds(answer=1.2, coverage=1.0, margin=0.3)
    fitting = await choose("whales night", [PAGE], Profile(), Scores({"sing": 0.9}), thresholds)
    question = "zeppelin hangar architects"
    strange = await choose(question, [PAGE], Profile(), Scores({"sing": 0.9}), thresholds)
    assert fitting.confident
    assert not strange.confident
    assert fitting.confidence > strange.confidence


async def test_the_question_itself_is_no_answer() -> None:
    page = source(1, 'Ask it: "do whales sing all night long" and wait. Whales sing all day.')
    scores = Scores({"wait": 0.9, "day": 0.8})
    choice = await choose("Do whales sing all night long?", [page], Profile(), scores, OVERLAP)
    assert [sentence.text for sentence in choice.sentences] == ["Whales sing all day."]


async def test_without_sentences_there_is_no_choice_and_nothing_is_scored() -> None:
    scores = Scores({})
    choice = await choose("whales", [], Profile(), scores, OVERLAP)
    assert choice.sentences == ()
    assert not choice.confident
    assert scores.asked == []


OVERLAP = THRESHOLDS["overlap"]
