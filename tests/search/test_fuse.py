"""Making one ranking of several."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hydrophone.search.fuse import best_of, fuse, ranked, scaled, standardised

scores = st.dictionaries(
    st.integers(1, 60).map(str), st.floats(-1000, 1000, allow_nan=False), max_size=30
)


@given(scores)
def test_scaled_scores_lie_between_0_and_1_and_keep_their_order(given_: dict[str, float]) -> None:
    result = scaled(given_)
    assert result.keys() == given_.keys()
    assert all(0 <= score <= 1 for score in result.values())
    if given_:
        assert max(result.values()) == 1
    keys = sorted(given_, key=given_.__getitem__)
    assert all(result[a] <= result[b] for a, b in itertools.pairwise(keys))


def test_equal_scores_are_all_the_best() -> None:
    assert scaled({"1": 5.0, "2": 5.0}) == {"1": 1.0, "2": 1.0}
    assert scaled({}) == {}


def test_standard_scores_have_mean_0_and_deviation_1() -> None:
    assert standardised({"1": 2.0, "2": 4.0, "3": 6.0, "4": 8.0}) == pytest.approx(
        {"1": -1.3416408, "2": -0.4472136, "3": 0.4472136, "4": 1.3416408}
    )
    assert standardised({"1": 5.0, "2": 5.0}) == {"1": 0.0, "2": 0.0}


def test_fused_scores_are_weighted_standard_scores() -> None:
    words, vectors = {"1": 8.0, "2": 4.0}, {"1": 0.6, "2": 0.9, "3": 0.75}
    # Standard scores: words 4/√(32/3), 0, -4/√(32/3); vectors -√1.5, √1.5, 0.
    assert fuse(words, vectors, words_weight=0.5) == pytest.approx({"1": 0.5, "2": 1.0, "3": 0.0})
    assert ranked(fuse(words, vectors, words_weight=0.9))[0][0] == "1"


def test_how_far_apart_the_scores_of_a_list_lie_does_not_matter() -> None:
    words, vectors = {"1": 9.0, "2": 3.0, "3": 0.0}, {"1": 0.1, "2": 0.5, "3": 0.4}
    closer = {key: 0.7 + score / 100 for key, score in vectors.items()}
    assert fuse(words, closer) == pytest.approx(fuse(words, vectors))


@given(scores, scores)
def test_every_passage_of_either_list_is_in_the_fusion(
    words: dict[str, float], vectors: dict[str, float]
) -> None:
    fused = fuse(words, vectors)
    assert fused.keys() == words.keys() | vectors.keys()
    assert all(0 <= score <= 1 for score in fused.values())


def test_what_fits_by_both_comes_before_what_fits_by_one() -> None:
    words = {"1": 10.0, "2": 9.0, "9": 0.0}
    vectors = {"3": 0.9, "2": 0.89, "8": 0.1, "1": 0.1, "9": 0.1}
    assert next(iter(dict(ranked(fuse(words, vectors))))) == "2"


def test_what_still_waits_for_its_vector_is_judged_by_its_words() -> None:
    words = {"1": 9.0, "2": 3.0, "3": 1.0}
    vectors = {"3": 0.3, "4": 0.2, "5": 0.1}
    assert [key for key, _ in ranked(fuse(words, vectors))][:2] == ["1", "3"]


def test_with_one_list_empty_the_other_decides() -> None:
    assert fuse({"1": 4.0, "2": 2.0, "3": 0.0}, {}) == {"1": 1.0, "2": 0.5, "3": 0.0}
    assert fuse({}, {"1": 4.0, "2": 2.0}) == {"1": 1.0, "2": 0.0}


def test_of_several_queries_the_best_score_counts() -> None:
    assert best_of([{"1": 0.2, "2": 0.9}, {"1": 0.7}]) == {"1": 0.7, "2": 0.9}


@given(scores)
def test_the_order_does_not_depend_on_the_order_of_coming(given_: dict[str, float]) -> None:
    backwards = dict(reversed(given_.items()))
    assert ranked(given_) == ranked(backwards)


def test_equal_scores_are_ranked_by_age() -> None:
    assert [key for key, _ in ranked({"10": 1.0, "9": 1.0, "2": 1.0})] == ["2", "9", "10"]
