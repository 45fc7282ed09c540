"""What is wrong with an input file is told with its line, before anything is asked."""

from __future__ import annotations

import io
from typing import Any

import pytest

from hydrophone.jobs.batches.line_rows import LinePlace
from hydrophone.jobs.batches.validation import (
    MOST_ERRORS,
    MOST_LINES,
    look_through,
    read_line,
)
from hydrophone.ports import BatchError
from tests.jobs.batches.batching import URL, line, lines_of


def looked_through(content: bytes, **options: int) -> tuple[list[LinePlace], list[BatchError]]:
    found = list(look_through(io.BytesIO(content), URL, **options))
    places = [one for one in found if isinstance(one, LinePlace)]
    return places, [one for one in found if isinstance(one, BatchError)]


def test_lines_are_found_where_they_are() -> None:
    content = (
        b"\xef\xbb\xbf" + lines_of(line("a"), "", "   ", line("b", "whale \N{SPOUTING WHALE}"))
    ).replace(b"}\n", b"}\r\n") + lines_of(line("c"))[:-1]
    places, errors = looked_through(content)
    assert errors == []
    assert [(one.number, one.custom_id) for one in places] == [(1, "a"), (4, "b"), (5, "c")]
    read = [read_line(io.BytesIO(content), place) for place in places]
    assert [one["custom_id"] for one in read] == ["a", "b", "c"]
    assert read[1]["body"] == {"q": "whale \N{SPOUTING WHALE}"}


@pytest.mark.parametrize(
    ("wrong", "code", "param"),
    [
        ("{", "invalid_json_line", None),
        ("[1]", "invalid_json_line", None),
        ('{"custom_id": "\\ud800"}', "invalid_json_line", None),
        ({"method": "POST", "url": URL, "body": {}}, "missing_required_parameter", "custom_id"),
        (line(""), "missing_required_parameter", "custom_id"),
        (line("x" * 513), "invalid_value", "custom_id"),
        (line("first"), "duplicate_custom_id", "custom_id"),
        (line("a", method="GET"), "invalid_method", "method"),
        (line("a", url="/v1/embeddings"), "invalid_url", "url"),
        (line("a", body=None), "missing_required_parameter", "body"),
        (line("a", body="text"), "missing_required_parameter", "body"),
        (line("a", body={"stream": True}), "invalid_value", "body.stream"),
    ],
)
def test_a_wrong_line_is_told_with_its_number(wrong: Any, code: str, param: str | None) -> None:
    places, errors = looked_through(lines_of(line("first"), wrong, line("last")))
    assert [one.custom_id for one in places] == ["first", "last"]
    assert [(one.code, one.line, one.param) for one in errors] == [(code, 2, param)]


@pytest.mark.parametrize("content", [b"", b"\n\n", b"\xef\xbb\xbf"])
def test_a_file_without_lines_is_refused(content: bytes) -> None:
    places, errors = looked_through(content)
    assert places == []
    assert [one.code for one in errors] == ["empty_file"]


def test_a_line_that_is_too_long_does_not_hide_the_next() -> None:
    content = lines_of(line("a"), line("b", "x" * 400), line("c"))
    places, errors = looked_through(content, most_line_bytes=300)
    assert [(one.number, one.custom_id) for one in places] == [(1, "a"), (3, "c")]
    assert read_line(io.BytesIO(content), places[1])["custom_id"] == "c"
    assert [(one.code, one.line) for one in errors] == [("line_too_long", 2)]


def test_not_more_than_a_hundred_errors_are_told() -> None:
    _, errors = looked_through(b"{\n" * 500)
    assert len(errors) == MOST_ERRORS
    assert errors[-1].line == MOST_ERRORS


def test_a_batch_has_a_most_of_lines() -> None:
    content = b"".join(
        b'{"custom_id":"%d","method":"POST","url":"%s","body":{}}\n' % (n, URL.encode())
        for n in range(MOST_LINES + 5)
    )
    places, errors = looked_through(content)
    assert len(places) == MOST_LINES
    assert [(one.code, one.line) for one in errors] == [("too_many_lines", MOST_LINES + 1)]
