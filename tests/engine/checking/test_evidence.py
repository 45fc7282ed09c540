"""Sources read for checking, and the lines that come nearest to a claim."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from hydrophone.engine.checking.evidence import nearest, read, united
from hydrophone.engine.checking.rules import stated
from tests.engine.material import source, version_text

PIECES = (
    "The tower of Lund is 42 metres high.",
    "# Towers",
    "Was it built in 1837?",
    "- It has two bells.",
    "| Tower | Height |\n| Lund | 42 m |",
    "```\nheight = 42;\n```",
    "Anders Berg, who lived nearby, rebuilt it:\n- the roof\n- the stairs",
    "塔高42米。它很旧。",
    "Dr. Berg paid approx. 3.5 million.",
)


def near(claim: str, *texts: str) -> list[str]:
    found = nearest(stated(claim).stems, read(source(1, *texts)))
    assert found is not None
    return [line.text for line in found.lines]


@given(
    st.lists(st.sampled_from(PIECES), min_size=1, max_size=6), st.sampled_from(["\n", "\n\n", " "])
)
def test_every_line_stands_verbatim_at_its_offsets(pieces: list[str], between: str) -> None:
    one = source(1, between.join(pieces), between.join(reversed(pieces)))
    text = version_text(one)
    evidence = read(one)
    for line in (*evidence.lines, *evidence.wholes):
        quote = line.sentence
        assert text[quote.start : quote.end] == quote.text


def test_the_line_with_most_of_the_words_is_nearest() -> None:
    assert near("Lund's tower is 42 m.", "It has two bells. The tower of Lund is 42 m high.") == [
        "The tower of Lund is 42 m high."
    ]


def test_a_second_line_comes_with_it_when_it_adds_much() -> None:
    lines = near(
        "The tower of Lund is high and has two bells.",
        "The tower of Lund is high. Sheep graze in the park. It has two bells.",
    )
    assert sorted(lines) == ["It has two bells.", "The tower of Lund is high."]


def test_a_row_of_a_table_can_be_the_nearest_line() -> None:
    table = "| Tower | Height |\n| --- | --- |\n| Lund | 42 metres |\n| Ystad | 30 metres |"
    assert "Lund" in near("Lund: 42 metres", table)[0]


def test_a_source_without_text_has_no_nearest_line() -> None:
    assert nearest(frozenset({"tower"}), read(source(1, ""))) is None


def test_sources_together_hold_the_words_of_all() -> None:
    both = united(
        [
            read(source(1, "Lund has a tower.", title="Lund")),
            read(source(2, "It has 12 bells.", title="Ystad")),
        ]
    )
    assert {"lund", "ystad"} <= both.lexicon.words
    assert [number.amount for number in both.numbers] == [12]
