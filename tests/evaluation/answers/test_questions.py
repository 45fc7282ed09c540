"""Which questions of a set are asked, and which of them without their pages."""

from __future__ import annotations

import pytest

from hydrophone.evaluation.answers.questions import AnswerSet, chosen, deprived, elsewhere
from hydrophone.evaluation.rows import DataSetError
from hydrophone.types import Document
from tests.evaluation.answers.made import asked

PAGES = [Document(f"eval://x/{n}", "", f"Page {n}.") for n in range(10)]
SET = AnswerSet(
    "x",
    PAGES,
    [asked(f"q{n}", relevant=(PAGES[n].url,), answers=("Page",)) for n in range(10)]
    + [asked("again 0", relevant=(PAGES[0].url,))],
)


def ids(data: AnswerSet) -> list[str]:
    return [one.id for one in data.questions]


def test_the_first_are_asked_or_so_many_drawn_by_a_seed() -> None:
    assert ids(chosen(SET, 2, None)) == ["q0", "q1"]
    drawn = ids(chosen(SET, 4, 5))
    assert drawn == ids(chosen(SET, 4, 5)) != ids(chosen(SET, 4, 6))
    assert drawn == [one for one in ids(SET) if one in drawn]
    assert chosen(SET, 99, 5) is SET
    assert chosen(SET, None, 5) is SET


def test_further_questions_lose_their_pages_and_become_unanswerable() -> None:
    kept = chosen(SET, 3, None)
    data = deprived(SET, kept, 7, seed=2)
    lost = data.questions[3:]
    assert ids(data)[:3] == ["q0", "q1", "q2"]
    assert sorted(ids(data)[3:]) == [f"q{n} without its pages" for n in range(3, 10)]
    assert {(one.answerable, one.answers, one.relevant) for one in lost} == {(False, (), ())}
    assert [one.url for one in data.documents] == [one.url for one in PAGES[:3]]


def test_a_page_that_is_needed_is_not_taken_away() -> None:
    # "again 0" has the page of q0, which is asked.
    with pytest.raises(DataSetError, match="only 7 further questions"):
        deprived(SET, chosen(SET, 3, None), 8, seed=2)


def test_who_does_not_have_the_documents_is_not_asked_for_them() -> None:
    data = elsewhere(SET)
    assert (len(data.documents), ids(data)) == (0, ids(SET))
    assert {one.relevant for one in data.questions} == {()}
    assert data.questions[0].answers == ("Page",)
