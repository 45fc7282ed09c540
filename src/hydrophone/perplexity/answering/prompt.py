"""From turns to what the service is asked: one text, and files beside it.

The service takes one text, so earlier turns that it does not keep itself stand before the question:
what the system says in its own order, each under `[System]:`, then what was said, oldest first.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field

import orjson

from hydrophone.errors import InvalidRequest
from hydrophone.perplexity.files.inputs import FileInput
from hydrophone.types import JsonFormat, MediaPart, Question, RegexFormat, Turn

_SYSTEM = "[System]: "
_BARE_FILES = "Read what is attached, and say what it is about."
_JSON = "Answer with one JSON object and nothing else, without a code fence."
_ENDINGS = {
    "application/pdf": "pdf",
    "text/plain": "txt",
    "text/markdown": "md",
    "text/csv": "csv",
    "text/html": "html",
    "application/json": "json",
    "application/msword": "doc",
    "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "docx",
    "image/jpeg": "jpg",
}


@dataclass(frozen=True, slots=True)
class Prompt:
    """What the service is asked. `addresses` are those of files that it is only told of."""

    text: str
    files: list[FileInput] = field(default_factory=list, repr=False)
    addresses: tuple[str, ...] = ()


def prompt_of(question: Question, *, follows: bool) -> Prompt:
    """The prompt of a question; of one that `follows` in a conversation that the service keeps,
    its last user turn alone. Raises InvalidRequest when it says nothing."""
    turns = _last_of_user(question.turns) if follows else question.turns
    media = [part for turn in turns for part in turn.parts if isinstance(part, MediaPart)]
    files = [_file(part, n) for n, part in enumerate(media, 1) if part.data is not None]
    addresses = tuple(part.url for part in media if part.url is not None)
    said = list(_texts(turns))
    if not said and (files or addresses):
        said = [_BARE_FILES]
    if not said:
        raise InvalidRequest("the question is empty", param="messages", code="invalid_message")
    said += [f"[Attached]: {address}" for address in addresses]
    said += _asked_form(question)
    return Prompt("\n\n".join(said), files, addresses)


def _last_of_user(turns: Sequence[Turn]) -> Sequence[Turn]:
    users = [turn for turn in turns if turn.role == "user"]
    return users[-1:]


def _texts(turns: Sequence[Turn]) -> Iterator[str]:
    texts = [(turn.role, turn.text.strip()) for turn in turns]
    yield from (f"{_SYSTEM}{text}" for role, text in texts if role == "system" and text)
    yield from (text for role, text in texts if role != "system" and text)


def _asked_form(question: Question) -> list[str]:
    """What says how the answer must look: the service has no field for it."""
    wanted = question.output.format
    if isinstance(wanted, RegexFormat):
        raise InvalidRequest(
            "Perplexity's web session writes no text by a pattern", param="response_format"
        )
    if not isinstance(wanted, JsonFormat):
        return []
    schema = orjson.dumps(wanted.schema).decode() if wanted.schema is not None else ""
    return [f"{_JSON} It must fit this JSON schema: {schema}" if schema else _JSON]


def _file(part: MediaPart, number: int) -> FileInput:
    assert part.data is not None
    kind = part.media_type or "application/octet-stream"
    return part.data, part.name or f"{part.kind}-{number}.{_ending(kind)}", kind


def _ending(kind: str) -> str:
    if kind in _ENDINGS:
        return _ENDINGS[kind]
    if kind.startswith(("image/", "video/", "audio/")):
        return kind.partition("/")[2].partition("+")[0]
    return "bin"
