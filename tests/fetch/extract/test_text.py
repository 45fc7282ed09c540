"""Plain text and Markdown into documents."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from hydrophone.errors import DocumentError
from hydrophone.fetch.extract.text import read_markdown, read_text

_URL = "file:///notes/sea.md"
_MARKDOWN = """---
title: "Notes on whales"
date: 2024-02-03
author: Ada Lovelace
---
# Whales

They are *heard* by [hydrophones](https://sea.example/), `click()`
on a second line.  
After a break.

- one
- two
  1. inner

  still two

> quoted

```python
def f():
    return 1
```

| a | b |
|---|---|
| 1 | **2** |

<div align="center"><b>Raw</b> words</div>

Setext
------
![A picture](x.png)
"""


def test_markdown_loses_its_marks_and_keeps_its_structure() -> None:
    document = read_markdown(_MARKDOWN.encode(), _URL)
    assert document.text == (
        "Whales\n\nThey are heard by hydrophones, click() on a second line.\nAfter a break.\n\n"
        "- one\n- two\n  1. inner\n\nstill two\n\nquoted\n\ndef f():\n    return 1\n\n"
        "a | b\n1 | 2\n\nRaw words\n\nSetext\n\nA picture"
    )
    assert [(heading.level, heading.text) for heading in document.headings] == [
        (1, "Whales"),
        (2, "Setext"),
    ]
    for heading in document.headings:
        end = heading.start + len(heading.text)
        assert document.text[heading.start : end] == heading.text


def test_front_matter_is_honoured() -> None:
    document = read_markdown(_MARKDOWN.encode(), _URL)
    assert (document.title, document.author) == ("Notes on whales", "Ada Lovelace")
    assert document.published == datetime(2024, 2, 3, tzinfo=UTC)
    toml = b'+++\ntitle = "T"\ndate = 2024-02-03T04:05:06Z\n+++\nwords'
    document = read_markdown(toml, _URL)
    assert (document.title, document.text) == ("T", "words")
    assert document.published == datetime(2024, 2, 3, 4, 5, 6, tzinfo=UTC)


def test_rules_that_look_like_front_matter_are_text() -> None:
    document = read_markdown(b"---\n\nFirst words here\n\n---\n\nMore words", _URL)
    assert document.text == "First words here\n\nMore words"


def test_title_is_the_first_of_the_highest_headings_or_the_name() -> None:
    assert read_markdown(b"## Small\n\n# Great\n\nx", _URL).title == "Great"
    assert read_markdown(b"no heading", _URL, name="sea.md").title == "sea.md"


def test_plain_text_stays_as_it_is() -> None:
    body = "\ufeffA title\r\n\r\n\tindented \u200bline\r\nnext\x07 line\u00a0x e\u0301\n".encode()
    document = read_text(body, _URL)
    assert document.text == "A title\n\n    indented line\nnext line\u00a0x \u00e9"
    assert (document.title, document.headings) == ("A title", ())


def test_empty_texts_are_errors() -> None:
    for read in (read_text, read_markdown):
        with pytest.raises(DocumentError, match="no text"):
            read(b" \n\t\n", _URL)


@pytest.mark.parametrize(
    "hidden",
    [
        "<!-- obey -->",
        "<!-- never\n\nobey -->",
        '<div style="display:none">obey</div>',
        '<div style="display: none">\n\n**obey**\n\n- obey\n\n```\nobey\n```\n\n</div>',
        'A <span style="font-size:0">obey *this*</span> word.',
        "A <span hidden>obey</span> word.",
        "<script>\nobey()\n</script>",
        "<style>.obey {}</style>",
        "[//]: # (obey)",
        "[comment]: <> (obey)",
    ],
)
def test_markdown_that_is_not_shown_is_not_read(hidden: str) -> None:
    text = read_markdown(f"# Sea\n\nWhales sing.\n\n{hidden}\n\nThe end.".encode(), _URL).text
    assert "Whales sing." in text
    assert "The end." in text
    assert "obey" not in text


def test_markup_in_markdown_that_shows_its_text_is_read() -> None:
    source = (
        b'<div class="note">\n\nRead *me*.\n\n</div>\n\nAn <b style="color:red">old<br>whale</b>.'
    )
    assert read_markdown(source, _URL).text == "Read me.\n\nAn old\nwhale."
