"""Reads a stream of server-sent events, however the network cuts it.

Follows the event-stream format of the HTML standard (section 9.2.6): lines end in LF, CR or CRLF,
a blank line ends an event, several `data` lines make one value, other fields and comments are of
no use here and skipped.
"""

from __future__ import annotations

from hydrophone.llm.openai.failures import ModelNonsense

MAX_EVENT_BYTES = 16 * 1024 * 1024
_BOM = b"\xef\xbb\xbf"


class EventReader:
    """Takes bytes in pieces and gives the data of each event that they complete."""

    __slots__ = ("_data", "_size", "_skip_lf", "_started", "_tail")

    def __init__(self) -> None:
        self._tail = bytearray()
        self._data: list[bytes] = []
        self._size = 0
        self._skip_lf = False
        self._started = False

    def feed(self, piece: bytes) -> list[bytes]:
        """The data of the events that end in this piece.

        Raises ModelNonsense when one event grows over 16 MiB.
        """
        if self._is_one_event(piece):
            return [piece[6:-2]]
        if self._skip_lf and piece:
            piece = piece.removeprefix(b"\n")
            self._skip_lf = False
        self._tail += piece
        if b"\n" not in piece and b"\r" not in piece:
            self._limit(len(self._tail))
            return []
        self._skip_lf = piece.endswith(b"\r")
        lines = bytes(self._tail).splitlines()
        self._tail.clear()
        if not piece.endswith((b"\n", b"\r")):
            self._tail += lines.pop()
        return self._events(lines)

    def _is_one_event(self, piece: bytes) -> bool:
        """Whether the piece is one whole event of one line and nothing is held, as for nearly
        every token; looking through it line by line would cost three times as much."""
        return (
            piece.startswith(b"data: ")
            and piece.endswith(b"\n\n")
            and piece.count(b"\n") == 2
            and b"\r" not in piece
            and self._started
            and not (self._tail or self._data or self._skip_lf)
        )

    def close(self) -> list[bytes]:
        """The data of a last event that no blank line ended: some servers forget it."""
        lines = [bytes(self._tail), b""] if self._tail else [b""]
        self._tail.clear()
        return self._events(lines)

    def _events(self, lines: list[bytes]) -> list[bytes]:
        if not self._started and lines:
            self._started = True
            lines[0] = lines[0].removeprefix(_BOM)
        events = []
        for line in lines:
            if not line:
                if self._data:
                    events.append(self._take())
            elif line.startswith(b"data:"):
                self._add(line[6:] if line.startswith(b"data: ") else line[5:])
            elif line == b"data":
                self._add(b"")
        return events

    def _take(self) -> bytes:
        data = self._data[0] if len(self._data) == 1 else b"\n".join(self._data)
        self._data.clear()
        self._size = 0
        return data

    def _add(self, value: bytes) -> None:
        self._data.append(value)
        self._size += len(value) + 1
        self._limit(self._size)

    def _limit(self, size_bytes: int) -> None:
        if size_bytes > MAX_EVENT_BYTES:
            raise ModelNonsense("the model endpoint sent an event of over 16 MiB")
