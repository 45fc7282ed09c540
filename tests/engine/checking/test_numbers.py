"""Numbers as texts write them, and when one says the same as another."""

from __future__ import annotations

import pytest

from hydrophone.engine.checking.numbers import numbers, roman_numbers, stands_in


@pytest.mark.parametrize(
    ("text", "amounts"),
    [
        ("1,500,000 people", [1_500_000]),
        ("about 1.5 million people", [1_500_000]),
        ("two hundred and five ships", [205]),
        ("a million and two hundred five thousand", [1_205_000]),
        ("forty-two", [42]),
        ("nineteen eighty-four", [1984]),
        ("one-third of it", [1 / 3]),
        ("a dozen eggs", [12]),
        ("-5 degrees", [-5]),
        ("5-10 km", [5, 10]),
        ("from 1756–63", [1756, 1763]),
        ("US$3.5bn", [3_500_000_000]),
        ("the twenty-first", [21]),
        ("one of them, no one else", []),
        ("a B-52, the I-76 and COVID-19", []),
        ("version v1.2.3", []),
    ],
)
def test_numbers_are_read_in_figures_and_in_words(text: str, amounts: list[float]) -> None:
    assert [number.amount for number in numbers(text)] == pytest.approx(amounts)


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("1.5 million", "1,500,000"),
        ("1.5 million", "1,523,000"),
        ("about 20 ships", "19.6 ships"),
        ("two ships", "2 ships"),
        ("55 percent", "55%"),
        ("fifty-five per cent", "55 %"),
        ("the 1990s", "in 1994"),
        ("the 20th century", "in 1994"),
        ("the fourteenth century", "the 14th century"),
        ("the 50th Super Bowl", "Super Bowl 50"),
        ("5 kilometres", "5 km"),
        ("5 km", "5"),
        ("66%", "two-thirds"),
    ],
)
def test_the_same_number_is_known_in_another_dress(claim: str, source: str) -> None:
    [claimed] = numbers(claim)
    assert stands_in(claimed, numbers(source))


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        ("1,523,000", "1.5 million"),
        ("nearly 2007 years", "nearly 2000 years"),
        ("20 ships", "21 ships"),
        ("about 20 ships", "25 ships"),
        ("1994", "the 1990s"),
        ("the 15th century", "the 14th century"),
        ("5 miles", "5 km"),
        ("two waves", "the 2nd millennium"),
        ("55 percent", "the 55th"),
        ("$5", "£5"),
    ],
)
def test_another_number_is_another(claim: str, source: str) -> None:
    [claimed] = numbers(claim)
    assert not stands_in(claimed, numbers(source))


def test_numbers_know_where_they_stand() -> None:
    text = "It had 1,200 rooms and forty-two stairs."
    assert [text[n.start : n.end] for n in numbers(text)] == ["1,200", "forty-two"]


def test_roman_figures_follow_names() -> None:
    text = "Henry VIII and World War II, but I went."
    assert [number.amount for number in roman_numbers(text)] == [8, 2]
