"""What counts beside the fit: age, authority, doubles, and the order of what is equal."""

from __future__ import annotations

import random
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

import pytest

from hydrophone.index.base import IndexedPassage
from hydrophone.search.rank import DEFAULT_WEIGHTS, Ranked, rank
from hydrophone.types import Passage

NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)
TEXTS = [" ".join(f"word{page}x{word}" for word in range(40)) for page in range(30)]


def passage(
    number: int,
    text: str | None = None,
    *,
    published: datetime | None = None,
    modified: datetime | None = None,
    authority: float = 0.0,
) -> IndexedPassage:
    return IndexedPassage(
        passage=Passage(str(number), text or TEXTS[number], "v", 0, 1),
        url=f"https://example.com/{number}",
        title="",
        collection="c",
        published=published,
        modified=modified,
        language=None,
        authority=authority,
    )


def ids(ranked: Sequence[Ranked]) -> list[int]:
    return [int(one.indexed.passage.id) for one in ranked]


def test_the_fit_decides() -> None:
    old = passage(1, published=NOW - timedelta(days=9_000))
    new = passage(2, published=NOW, authority=1.0)
    gained = DEFAULT_WEIGHTS.freshness + DEFAULT_WEIGHTS.authority
    assert ids(rank([new, old], {"1": 0.5 + gained + 0.01, "2": 0.5}, NOW)) == [1, 2]


def test_of_equal_fits_the_newer_comes_first() -> None:
    days = {1: 400, 2: 3, 3: 30, 4: None}
    given = [
        passage(n, published=None if d is None else NOW - timedelta(days=d))
        for n, d in days.items()
    ]
    assert ids(rank(given, dict.fromkeys("1234", 0.5), NOW)) == [2, 3, 1, 4]


def test_a_change_makes_a_page_new() -> None:
    old = NOW - timedelta(days=2_000)
    given = [passage(1, published=old), passage(2, published=old, modified=NOW)]
    assert ids(rank(given, {"1": 0.5, "2": 0.5}, NOW)) == [2, 1]


def test_a_date_in_the_future_gains_no_more_than_today() -> None:
    given = [passage(1, published=NOW + timedelta(days=5_000)), passage(2, published=NOW)]
    ranked = rank(given, {"1": 0.5, "2": 0.501}, NOW)
    assert ids(ranked) == [2, 1]


def test_of_equal_fits_what_is_linked_to_comes_first() -> None:
    given = [passage(1), passage(2, authority=0.4), passage(3, authority=0.9)]
    assert ids(rank(given, dict.fromkeys("123", 0.5), NOW)) == [3, 2, 1]


def test_without_dates_and_links_the_fits_stay_as_they_are() -> None:
    fits = {str(n): n / 29 for n in range(30)}
    ranked = rank([passage(n) for n in range(30)], fits, NOW)
    assert ids(ranked) == list(range(29, -1, -1))
    assert [one.score for one in ranked] == [fits[str(n)] for n in ids(ranked)]


def test_the_best_has_the_score_1_and_none_less_than_0() -> None:
    given = [passage(n, authority=n / 10, published=NOW) for n in range(5)]
    scores = [one.score for one in rank(given, dict.fromkeys("01234", 0.0), NOW)]
    assert scores[0] == 1
    assert scores == sorted(scores, reverse=True)
    assert min(scores) >= 0
    assert rank([passage(1)], {"1": 0.0}, NOW)[0].score == 0


@pytest.mark.parametrize("changed", [0, 1])
def test_what_says_the_same_comes_once_and_it_is_the_newer(changed: int) -> None:
    double = " ".join([*TEXTS[1].split()[: 40 - changed], *["other"] * changed])
    given = [
        passage(1, published=NOW - timedelta(days=100)),
        passage(2),
        passage(3, double, published=NOW - timedelta(days=1)),
        passage(4, TEXTS[1]),
    ]
    ranked = rank(given, {"1": 0.9, "2": 0.5, "3": 0.8, "4": 0.7}, NOW)
    assert ids(ranked) == [3, 2]
    assert ranked[0].score == 1, "it stands where the best of its kind stood"


def test_what_shares_a_few_sentences_stays() -> None:
    half = " ".join(TEXTS[1].split()[:20] + TEXTS[2].split()[:20])
    given = [passage(1), passage(3, half)]
    assert ids(rank(given, {"1": 0.9, "3": 0.8}, NOW)) == [1, 3]


def test_case_and_punctuation_make_no_difference() -> None:
    given = [passage(1, "Whales, sing: softly!"), passage(2, "whales sing softly")]
    assert ids(rank(given, {"1": 0.5, "2": 0.5}, NOW)) == [1]


def test_short_texts_of_other_words_stay() -> None:
    given = [passage(1, "Whales"), passage(2, "Bats"), passage(3, "?")]
    assert ids(rank(given, dict.fromkeys("123", 0.5), NOW)) == [1, 2, 3]


def test_the_order_of_what_is_given_does_not_matter() -> None:
    dice = random.Random(1)
    given = [
        passage(
            n,
            TEXTS[dice.randrange(30)],
            authority=dice.choice([0, 0.5]),
            published=dice.choice([None, NOW, NOW - timedelta(days=9)]),
        )
        for n in range(30)
    ]
    fits = {str(n): dice.choice([0.2, 0.5, 0.9]) for n in range(30)}
    first = rank(given, fits, NOW)
    for _ in range(10):
        dice.shuffle(given)
        assert rank(given, fits, NOW) == first


def test_nothing_is_ranked_to_nothing() -> None:
    assert rank([], {}, NOW) == []
