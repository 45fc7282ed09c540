"""Undoing a content encoding piece by piece, so that a small bomb never becomes a large body."""

from __future__ import annotations

import zlib
from collections.abc import Iterator
from typing import Protocol

from hydrophone.fetch.errors import BadEncoding

ACCEPT_ENCODING = "gzip, deflate, br"

_PIECE_BYTES = 256 * 1024
_GZIP_WINDOW = 31
_ZLIB_WINDOW = 15
_RAW_WINDOW = -15


class Inflater(Protocol):
    """Turns encoded bytes into plain ones."""

    def feed(self, data: bytes) -> Iterator[bytes]:
        """The plain bytes that `data` adds, in pieces of about 256 KiB. Raises BadEncoding."""

    def finish(self) -> None:
        """Say that no more comes. Raises BadEncoding when the data stops in the middle."""


def inflater_for(encoding: str) -> Inflater:
    """The inflater for the value of a Content-Encoding header. Raises BadEncoding."""
    name = encoding.strip().lower()
    if name in ("", "identity"):
        return _Plain()
    if name in ("gzip", "x-gzip"):
        return _Zlib(_GZIP_WINDOW)
    if name == "deflate":
        return _Deflate()
    if name == "br":
        return _Brotli()
    raise BadEncoding(f"content encoding {name!r} is not supported")


class _Plain:
    def feed(self, data: bytes) -> Iterator[bytes]:
        yield data

    def finish(self) -> None:
        return


class _Zlib:
    """gzip (also of several members, RFC 1952) or zlib data."""

    def __init__(self, window: int) -> None:
        self._window = window
        self._stream = zlib.decompressobj(window)
        self._started = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        self._started = self._started or bool(data)
        while data:
            if self._stream.eof:
                if not data.startswith(b"\x1f\x8b"):
                    return  # padding or rubbish after the end, which everybody ignores
                self._stream = zlib.decompressobj(self._window)
            try:
                piece = self._stream.decompress(data, _PIECE_BYTES)
            except zlib.error as error:
                raise BadEncoding("the compressed body is broken") from error
            if piece:
                yield piece
            data = self._stream.unconsumed_tail or self._stream.unused_data

    def finish(self) -> None:
        if self._started and not self._stream.eof:
            raise BadEncoding("the compressed body ends too early")


class _Deflate:
    """`deflate` is zlib data by RFC 9110, and raw DEFLATE from servers that got it wrong."""

    def __init__(self) -> None:
        self._inner: _Zlib | None = None

    def feed(self, data: bytes) -> Iterator[bytes]:
        if self._inner is None and data:
            is_zlib = data[0] & 0x0F == 8
            self._inner = _Zlib(_ZLIB_WINDOW if is_zlib else _RAW_WINDOW)
        if self._inner is not None:
            yield from self._inner.feed(data)

    def finish(self) -> None:
        if self._inner is not None:
            self._inner.finish()


class _Brotli:
    def __init__(self) -> None:
        import brotli  # type: ignore[import-untyped]

        self._error: type[Exception] = brotli.error
        self._stream = brotli.Decompressor()
        self._started = False

    def feed(self, data: bytes) -> Iterator[bytes]:
        self._started = self._started or bool(data)
        try:
            piece = self._stream.process(data, output_buffer_limit=_PIECE_BYTES)
            while piece or not self._stream.can_accept_more_data():
                if piece:
                    yield piece
                if self._stream.is_finished():
                    return
                piece = self._stream.process(b"", output_buffer_limit=_PIECE_BYTES)
        except self._error as error:
            raise BadEncoding("the compressed body is broken") from error

    def finish(self) -> None:
        if self._started and not self._stream.is_finished():
            raise BadEncoding("the compressed body ends too early")
