"""Clean text: NFC, newlines as line feeds, no control and no invisible characters."""

from __future__ import annotations

import re
import unicodedata

# Cc, Cf, Co, Cs, noncharacters, and what else Unicode calls "default ignorable"; but not the
# number signs and the like of Arabic and Syriac, which are format characters that one sees.
_INVISIBLE = re.compile(
    "[\x00-\x08\x0b\x0c\x0e-\x1f\x7f-\x84\x86-\x9f\xad\u034f\u061c\u115f\u1160\u17b4\u17b5"
    "\u180b-\u180f\u200b-\u200f\u202a-\u202e\u2060-\u206f\u3164\ud800-\udfff\ue000-\uf8ff"
    "\ufe00-\ufe0f\ufeff\uffa0\ufff0-\ufffc\ufffe\uffff\U00013430-\U0001345f"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U000e0fff\U000f0000-\U0010ffff]+"
)
_NEWLINE = re.compile("\r\n|[\r\x85\u2028\u2029]")
_EMPTY_LINES = re.compile(r"\n{3,}")
_TAB_WIDTH = 4


def clean_text(text: str) -> str:
    """All of the text with its lines and indentation; tabs become spaces, NFC comes last."""
    if text.isascii() and text.replace("\n", " ").isprintable():
        return text
    text = _NEWLINE.sub("\n", text)
    if "\t" in text:
        text = text.expandtabs(_TAB_WIDTH)
    text = _INVISIBLE.sub("", text)
    return text if text.isascii() else unicodedata.normalize("NFC", text)


def clean_inline(text: str) -> str:
    """Running text: any run of blanks is one space; line feeds that are left are meant."""
    lines = clean_text(text).split("\n")
    return "\n".join([" ".join(line.split()) for line in lines]).strip()


def clean_line(text: str) -> str:
    """One line: any run of white space is one space."""
    return " ".join(clean_text(text).split())


def clean_lines(text: str) -> str:
    """Lines as they stand, without blanks at their ends and with at most one empty line."""
    lines = (line.rstrip() for line in clean_text(text).split("\n"))
    return _EMPTY_LINES.sub("\n\n", "\n".join(lines)).strip("\n")
