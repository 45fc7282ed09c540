"""Units of a text: where they end, and that no way of cutting the text changes them."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hydrophone.engine.writing.units import MAX_CHARS, Unit, UnitCutter
from hydrophone.llm.markers import MarkerFilter, cited

KNOWN = (1, 2, 3)
pieces = st.sampled_from(
    [
        *" \n.!?#|`-*x1A。…",
        "[1]",
        " [2]",
        "Whales sing.",
        " e.g. ",
        " Dr. ",
        "\n\n",
        "\n- ",
        "\n1. ",
        "\n## ",
        "\n| a | b |",
        "\n```\n",
        "\n$$\n",
        "\n\\[",
        "\\]",
        "**",
        " and elephants hum below twenty hertz",
        "word " * 180,
    ]
)
texts = st.lists(pieces, max_size=30).map("".join)


def units_of(text: str, cuts: list[int] = []) -> list[Unit]:  # noqa: B006 - never changed
    markers, cutter, units = MarkerFilter(KNOWN), UnitCutter(), []
    borders = sorted({0, len(text), *(cut % (len(text) + 1) for cut in cuts)})
    for start, end in itertools.pairwise(borders):
        shown = markers.feed(text[start:end])
        units += cutter.feed(shown, markers.taken())
    shown = markers.close()
    units += cutter.feed(shown, markers.taken())
    return [*units, *cutter.close()]


def shown(text: str) -> list[str]:
    return [unit.text for unit in units_of(text)]


@settings(max_examples=400, deadline=None)
@given(texts, st.lists(st.integers(0, 5000), max_size=40))
def test_any_way_of_cutting_the_text_gives_the_same_units(text: str, cuts: list[int]) -> None:
    assert units_of(text, cuts) == units_of(text)


@settings(max_examples=100, deadline=None)
@given(texts.filter(lambda text: len(text) < 1500))
def test_character_by_character_gives_the_same_units(text: str) -> None:
    assert units_of(text, list(range(len(text)))) == units_of(text)


@settings(max_examples=300, deadline=None)
@given(texts)
def test_units_are_the_whole_text_and_its_markers(text: str) -> None:
    units = units_of(text)
    whole = "".join(unit.text for unit in units)
    assert [unit.start for unit in units] == [
        sum(len(one.text) for one in units[:n]) for n in range(len(units))
    ]
    assert [marker.n for unit in units for marker in unit.markers] == [
        number for _, number in cited(whole)
    ]
    for unit in units:
        for marker in unit.markers:
            assert unit.text[marker.start : marker.end] == f"[{marker.n}]"


@pytest.mark.parametrize(
    ("text", "units"),
    [
        ("Whales sing. Boats hum.", ["Whales sing.", " Boats hum."]),
        ("Whales sing [1]. Boats hum [2].", ["Whales sing [1].", " Boats hum [2]."]),
        ("Whales sing. [1][2] Boats hum. [2]", ["Whales sing. [1][2]", " Boats hum. [2]"]),
        ("Whales sing.[1] Boats hum.", ["Whales sing.[1]", " Boats hum."]),
        ("Dr. Roe sang e.g. to whales.", ["Dr. Roe sang e.g. to whales."]),
        ("**Whales sing.** Boats hum.", ["**Whales sing.**", " Boats hum."]),
        ("Whales\nsing. Boats", ["Whales\nsing.", " Boats"]),
        ("Here:\n- a [1]\n- b [2]", ["Here:", "\n- a [1]", "\n- b [2]"]),
        ("1. Whales sing. Boats hum.\n2. x", ["1. Whales sing.", " Boats hum.", "\n2. x"]),
        ("# Whales\n\nThey sing.", ["# Whales", "\n\nThey sing."]),
        ("| a | b |\n|---|---|\n| 1 [1] | 2 |", ["| a | b |", "\n|---|---|", "\n| 1 [1] | 2 |"]),
        ("Whales sing.\n\n[1]", ["Whales sing.\n\n[1]"]),
        ("Whales sing.\n[1] A title", ["Whales sing.", "\n[1] A title"]),
        ("```py\nx[1]\n\ny\n```\nWhales.", ["```py\n", "x[1]\n", "\n", "y\n", "```\n", "Whales."]),
        ("$$\na. b\n$$\nWhales.", ["$$\n", "a. b\n", "$$\n", "Whales."]),
        ("\\[ a. b \\]\nWhales.", ["\\[ a. b \\]\n", "Whales."]),
        ("クジラは歌う。[1]船。", ["クジラは歌う。[1]", "船。"]),
        ("Pi is 3.14 or so. Yes.", ["Pi is 3.14 or so.", " Yes."]),
        ("", []),
        ("  ", ["  "]),
    ],
)
def test_where_units_end(text: str, units: list[str]) -> None:
    assert shown(text) == units


def test_kinds_tell_code_and_headings_from_prose() -> None:
    kinds = [unit.kind for unit in units_of("# A\n\nWhales sing.\n\n```\nx\n```\n| a |")]
    assert kinds == ["heading", "prose", "code", "code", "code", "prose"]


def test_a_sentence_goes_as_soon_as_the_next_word_is_whole() -> None:
    cutter = UnitCutter()
    assert list(cutter.feed("Whales sing.")) == []
    assert list(cutter.feed(" Bo")) == []
    assert [unit.text for unit in cutter.feed("ats ")] == ["Whales sing."]


def test_a_line_of_code_goes_with_its_end() -> None:
    cutter = UnitCutter()
    assert [unit.text for unit in cutter.feed("```\nx = 1\ny")] == ["```\n", "x = 1\n"]


def test_text_without_an_end_is_let_go_at_a_space() -> None:
    text = "word " * 1000
    units = shown(text)
    assert "".join(units) == text
    assert all(len(unit) <= MAX_CHARS + 1 for unit in units)
    assert all(unit.endswith("d") for unit in units[:-1])


def test_no_marker_is_cut_in_two_when_much_comes_at_once() -> None:
    for shift in range(12):
        text = "x" * shift + " Whales sing. [1][2]" * 500
        assert units_of(text) == units_of(text, list(range(len(text))))


def test_a_megabyte_is_cut_in_one_go() -> None:
    text = "Whales sing. [1] " * (1_000_000 // 17)
    assert len(units_of(text)) == 1_000_000 // 17 + 1
