"""Bounded decompression."""

from __future__ import annotations

import gzip
import zlib

import brotli
import pytest

from hydrophone.fetch.errors import BadEncoding
from hydrophone.fetch.inflate import inflater_for

_TEXT = b"the same sentence again and again. " * 20_000
_RAW = zlib.compressobj(wbits=-15)
_ENCODED = {
    "gzip": gzip.compress(_TEXT),
    "x-gzip": gzip.compress(_TEXT[:100]) + gzip.compress(_TEXT[100:]),
    "deflate": zlib.compress(_TEXT),
    "Deflate": _RAW.compress(_TEXT) + _RAW.flush(),
    "br": brotli.compress(_TEXT),
    "identity": _TEXT,
    "": _TEXT,
}


@pytest.mark.parametrize("encoding", _ENCODED)
@pytest.mark.parametrize("chunk_bytes", [1 << 20, 7])
def test_body_comes_back_whole_in_small_pieces(encoding: str, chunk_bytes: int) -> None:
    data = _ENCODED[encoding]
    if chunk_bytes == 7:
        data = data[: 7 * 5_000]
    inflater = inflater_for(encoding)
    pieces = [
        piece
        for start in range(0, len(data), chunk_bytes)
        for piece in inflater.feed(data[start : start + chunk_bytes])
    ]
    whole = b"".join(pieces)
    assert _TEXT.startswith(whole)
    if chunk_bytes > 7 or len(data) == len(_ENCODED[encoding]):
        assert whole == _TEXT
        inflater.finish()
    if encoding not in ("", "identity"):
        assert max(map(len, pieces)) <= 1 << 20


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br"])
def test_bomb_comes_in_pieces_that_can_be_stopped(encoding: str) -> None:
    zeros = bytes(50_000_000)
    bomb = {"gzip": gzip.compress, "deflate": zlib.compress, "br": brotli.compress}[encoding](zeros)
    pieces = inflater_for(encoding).feed(bomb)
    assert 0 < len(next(pieces)) <= 1 << 20


@pytest.mark.parametrize("encoding", ["gzip", "deflate", "br"])
def test_rubbish_and_cut_bodies_are_errors(encoding: str) -> None:
    with pytest.raises(BadEncoding):
        list(inflater_for(encoding).feed(b"\xff" * 100))
    inflater = inflater_for(encoding)
    list(inflater.feed(_ENCODED[encoding][:-10]))
    with pytest.raises(BadEncoding, match="too early"):
        inflater.finish()


def test_unknown_encoding_is_named() -> None:
    with pytest.raises(BadEncoding, match="zstd"):
        inflater_for("zstd")
