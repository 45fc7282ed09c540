"""Recognising a format, and what is said about what cannot be read."""

from __future__ import annotations

import contextlib
import gzip
import random

import pytest

from hydrophone.errors import DocumentError
from hydrophone.fetch.extract.document import extract_document, file_name
from hydrophone.fetch.extract.formats import gunzip, recognise

_HTML = b"<!doctype html><html><body><p>Whales sing.</p></body></html>"


@pytest.mark.parametrize(
    ("body", "media_type", "name", "format_"),
    [
        (_HTML, None, "", "html"),
        (_HTML, "text/plain", "page", "html"),
        (b"<?xml version='1.0'?>\n<!-- x -->\n" + _HTML, "text/xml", "", "html"),
        (b"<p>piece</p>", "text/html", "", "html"),
        (b"<p>piece</p>", None, "a.HTM", "html"),
        (b"# Title", "text/plain", "README.md", "markdown"),
        (b"# Title", "text/markdown", "", "markdown"),
        (b"# Title", None, "", "text"),
        (b"%PDF-1.4 x", "text/html", "a.html", "pdf"),
        (b"PK\x03\x04....word/document.xml", None, "a.zip", "docx"),
        ("grüße".encode("utf-16"), None, "a.txt", "text"),
        (b"a,b\n1,2", "text/csv", "t.csv", "text"),
        (b"\x1b[1mbold\x1b[0m\n", None, "log", "text"),
    ],
)
def test_format_is_recognised(body: bytes, media_type: str | None, name: str, format_: str) -> None:
    assert recognise(body, media_type, name) == format_


@pytest.mark.parametrize(
    ("body", "media_type", "said"),
    [
        (b"", None, "empty"),
        (b"  \n", None, "empty"),
        (b"\x89PNG\r\n\x1a\n....", "text/html", "PNG picture; HTML, PDF, DOCX, RTF, Markdown"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1....", None, "old Microsoft Office file"),
        (b"PK\x03\x04....xl/workbook.xml", None, "not DOCX"),
        (random.Random(1).randbytes(4000), "audio/x", r"binary data \(audio/x\)"),
        (b"plain words", "application/pdf", "calls itself PDF"),
        (b"\x7fELF\x02\x01", None, "a program"),
    ],
)
def test_what_cannot_be_read_is_named(body: bytes, media_type: str | None, said: str) -> None:
    with pytest.raises(DocumentError, match=said):
        recognise(body, media_type)


def test_gzip_files_are_unpacked_and_bounded() -> None:
    packed = gzip.compress(b"# Whales\n\nThey sing.")
    document = extract_document(packed, "file:///a/b.md.gz", media_type="application/gzip")
    assert (document.title, document.media_type) == ("Whales", "text/markdown")
    with pytest.raises(DocumentError, match="unpacks to more than 1 MB"):
        gunzip(gzip.compress(bytes(2_000_000)), 1_000_000)
    with pytest.raises(DocumentError, match="too early"):
        gunzip(packed[:-4], 1_000_000)
    with pytest.raises(DocumentError, match="broken"):
        gunzip(b"\x1f\x8b\x08" + b"\xff" * 40, 1_000_000)


def test_file_name_is_the_last_part_of_the_path() -> None:
    assert file_name("https://a.example/b/c%20d.md?x=/y.pdf") == "c d.md"
    assert file_name("https://a.example/") == ""
    assert file_name("http://[bad") == ""


def test_nothing_but_document_errors_comes_out_of_rubbish() -> None:
    source = random.Random(7)
    starts = [
        b"%PDF-1.7\n",
        b"PK\x03\x04word/",
        _HTML,
        b"<html>",
        b"",
        b"\xff\xfe",
        b"\x1f\x8b\x08",
    ]
    for start in starts * 8:
        body = start + source.randbytes(source.randrange(1, 500))
        with contextlib.suppress(DocumentError):
            document = extract_document(body, "https://a.example/x", charset="utf-7")
            assert document.text.strip()
            assert "\x00" not in document.text
