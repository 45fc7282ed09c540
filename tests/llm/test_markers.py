"""Citation markers: known ones pass, unknown ones never do, and code is left alone."""

from __future__ import annotations

import itertools
import re

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hydrophone.llm.markers import MarkerFilter, cited

KNOWN = (1, 2, 3)
MEGABYTE = 1_000_000
MARKER_CHARS = 120

# What makes and breaks markers, rather than any text.
pieces = st.sampled_from(
    [
        *"[]【】0123789, \t\n`x_é-–;^#†:",
        "[source 9]",
        "[^3]",
        "[Sources ",
        "ref",
        "1-9",
        "[1]",
        "[9]",
        " [2]",
        "[1, 9]",
        "word",
        "row_ids",
        "```",
        "``",
        "】[",
        "[[9]7]",
        " " * 30,
        "1," * 40,
    ]
)
texts = st.lists(pieces, max_size=40).map("".join)


def whole(text: str, known: tuple[int, ...] = KNOWN) -> str:
    markers = MarkerFilter(known)
    return markers.feed(text) + markers.close()


def in_pieces(text: str, cuts: list[int]) -> str:
    markers = MarkerFilter(KNOWN)
    borders = sorted({0, len(text), *(cut % (len(text) + 1) for cut in cuts)})
    spans = itertools.pairwise(borders)
    return "".join(markers.feed(text[start:end]) for start, end in spans) + markers.close()


@settings(max_examples=500, deadline=None)
@given(texts, st.lists(st.integers(0, 1000), max_size=30))
def test_any_way_of_cutting_the_text_gives_the_same(text: str, cuts: list[int]) -> None:
    assert in_pieces(text, cuts) == whole(text)


@settings(max_examples=300, deadline=None)
@given(texts)
def test_character_by_character_gives_the_same(text: str) -> None:
    assert in_pieces(text, list(range(len(text)))) == whole(text)


@settings(max_examples=500, deadline=None)
@given(texts)
def test_no_unknown_number_ever_passes(text: str) -> None:
    assert {number for _, number in cited(whole(text))} <= set(KNOWN)


@settings(max_examples=300, deadline=None)
@given(texts)
def test_what_has_passed_once_passes_again_unchanged(text: str) -> None:
    once = whole(text)
    assert whole(once) == once


@settings(max_examples=300, deadline=None)
@given(st.text(alphabet=st.characters(exclude_characters="[]【】")))
def test_a_text_without_brackets_is_never_changed(text: str) -> None:
    assert whole(text) == text


@settings(max_examples=300, deadline=None)
@given(texts)
def test_offsets_point_to_the_markers(text: str) -> None:
    shown = whole(text)
    for offset, number in cited(shown):
        assert re.match(rf"[ \t]?(?:\[\d\])*\[{number}\]", shown[offset:])


@settings(max_examples=300, deadline=None)
@given(texts, st.lists(st.integers(0, 1000), max_size=30))
def test_the_filter_knows_where_its_markers_stand(text: str, cuts: list[int]) -> None:
    markers = MarkerFilter(KNOWN)
    borders = sorted({0, len(text), *(cut % (len(text) + 1) for cut in cuts)})
    spans = itertools.pairwise(borders)
    shown = "".join(markers.feed(text[start:end]) for start, end in spans) + markers.close()
    found = markers.taken()
    assert markers.taken() == []
    assert [marker.n for marker in found] == [number for _, number in cited(shown)]
    for marker in found:
        assert shown[marker.start : marker.end] == f"[{marker.n}]"


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("Whales sing. [1]", "Whales sing. [1]"),
        ("Whales sing[1].", "Whales sing[1]."),
        ("Whales sing.[1][2]", "Whales sing.[1][2]"),
        ("Whales sing [9].", "Whales sing."),
        ("Whales sing[9].", "Whales sing."),
        ("Whales sing.[9] Boats hum.", "Whales sing. Boats hum."),
        ("Whales sing [1, 2].", "Whales sing [1][2]."),
        ("Whales sing [1,9, 2].", "Whales sing [1][2]."),
        ("Whales sing [2, 2].", "Whales sing [2]."),
        ("Whales sing 【1】.", "Whales sing [1]."),
        ("Whales sing 【9】.", "Whales sing."),
        ("Whales sing [1-3].", "Whales sing [1][2][3]."),
        ("Whales sing [2–9].", "Whales sing [2][3]."),
        ("Whales sing [7-9].", "Whales sing."),
        ("Whales sing [3-1, 2].", "Whales sing [3][1][2]."),
        ("Whales sing [1;2].", "Whales sing [1][2]."),
        ("Whales sing [^1].", "Whales sing [1]."),
        ("Whales sing[#2].", "Whales sing[2]."),
        ("Whales sing [source 1].", "Whales sing [1]."),
        ("Whales sing [Sources: 1, 9].", "Whales sing [1]."),
        ("Of x[source 1].", "Of x [1]."),
        ("Whales sing [ref 0].", "Whales sing."),
        ("Whales sing [0]. Boats hum.[0]", "Whales sing. Boats hum."),
        ("Whales sing [2, 0].", "Whales sing [2]."),
        ("Whales sing 【2†L1-L4】.", "Whales sing [2]."),
        ("Whales sing 【9†source】.", "Whales sing."),
        ("In 2024[1] and 2025[9].", "In 2024[1] and 2025."),
        ("Vitamin C[1] and _whales_[2].", "Vitamin C[1] and _whales_[2]."),
        ("At the end [", "At the end ["),
        ("At the end [1", "At the end [1"),
        ("At the end [9]", "At the end"),
        ("[9]", ""),
        ("", ""),
    ],
)
def test_markers_of_known_sources_pass_alone(text: str, shown: str) -> None:
    assert whole(text) == shown


@pytest.mark.parametrize(
    "text",
    [
        "a[0] is the first",
        "x[9] and m[9][8]",
        "row_ids[9] of sys_argv[7][8]",
        "the range [0, 1]",
        "argv[0]",
        "`argv[9]` and ``argv[9]``",
        "```python\nprint(argv[9])\n```",
        "   ```\nargv[9]\n\nargv[8]\n   ```",
        "in [2024] and [1000]",
        "[a] [1a] [] [ ] [,] [1,] [-1] [0-9] [x] [source] [sources of it] [refs 1a]",
        "- [ ] to do",
        "f(x)[0]",
        "[" + "1," * 40 + "9]",
        "²[²]",
    ],
)
def test_what_is_no_marker_is_left_alone(text: str) -> None:
    assert whole(text) == text
    assert cited(text) == []


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a lone ` here\nand [9] there", "a lone ` here\nand there"),
        ("`code` and [9]", "`code` and"),
        ("``a ` b[9]`` [9]", "``a ` b[9]``"),
        ("```\nx\n```\n[9]", "```\nx\n```\n"),
        ("````\n```\n[9]\n````\n[9]", "````\n```\n[9]\n````\n"),
    ],
)
def test_behind_code_markers_count_again(text: str, shown: str) -> None:
    assert whole(text) == shown


@pytest.mark.parametrize("text", ["[[9]7]", "[[9][8]7]", "[7[9]]", "[ [9]7]", "【[9]7】"])
def test_taking_a_marker_away_makes_no_new_one(text: str) -> None:
    assert cited(whole(text)) == []


def test_text_is_let_go_as_soon_as_it_can_be_no_marker() -> None:
    markers = MarkerFilter(KNOWN)
    assert markers.feed("Whales") == "Whales"
    assert markers.feed(" ") == ""
    assert markers.feed("sing") == " sing"
    assert markers.feed(" [") == ""
    assert markers.feed("1") == ""
    assert markers.feed("]") == " [1]"
    assert markers.feed("[x") == "[x"
    assert markers.close() == ""


def test_without_sources_no_marker_passes() -> None:
    assert whole("Whales [1] sing [2].", ()) == "Whales sing."


def test_cited_lists_each_number_of_a_group() -> None:
    assert cited("a [1, 2]. bc[3]") == [(1, 1), (1, 2), (12, 3)]


@pytest.mark.parametrize("piece", ["[", "[1", "`", " ", "1", "[1, ", "x", "】", "\t["])
def test_a_megabyte_never_holds_back_more_than_a_marker(piece: str) -> None:
    """What is held back is looked at again with each delta: unbounded, it would cost the square."""
    markers, fed_chars, shown_chars = MarkerFilter(KNOWN), 0, 0
    delta = piece * 100
    while fed_chars < MEGABYTE:
        fed_chars += len(delta)
        shown_chars += len(markers.feed(delta))
        assert fed_chars - shown_chars <= MARKER_CHARS
    assert shown_chars + len(markers.close()) == fed_chars
