"""A claim beside a sentence that runs like it."""

from __future__ import annotations

import pytest

from hydrophone.engine.checking.align import contradictions

SOURCE = "In 1837 the northern tower of Lund was rebuilt by Anders Berg, and it did not burn again."


@pytest.mark.parametrize(
    ("claim", "said"),
    [
        (SOURCE.replace("1837", "1873"), "the source says 1837, not 1873"),
        (SOURCE.replace("Anders Berg", "Nils Ek"), "the source says Anders Berg, not Nils Ek"),
        (SOURCE.replace("did not", "did"), "the source denies what the other says"),
        (
            SOURCE.replace("was rebuilt", "was never rebuilt"),
            "the claim denies what the other says",
        ),
        (SOURCE.replace("northern", "southern"), "the source says northern, not southern"),
    ],
)
def test_a_difference_between_equal_words_is_told(claim: str, said: str) -> None:
    assert list(contradictions(claim, SOURCE)) == [said]


@pytest.mark.parametrize(
    ("claim", "source"),
    [
        (SOURCE, SOURCE),
        ("The northern tower of Lund was rebuilt by Anders Berg in 1837.", SOURCE),
        ("It is tall, wide and old.", "It is not only tall but also wide and old."),
        (
            "The towers, built of brick, were rebuilt in the spring of the year.",
            "The towers, built of brick (not of stone), were rebuilt in the spring of the year.",
        ),
        (
            "The UN was asked for help by the town.",
            "The United Nations was asked for help by the town.",
        ),
        ("Ships came from Spain and France.", "The weather of 1837 was mild in Lund."),
    ],
)
def test_other_words_for_the_same_contradict_nothing(claim: str, source: str) -> None:
    assert list(contradictions(claim, source)) == []
