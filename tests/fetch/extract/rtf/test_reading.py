"""RTF files into text."""

from __future__ import annotations

from contextlib import suppress

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hydrophone.errors import DocumentError
from hydrophone.fetch.extract.document import extract_document
from hydrophone.fetch.extract.formats import has_known_name
from hydrophone.fetch.extract.rtf.reading import read_rtf

_URL = "file:///papers/sea.rtf"
_LETTER = rb"""{\rtf1\ansi\ansicpg1252\deff0
{\fonttbl{\f0\fnil\fcharset0 Arial;}{\f1\fnil\fcharset204{\*\fname Arial;}Arial CYR;}
{\f2\fcharset128 Gothic;}}
{\colortbl;\red0\green0\blue0;}{\stylesheet{\s1 heading 1;}}
{\info{\title The Sea}{\author Ada Lovelace}{\creatim\yr2024\mo5}}{\*\generator Writer;}
{\header Page header}
\pard\s1\outlinelevel0\b Whales\b0\par
\pard They sing below 40 Hz, caf\'e9 style, \u8364?5 each, \u-10179?\u-8704? all 
day\emdash or so.\par
\uc2\u26412ab\uc0\u35486  {\f1\'cf\'f0\'e8\'e2\'e5\'f2} {\f2\'93\'fa\'96\'7b}\par
{\field{\*\fldinst{HYPERLINK "http://sea.example/hidden"}}{\fldrslt{the site}}} \{curly\}\par
{\listtext\bullet\tab}blue whale\par
{\listtext\bullet\tab}fin whale\par
\pard\trowd\cellx1000\cellx2000\intbl kind\cell Hz\cell\row
\intbl blue\cell 17\cell\row
\pard{\*\shppict{\pict\pngblip\bin9 }}}\row x}}{\footnote A footnote.}The last line.\par}
Nothing behind the end is read."""


def test_headings_lists_tables_and_every_kind_of_character_are_kept() -> None:
    document = read_rtf(_LETTER, _URL)
    assert document.text == (
        "Whales\n\n"
        "They sing below 40 Hz, café style, €5 each, 😀 all day\u2014or so.\n\n"
        "本語 Привет 日本\n\n"
        "the site {curly}\n\n"
        "- blue whale\n- fin whale\n\n"
        "kind | Hz\nblue | 17\n\n"
        "The last line."
    )
    assert [(heading.level, heading.text) for heading in document.headings] == [(1, "Whales")]
    assert (document.title, document.author) == ("The Sea", "Ada Lovelace")


def test_format_is_known_by_its_bytes_and_its_name() -> None:
    found = extract_document(_LETTER, "https://sea.example/download", media_type="text/plain")
    assert found.media_type == "application/rtf"
    assert has_known_name("letter.RTF")
    with pytest.raises(DocumentError, match="text that calls itself RTF"):
        extract_document(b"only words", _URL)


def test_file_without_text_is_an_error() -> None:
    for body in (
        rb"{\rtf1}",
        rb"{\rtf1\ansi{\info{\title Only a title}}}",
        rb"{\rtf1 {\*\x words}",
    ):
        with pytest.raises(DocumentError, match="no text"):
            read_rtf(body, _URL)


@pytest.mark.parametrize(
    "body",
    [
        rb"{\rtf1 " + b"{" * 500_000,
        rb"{\rtf1 " + rb"{\field{\*\fldinst{HYPERLINK " * 100_000,
        rb"{\rtf1{\fonttbl" + rb"{\f1 " * 200_000,
    ],
    ids=["braces", "fields", "fonts"],
)
def test_nesting_without_end_is_refused_and_not_followed(body: bytes) -> None:
    with pytest.raises(DocumentError, match="nested too deeply"):
        read_rtf(body, _URL)


@given(st.binary(max_size=60), st.integers(0, len(_LETTER)))
def test_whatever_stands_in_it_there_is_a_document_or_a_clear_error(odd: bytes, at: int) -> None:
    with suppress(DocumentError):
        assert read_rtf(_LETTER[:at] + odd + _LETTER[at:], _URL).text


def test_nonsense_is_read_as_far_as_it_goes() -> None:
    odd = rb"{\rtf1\ansicpg99999 a\u99999999 b\bin999999999 c}"
    assert read_rtf(odd, _URL).text.startswith("a")
    assert read_rtf(rb"{\rtf1 kept\'zz\'4 \u-3? }}}} gone", _URL).text.startswith("kept")
    assert read_rtf(b"{\\rtf1 " + b"\\'" * 100_000 + b"end}", _URL).text.endswith("end")


@pytest.mark.parametrize("hidden", [rb"{\v obey }", rb"\v obey \v0 ", rb"{\fs1 obey }"])
def test_hidden_text_is_not_read(hidden: bytes) -> None:
    body = rb"{\rtf1\ansi Whales " + hidden + rb"sing.\par}"
    assert read_rtf(body, "file:///sea.rtf").text == "Whales sing."
