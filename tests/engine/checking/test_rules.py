"""What a claim says otherwise than its source."""

from __future__ import annotations

import pytest

from hydrophone.engine.checking.evidence import nearest, read
from hydrophone.engine.checking.rules import objections, stated
from tests.engine.material import source

PAGE = (
    "Anders Berg was born in Lund on 3 April 1790. "
    "In 1837 he rebuilt the tower, which is 42 metres high and has two bells. "
    "The bells were not cast in Sweden. "
    "In 1851 the roof of the church burned, and the town paid 9,500 crowns for a new one."
)


def against(claim: str, page: str = PAGE, title: str = "The towers of Lund") -> list[str]:
    one = read(source(1, page, title=title))
    told = stated(claim)
    found = nearest(told.stems, one)
    assert found is not None
    return list(objections(told, found, one))


@pytest.mark.parametrize(
    "claim",
    [
        "Anders Berg was born in Lund on April 3, 1790.",
        "Berg was born in Lund in 1790.",
        "The tower was rebuilt in 1837 by Anders Berg.",
        "It is 42 m high.",
        "The tower has 2 bells.",
        "About 9,500 crowns were paid after the fire of 1851.",
        "The first church of Lund burned in part, half of its roof.",
    ],
)
def test_nothing_is_said_against_what_the_source_says(claim: str) -> None:
    assert against(claim) == []


@pytest.mark.parametrize(
    ("claim", "reason"),
    [
        ("The tower is 45 metres high.", "the number 45 is not in the source"),
        ("Berg was born in Lund on 4 April 1790.", "the date 4 April 1790 is not in the source"),
        ("Berg was born in Lund in May 1790.", "the date May 1790 is not in the source"),
        ("The tower was rebuilt by Anders Ek.", "the name Anders Ek is not in the source"),
        ("The tower was never rebuilt.", "the claim denies what the source says"),
        ("The bells were cast in Sweden.", "the source denies it"),
        ("The tower has three bells.", "the number three is not in the source"),
        ("In 1851 he rebuilt the tower with two bells.", "the source says 1837, not 1851"),
    ],
)
def test_what_the_source_says_otherwise_is_told(claim: str, reason: str) -> None:
    assert reason in against(claim)


def test_nouns_of_other_languages_are_no_names() -> None:
    page = "Der Turm von Lund wurde im Jahr 1837 von dem Baumeister Berg wieder aufgebaut."
    assert against("Der Baumeister Berg hat den Kirchturm dann 1837 neu errichtet.", page) == []
    assert against("Der Baumeister Berg hat den Kirchturm dann 1838 neu errichtet.", page) == [
        "the number 1838 is not in the source"
    ]
