"""Clean text."""

from __future__ import annotations

import unicodedata

from hypothesis import given
from hypothesis import strategies as st

from hydrophone.fetch.extract.blocks import TextBuilder
from hydrophone.fetch.extract.clean import clean_inline, clean_line, clean_text

_ANY = st.text(st.characters(codec=None), max_size=60)


@given(_ANY)
def test_clean_text_is_normal_and_has_nothing_invisible(text: str) -> None:
    clean = clean_text(text)
    assert clean == unicodedata.normalize("NFC", clean)
    assert clean == clean_text(clean)
    visible_formats = {"\u0600", "\u0601", "\u0602", "\u0603", "\u0604", "\u0605", "\u06dd"}
    visible_formats |= {"\u070f", "\u0890", "\u0891", "\u08e2", "\U000110bd", "\U000110cd"}
    for char in clean:
        if char != "\n" and char not in visible_formats:
            assert unicodedata.category(char) not in ("Cc", "Cf", "Cs", "Co"), repr(char)


@given(_ANY)
def test_a_line_has_no_line_end_and_single_blanks(text: str) -> None:
    line = clean_line(text)
    assert line.split() == line.split(" ") or line == ""
    assert len(clean_inline(text).splitlines()) >= (1 if line else 0)


@given(st.lists(st.tuples(st.sampled_from(["heading", "paragraph", "item", "code"]), _ANY)))
def test_every_heading_stands_where_it_says(blocks: list[tuple[str, str]]) -> None:
    out = TextBuilder()
    for kind, text in blocks:
        if kind == "heading":
            out.heading(2, text)
        else:
            getattr(out, kind)(text)
    text, headings = out.build()
    assert len(text) == out.size_chars
    assert text == unicodedata.normalize("NFC", text)
    for heading in headings:
        assert text[heading.start : heading.start + len(heading.text)] == heading.text


def test_known_nuisances() -> None:
    assert clean_line("a\u200bb\u00adc \u202edef\ufeff") == "abc def"
    assert clean_text("a\r\nb\rc\u2028d\x85e") == "a\nb\nc\nd\ne"
    assert clean_inline("  a \n b\u00a0\u00a0c\t") == "a\nb c"
    assert clean_text("e\u034f\u0301") == "\u00e9"
