"""Vectors as they go over the wire.

`base64_int8` and `base64_binary` are Perplexity's, whose documentation says: signed bytes to be
compared by their cosine, and packed bits with the lowest first to be compared by their Hamming
distance. `base64` is OpenAI's: little-endian float32.
"""

from __future__ import annotations

from base64 import b64encode
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING

import orjson

from hydrophone.api.embeddings.schema import Encoding

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from hydrophone.types import JsonValue

    Vector = NDArray[np.float32]

_MOST = 127


def encode(vector: Vector, encoding: Encoding) -> JsonValue:
    """One vector as a value of JSON."""
    return _ENCODERS[encoding](vector)


def _int8(vector: Vector) -> str:
    """The numbers by the largest of them, which becomes 127: the cosine keeps most this way."""
    import numpy as np

    scaled = np.rint(vector * (_MOST / np.abs(vector).max()))
    return b64encode(scaled.astype(np.int8).tobytes()).decode()


def _binary(vector: Vector) -> str:
    """A bit a number, set where it is not negative; the last byte is filled up with zeros."""
    import numpy as np

    return b64encode(np.packbits(vector >= 0, bitorder="little").tobytes()).decode()


def _float32(vector: Vector) -> str:
    return b64encode(vector.astype("<f4").tobytes()).decode()


def _numbers(vector: Vector) -> JsonValue:
    """In as few digits as give the same float32 again: half of what Python would write."""
    numbers: list[JsonValue] = orjson.loads(orjson.dumps(vector, option=orjson.OPT_SERIALIZE_NUMPY))
    return numbers


_ENCODERS: Mapping[Encoding, Callable[[Vector], JsonValue]] = {
    "base64_int8": _int8,
    "base64_binary": _binary,
    "base64": _float32,
    "float": _numbers,
}
