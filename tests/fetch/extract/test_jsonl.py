"""JSON lines into documents."""

from __future__ import annotations

from datetime import UTC, datetime

import orjson
import pytest

from hydrophone.fetch.extract.jsonl import parse_lines
from hydrophone.types import Document, LineError


def _line(**fields: object) -> bytes:
    return orjson.dumps({"url": "https://a.example/1", "title": "One", "text": "Words.", **fields})


def test_good_lines_become_documents_in_order() -> None:
    lines = [_line(), b"\n", _line(url="u:2", date="2024-02-03", language="en-GB")]
    first, second = parse_lines(lines)
    assert isinstance(first, Document)
    assert isinstance(second, Document)
    assert (first.url, first.title) == ("https://a.example/1", "One")
    assert second.published == datetime(2024, 2, 3, tzinfo=UTC)
    assert second.language == "en"


@pytest.mark.parametrize(
    ("line", "said"),
    [
        (b"{", "no valid JSON"),
        (b"[1]", "no JSON object"),
        (_line(text=None), "text is missing"),
        (_line(text=5), "text is not a string"),
        (_line(text=" \u200b"), "text is empty"),
        (_line(url=""), "url is empty"),
        (_line(date="soon"), "date 'soon' is not a date"),
        (b"\xff\xfe", "no valid JSON"),
    ],
)
def test_bad_line_is_told_with_its_number_and_the_others_go_on(line: bytes, said: str) -> None:
    good, bad, last = parse_lines([_line(), line, _line()])
    assert isinstance(good, Document)
    assert isinstance(last, Document)
    assert isinstance(bad, LineError)
    assert bad.line == 2
    assert bad.message.startswith(said)


def test_lines_are_read_one_at_a_time() -> None:
    taken = 0

    def lines() -> object:
        nonlocal taken
        while True:
            taken += 1
            yield _line()

    reading = parse_lines(lines())  # type: ignore[arg-type]
    next(reading)
    next(reading)
    assert taken == 2
