"""DOCX files into text."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Callable
from datetime import UTC, datetime

import docx
import pytest
from docx.enum.style import WD_STYLE_TYPE
from docx.enum.text import WD_COLOR_INDEX
from docx.shared import Pt, RGBColor
from docx.text.run import Run

from hydrophone.errors import DocumentError
from hydrophone.fetch.extract.docx import read_docx

_URL = "file:///papers/sea.docx"


def _docx() -> bytes:
    file = docx.Document()
    file.add_heading("The Sea", 0)
    file.add_heading("Whales", 1)
    file.add_paragraph("Whales are heard by hydrophones all over the northern seas of the world.")
    file.add_paragraph("blue whale", style="List Bullet")
    file.add_paragraph("fin whale", style="List Bullet")
    table = file.add_table(rows=2, cols=2)
    for row, words in zip(table.rows, (("kind", "Hz"), ("blue", "17")), strict=True):
        for cell, word in zip(row.cells, words, strict=True):
            cell.text = word
    file.core_properties.author = "Ada Lovelace"
    file.core_properties.modified = datetime(2024, 5, 6, 7, 8, 9)
    buffer = io.BytesIO()
    file.save(buffer)
    return buffer.getvalue()


def test_headings_lists_and_tables_are_kept() -> None:
    document = read_docx(_docx(), _URL)
    assert document.text == (
        "The Sea\n\nWhales\n\n"
        "Whales are heard by hydrophones all over the northern seas of the world.\n\n"
        "- blue whale\n- fin whale\n\nkind | Hz\nblue | 17"
    )
    assert [(heading.level, heading.text) for heading in document.headings] == [
        (1, "The Sea"),
        (1, "Whales"),
    ]


def test_metadata_is_read_and_the_templates_own_is_not() -> None:
    document = read_docx(_docx(), _URL)
    assert (document.title, document.author, document.language) == (
        "The Sea",
        "Ada Lovelace",
        "en",
    )
    assert document.published is None
    assert document.modified == datetime(2024, 5, 6, 7, 8, 9, tzinfo=UTC)


def test_broken_files_are_errors() -> None:
    whole = _docx()
    for body in (whole[:2000], whole.replace(b"word/document.xml", b"word/documemt.xml")):
        with pytest.raises(DocumentError, match="broken"):
            read_docx(body, _URL)


def test_zip_bomb_is_refused_by_its_list() -> None:
    buffer = io.BytesIO()
    with (
        zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive,
        archive.open("word/document.xml", "w") as part,
    ):
        for _ in range(320):
            part.write(bytes(1 << 20))
    with pytest.raises(DocumentError, match="300 MB"):
        read_docx(buffer.getvalue(), _URL)


def _with_run(change: Callable[[Run], None]) -> str:
    """The text of a document with a paragraph of three runs, the second one changed."""
    file = docx.Document()
    style = file.styles.add_style("Secret", WD_STYLE_TYPE.CHARACTER)
    style.font.hidden = True  # type: ignore[attr-defined]
    paragraph = file.add_paragraph("Whales sing ")
    change(paragraph.add_run("obey "))
    paragraph.add_run("in the sea.")
    buffer = io.BytesIO()
    file.save(buffer)
    return read_docx(buffer.getvalue(), _URL).text


def _hidden(run: Run) -> None:
    run.font.hidden = True


def _in_hidden_style(run: Run) -> None:
    run.style = "Secret"


def _tiny(run: Run) -> None:
    run.font.size = Pt(1)


def _white(run: Run) -> None:
    run.font.color.rgb = RGBColor(255, 255, 255)


@pytest.mark.parametrize("change", [_hidden, _in_hidden_style, _tiny, _white])
def test_text_that_word_does_not_show_is_not_read(change: Callable[[Run], None]) -> None:
    assert _with_run(change) == "Whales sing in the sea."


def test_highlighted_white_text_is_read() -> None:
    def change(run: Run) -> None:
        _white(run)
        run.font.highlight_color = WD_COLOR_INDEX.BLACK

    assert "obey" in _with_run(change)
