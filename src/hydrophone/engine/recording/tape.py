"""A recording as a file: JSON lines, gzipped where its name ends in `.gz`.

The first line is a `recording` (version, profile, settings), the second what was `asked`; then, in
the order in which they ended, the calls that the engine made of others (`search_call`, `page_read`,
`attachment_read`, `model_call`, `window_told`, `scores`); the `token_counts`; and the events that
went out, as `codec` writes them. Nothing of the request's context is in it but the clock.
"""

from __future__ import annotations

import gzip
import hashlib
import json
import os
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TypeAlias, TypeVar

from hydrophone.codec import CodecError, decode, decode_value, encode, encode_value
from hydrophone.engine.profile import Profile
from hydrophone.errors import DocumentError, HydrophoneError, RateLimited
from hydrophone.fetch.attachments.reading import Picture
from hydrophone.llm.base import ModelDelta, ModelReply, ModelRequest, RerankerKind
from hydrophone.ports import SearchOutcome
from hydrophone.types import Document, Event, JsonValue, Question, SearchOptions

VERSION = 1
_KEY_CHARS = 16
Call = TypeVar("Call")


@dataclass(frozen=True, slots=True)
class Failure:
    """What a call raised: the names of the error's classes, the finest first, and what it said.
    `late`: it was cancelled or ran out of time."""

    classes: tuple[str, ...] = ()
    code: str = ""
    message: str = ""
    status: int = 500
    retryable: bool = False
    param: str | None = None
    retry_after_s: float | None = None
    late: bool = False


@dataclass(frozen=True, slots=True)
class Recording:
    """The first line: who recorded, and how the engine was set. `prompts` are hashes of the prompt
    files by their names; `models` says whether the models in this process were there."""

    recording: int
    hydrophone: str
    profile: Profile
    settings: Mapping[str, JsonValue]
    prompts: Mapping[str, JsonValue]
    reranker: str
    kind: RerankerKind
    tokens: str
    models: bool = True
    chat: bool = False
    pages: bool = False


@dataclass(frozen=True, slots=True)
class Asked:
    """The second line: the question, the clock's time in seconds since 1970, and whether the door
    waited for the whole answer."""

    question: Question
    at: float
    whole: bool


@dataclass(frozen=True, slots=True)
class SearchCall:
    """A search and what it found."""

    queries: tuple[str, ...]
    options: SearchOptions
    outcome: SearchOutcome | None = None
    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class PageRead:
    """A page that was read."""

    url: str
    typed: bool
    document: Document | None = None
    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class AttachmentRead:
    """What an attachment held, or the words in a picture."""

    url: str
    words: bool
    document: Document | None = None
    picture: Picture | None = None
    failure: Failure | None = None


@dataclass(frozen=True, slots=True)
class ModelCall:
    """What a language model was sent and what it wrote, delta by delta, or as a whole."""

    request: ModelRequest
    deltas: tuple[ModelDelta, ...] = ()
    reply: ModelReply | None = None
    failure: Failure | None = None
    left: bool = False


@dataclass(frozen=True, slots=True)
class WindowTold:
    """How many tokens a model's endpoint says that it can read and write."""

    model: str
    tokens: int | None


@dataclass(frozen=True, slots=True)
class Scores:
    """Scores of the reranker for a query, by the keys of the texts."""

    query: str
    scores: Mapping[str, float]


@dataclass(frozen=True, slots=True)
class TokenCounts:
    """How many tokens texts have, by their keys."""

    counts: Mapping[str, int]


Line: TypeAlias = (
    Recording
    | Asked
    | SearchCall
    | PageRead
    | AttachmentRead
    | ModelCall
    | WindowTold
    | Scores
    | TokenCounts
)
_CLASSES: tuple[type[Line], ...] = (
    Recording,
    Asked,
    SearchCall,
    PageRead,
    AttachmentRead,
    ModelCall,
    WindowTold,
    Scores,
    TokenCounts,
)


@dataclass(slots=True)
class Tape:
    """A recording in memory, while it grows or when it was read."""

    recording: Recording
    asked: Asked
    calls: list[Line] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)
    events: list[Event] = field(default_factory=list)

    def of(self, kind: type[Call]) -> list[Call]:
        """The calls of one kind, in the order in which they ended."""
        return [call for call in self.calls if isinstance(call, kind)]


def key_of(text: str) -> str:
    """The key of a text that need not be kept itself."""
    return hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()[:_KEY_CHARS]


def write_tape(tape: Tape, path: Path, secrets: Iterable[str] = ()) -> None:
    """Write the recording for its owner's eyes only; `secrets` that stand in it all the same, as
    in the message of a server, are blackened. Raises DocumentError when it cannot be written."""
    lines: Sequence[Line] = [tape.recording, tape.asked, *tape.calls, TokenCounts(tape.counts)]
    body = b"".join(line + b"\n" for line in [*map(encode_value, lines), *map(encode, tape.events)])
    for secret in secrets:
        for form in {secret, json.dumps(secret, ensure_ascii=False)[1:-1]}:
            body = body.replace(form.encode(), b"(secret)")
    if path.suffix == ".gz":
        body = gzip.compress(body, mtime=0)
    try:
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, 0o600)
        with open(descriptor, "wb") as file:
            file.write(body)
    except OSError as error:
        raise DocumentError(f"the recording {path} cannot be written ({error.strerror})") from error


def read_tape(path: Path) -> Tape:
    """The recording in a file. Raises DocumentError when it is none, or of another version."""
    try:
        body = path.read_bytes()
        body = gzip.decompress(body) if body.startswith(b"\x1f\x8b") else body
        lines = [line for line in body.split(b"\n") if line.strip()]
        head, asked, *rest = lines
        tape = Tape(_recording(head, path), decode_value(Asked, asked))
        for line in rest:
            _add(tape, line)
    except OSError as error:
        raise DocumentError(f"{path} cannot be read ({error.strerror or error})") from error
    except (CodecError, ValueError, EOFError) as error:
        raise DocumentError(f"{path} is no recording of Hydrophone: {error}") from error
    return tape


def _recording(line: bytes, path: Path) -> Recording:
    said = json.loads(line)
    version = said.get("recording") if isinstance(said, dict) else None
    if version != VERSION:
        raise DocumentError(f"{path} is a recording of version {version}; this reads {VERSION}")
    return decode_value(Recording, line)


def _add(tape: Tape, line: bytes) -> None:
    name = json.loads(line)["type"]
    kind = next((cls for cls in _CLASSES if _snake(cls.__name__) == name), None)
    if kind is None:
        tape.events.append(decode(line))
        return
    value = decode_value(kind, line)
    if isinstance(value, TokenCounts):
        tape.counts.update(value.counts)
    else:
        tape.calls.append(value)


def _snake(name: str) -> str:
    return "".join(f"_{char.lower()}" if char.isupper() else char for char in name)[1:]


def failure_of(error: BaseException) -> Failure | None:
    """What a call raised, if it can be played again; None for what is a defect."""
    if not isinstance(error, HydrophoneError):
        late = isinstance(error, TimeoutError) or not isinstance(error, Exception)
        return Failure(late=True) if late else None
    return Failure(
        classes=tuple(cls.__name__ for cls in type(error).__mro__),
        code=error.code,
        message=error.message,
        status=error.status,
        retryable=error.retryable,
        param=error.param,
        retry_after_s=error.retry_after_s if isinstance(error, RateLimited) else None,
    )


def error_of(failure: Failure) -> Exception:
    """The error again, of the finest of its classes that is known here."""
    if failure.late:
        return TimeoutError()
    known = _subclasses(HydrophoneError)
    finest = next((known[name] for name in failure.classes if name in known), HydrophoneError)
    error = finest.__new__(finest)
    HydrophoneError.__init__(error, failure.message, param=failure.param)
    error.code, error.status, error.retryable = failure.code, failure.status, failure.retryable
    if isinstance(error, RateLimited):
        error.retry_after_s = failure.retry_after_s or 0.0
    return error


def _subclasses(cls: type[HydrophoneError]) -> dict[str, type[HydrophoneError]]:
    found = {cls.__name__: cls}
    for below in cls.__subclasses__():
        found.update(_subclasses(below))
    return found
