"""Choosing sentences: order, margin, doubles, and when none is an answer."""

from __future__ import annotations

from hydrophone.engine.candidates import sentences_of
from hydrophone.engine.choose import (
    PLACE_CHARS,
    THRESHOLDS,
    Thresholds,
    best,
    choose,
    in_reading_order,
)
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


async def test_the_place_of_the_first_source_counts_beside_the_best_sentence() -> None:
    """An answer that needs several sentences is in none of them alone."""
    thresholds = Thresholds(answer=0.6, coverage=0.0, margin=0.3, place=0.5)
    # Only the whole place holds all three.
    together = Scores({TEXT: 0.9, "sing": 0.4})
    choice = await choose("whales night", [PAGE], Profile(), together, thresholds)
    assert choice.confident
    assert choice.confidence == 0.65
    assert together.asked[0][0] == TEXT
    alone = Scores({TEXT: 0.0, "sing": 0.9})
    assert not (await choose("whales night", [PAGE], Profile(), alone, thresholds)).confident


async def test_the_place_is_what_stands_around_the_promising_sentence() -> None:
    filler = "Krill drift by in clouds for hours. " * 60
    long = source(1, f"{filler}Blue whales sing all night. {filler}")
    scores = Scores({})
    thresholds = Thresholds(answer=0.6, coverage=0.0, margin=0.3, place=0.5)
    await choose("whales night", [long], Profile(), scores, thresholds)
    place = scores.asked[0][0]
    assert "Blue whales sing all night." in place
    assert len(place) <= PLACE_CHARS


async def test_a_loose_turn_of_a_conversation_needs_less() -> None:
    thresholds = Thresholds(answer=1.0, coverage=0.0, margin=0.3, loose=0.2)
    scores = Scores({"sing": 0.9})
    asked = ("whales night", [PAGE], Profile(), scores, thresholds)
    assert not (await choose(*asked)).confident
    assert (await choose(*asked, loose=True)).confident
