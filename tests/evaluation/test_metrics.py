"""The metrics, against values worked out by hand and by trec_eval."""

from __future__ import annotations

import math
from dataclasses import dataclass

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hydrophone.evaluation.metrics import ndcg, recall, reciprocal_rank


@dataclass(frozen=True)
class Case:
    """A ranking, what is relevant, and what trec_eval (pytrec_eval-terrier) says of it."""

    ranking: list[str]
    relevant: dict[str, int]
    ndcg_10: float
    ndcg_3: float
    recall_3: float
    recall_100: float
    reciprocal: float


CASES = [
    Case(
        ["d9", "d2", "d8", "d1", "d7"],
        {"d1": 2, "d2": 1, "d3": 1},
        ndcg_10=0.47662611018851303,
        ndcg_3=0.20151514190050246,
        recall_3=1 / 3,
        recall_100=2 / 3,
        reciprocal=0.5,
    ),
    Case(["b", "c", "a"], {"a": 1}, 0.5, 0.5, 1.0, 1.0, 1 / 3),
    Case(
        ["z", "x", "u", "y", "v", "w"],
        {"x": 3, "y": 2, "z": 1, "w": 1},
        ndcg_10=0.7915880626238758,
        ndcg_3=0.6074915180456525,
        recall_3=0.5,
        recall_100=1.0,
        reciprocal=1.0,
    ),
    Case(["p", "q"], {"n": 1}, 0.0, 0.0, 0.0, 0.0, 0.0),
]


@pytest.mark.parametrize("case", CASES)
def test_metrics_are_those_of_trec_eval(case: Case) -> None:
    assert ndcg(case.ranking, case.relevant, 10) == pytest.approx(case.ndcg_10, abs=1e-12)
    assert ndcg(case.ranking, case.relevant, 3) == pytest.approx(case.ndcg_3, abs=1e-12)
    assert recall(case.ranking, case.relevant, 3) == pytest.approx(case.recall_3)
    assert recall(case.ranking, case.relevant, 100) == pytest.approx(case.recall_100)
    assert reciprocal_rank(case.ranking, case.relevant, 10) == pytest.approx(case.reciprocal)


def test_a_gain_at_rank_three_counts_half() -> None:
    assert ndcg(["a", "b", "c"], {"c": 5}, 10) == pytest.approx(1 / math.log2(4))


def test_what_lies_beyond_the_cut_does_not_count() -> None:
    ranking = [str(n) for n in range(20)]
    assert ndcg(ranking, {"10": 1}, 10) == 0
    assert reciprocal_rank(ranking, {"10": 1}, 10) == 0
    assert recall(ranking, {"10": 1}, 10) == 0
    assert reciprocal_rank(ranking, {"9": 1}, 10) == pytest.approx(0.1)


def test_the_best_ranking_is_the_best_that_the_cut_has_room_for() -> None:
    relevant = {str(n): 1 for n in range(15)}
    assert ndcg([str(n) for n in range(10)], relevant, 10) == pytest.approx(1)


def test_nothing_relevant_or_nothing_found_is_0() -> None:
    assert ndcg(["a"], {}, 10) == recall(["a"], {}, 10) == reciprocal_rank(["a"], {}, 10) == 0
    assert ndcg([], {"a": 1}, 10) == recall([], {"a": 1}, 10) == 0


@given(
    st.permutations([str(n) for n in range(12)]),
    st.dictionaries(st.integers(0, 11).map(str), st.integers(1, 4), min_size=1),
)
def test_a_better_document_moved_up_is_never_worse(
    ranking: list[str], relevant: dict[str, int]
) -> None:
    sorted_first = sorted(ranking, key=lambda name: -relevant.get(name, 0))
    assert ndcg(sorted_first, relevant, 10) == pytest.approx(1)
    for upper in range(len(ranking) - 1):
        moved = [*ranking]
        if relevant.get(moved[upper], 0) < relevant.get(moved[upper + 1], 0):
            moved[upper], moved[upper + 1] = moved[upper + 1], moved[upper]
            assert ndcg(moved, relevant, 10) >= ndcg(ranking, relevant, 10)
