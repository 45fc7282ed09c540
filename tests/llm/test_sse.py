"""Server-sent events, cut in every way that a network may cut them."""

from __future__ import annotations

import pytest

from hydrophone.llm.openai import sse
from hydrophone.llm.openai.failures import ModelNonsense
from hydrophone.llm.openai.sse import EventReader


def read(*pieces: bytes) -> list[bytes]:
    reader = EventReader()
    events = [event for piece in pieces for event in reader.feed(piece)]
    return events + reader.close()


STREAM = (
    b"\xef\xbb\xbfdata: first\r\ndata: event\r\n\r\n: a comment\n\n"
    b'event: message\nid: 7\ndata: {"a": 1}\n\n'
    b"data:two\rdata: lines\r\r"
    b"retry: 100\r\ndata:  kept space\r\n\r\n"
    b"data\n\n"
    b"nothing here\n\n\n\n"
    b"data: \xe6\xb5\xb7\n\n"
    b"data: [DONE]\n\n"
)
EVENTS = [
    b"first\nevent",
    b'{"a": 1}',
    b"two\nlines",
    b" kept space",
    b"",
    "海".encode(),
    b"[DONE]",
]


def test_a_stream_in_one_piece_is_read() -> None:
    assert read(STREAM) == EVENTS


@pytest.mark.parametrize("size", [1, 2, 3, 5, 7, 16])
def test_a_stream_in_pieces_of_any_size_is_read_alike(size: int) -> None:
    pieces = [STREAM[start : start + size] for start in range(0, len(STREAM), size)]
    assert read(*pieces) == EVENTS


def test_a_stream_cut_anywhere_is_read_alike() -> None:
    for at in range(len(STREAM) + 1):
        assert read(STREAM[:at], b"", STREAM[at:]) == EVENTS, at


def test_an_event_is_given_as_soon_as_it_is_whole() -> None:
    reader = EventReader()
    assert reader.feed(b"data: 1\r\n\r") == [b"1"]
    assert reader.feed(b"\ndata: 2\n") == []
    assert reader.feed(b"\n") == [b"2"]


def test_a_last_event_without_its_blank_line_is_given_at_the_end() -> None:
    assert read(b"data: 1\n\ndata: [DONE]") == [b"1", b"[DONE]"]
    assert read(b"data: 1\n") == [b"1"]
    assert read() == []


@pytest.mark.parametrize("piece", [b"x" * 1000, b"data: " + b"x" * 100 + b"\n"])
def test_an_event_without_an_end_is_refused(monkeypatch: pytest.MonkeyPatch, piece: bytes) -> None:
    monkeypatch.setattr(sse, "MAX_EVENT_BYTES", 10_000)
    with pytest.raises(ModelNonsense, match="16 MiB"):
        read(*[piece] * 200)
