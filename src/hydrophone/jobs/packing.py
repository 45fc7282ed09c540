"""Questions, events and what was spent, as they are stored: JSON of the codec, compressed."""

from __future__ import annotations

import hashlib
import zlib
from collections.abc import Sequence
from dataclasses import asdict, dataclass, fields, replace

import orjson

from hydrophone.codec import CodecError, decode, decode_value, encode, encode_value
from hydrophone.types import Event, MediaPart, Meter, Question, Turn, Usage

_LEVEL = 3


@dataclass(frozen=True, slots=True)
class PackedQuestion:
    """A question as it is stored; `sha256` is of what it says."""

    body: bytes
    sha256: str


def pack_question(question: Question) -> PackedQuestion:
    """Raises CodecError for what cannot be written. CPU work: 10 ms a megabyte."""
    said = encode_value(question)
    return PackedQuestion(zlib.compress(said, _LEVEL), hashlib.sha256(said).hexdigest())


def unpack_question(body: bytes) -> Question:
    """What `pack_question` packed. Raises CodecError for anything else."""
    return decode_value(Question, _unzipped(body))


def without_files(question: Question) -> Question:
    """The question without the bytes of what is attached to it."""
    return replace(question, turns=tuple(_without_files(turn) for turn in question.turns))


def pack_events(events: Sequence[Event]) -> bytes:
    """Some events in their order. Raises CodecError for what cannot be written."""
    try:
        return zlib.compress(b"\n".join(map(encode, events)), _LEVEL)
    except orjson.JSONEncodeError as error:
        raise CodecError(f"an event cannot be written: {error}") from error


def unpack_events(packed: bytes) -> list[Event]:
    """What `pack_events` packed. Raises CodecError for anything else."""
    return [decode(line) for line in _unzipped(packed).split(b"\n")]


def write_spent(meter: Meter, *, advanced: int = 0) -> str:
    """What the meter has counted; `advanced` is the last attempt that has written text."""
    spent = {"usage": asdict(meter.usage), "pro_search": meter.pro_search, "advanced": advanced}
    return orjson.dumps(spent).decode()


def read_spent(spent: str) -> Meter:
    """A meter that goes on from what `write_spent` wrote; what it does not know is left out."""
    meter, found = Meter(), orjson.loads(spent)
    known = {f.name for f in fields(Usage)}
    meter.add(**{name: count for name, count in found.get("usage", {}).items() if name in known})
    meter.pro_search = found.get("pro_search", False)
    return meter


def read_advanced(spent: str) -> int:
    """The last attempt that has written text; 0 when none has."""
    return int(orjson.loads(spent).get("advanced", 0))


def _unzipped(packed: bytes) -> bytes:
    try:
        return zlib.decompress(packed)
    except zlib.error as error:
        raise CodecError(f"what was stored is damaged: {error}") from error


def _without_files(turn: Turn) -> Turn:
    parts = (
        replace(part, data=b"") if isinstance(part, MediaPart) and part.data else part
        for part in turn.parts
    )
    return replace(turn, parts=tuple(parts))
