"""JSON lines into documents."""

from __future__ import annotations

from datetime import UTC, datetime

import orjson
import pytest

from hydrophone.fetch.extract.jsonl import read_lines


def _line(**fields: object) -> bytes:
    return orjson.dumps({"url": "https://a.example/1", "title": "One", "text": "Words.", **fields})


def test_good_lines_become_documents_in_order() -> None:
    lines = [_line(), b"\n", _line(url="u:2", date="2024-02-03", language="en-GB")]
    first, second = read_lines(lines)
    assert (first.number, second.number) == (1, 3)
    assert first.document is not None
    assert second.document is not None
    assert (first.document.url, first.document.title) == ("https://a.example/1", "One")
    assert second.document.published == datetime(2024, 2, 3, tzinfo=UTC)
    assert second.document.language == "en"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"{", "line 2: no valid JSON"),
        (b"[1]", "line 2: no JSON object"),
        (_line(text=None), "line 2: text is missing"),
        (_line(text=5), "line 2: text is not a string"),
        (_line(text=" \u200b"), "line 2: text is empty"),
        (_line(url=""), "line 2: url is empty"),
        (_line(date="soon"), "line 2: date 'soon' is not a date"),
        (b"\xff\xfe", "line 2: no valid JSON"),
    ],
)
def test_bad_line_is_told_with_its_number_and_the_others_go_on(line: bytes, said: str) -> None:
    good, bad, last = read_lines([_line(), line, _line()])
    assert good.document is not None
    assert last.document is not None
    assert bad.document is None
    assert bad.error is not None
    assert bad.error.message.startswith(said)


def test_lines_are_read_one_at_a_time() -> None:
    taken = 0

    def lines() -> object:
        nonlocal taken
        while True:
            taken += 1
            yield _line()

    reading = read_lines(lines())  # type: ignore[arg-type]
    next(reading)
    next(reading)
    assert taken == 2
