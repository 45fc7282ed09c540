"""Files of a question as their text, for when the official API takes none.

Whether it does has changed in 2026, and depends on the model; it names the part that it refuses.
"""

from __future__ import annotations

import math
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from hydrophone.types import Document, MediaPart, Part, Question, TextPart
from hydrophone.upstream.errors import OfficialRefusedRequest

if TYPE_CHECKING:
    from hydrophone.fetch.attachments.reading import Attachments, Picture

FILE_PART = "input_file"
# It may have been that one file, or have changed meanwhile.
REFUSED_S = 3_600.0
# Of all files together: some 100,000 tokens.
MOST_CHARS = 400_000
LEFT_OUT = "[The rest of this file is left out: it is too long.]"


class FileTexts:
    """Reads files here. Once one was refused none is sent for REFUSED_S."""

    def __init__(
        self,
        attachments: Callable[[], Awaitable[Attachments]],
        *,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._attachments = attachments
        self._clock = clock
        self._refused_until_s = -math.inf

    @property
    def needed(self) -> bool:
        """Whether files are refused over there, as far as is known."""
        return self._clock() < self._refused_until_s

    def helps(self, question: Question, refused: OfficialRefusedRequest) -> bool:
        """Whether a question that was refused may be taken with its files as text; notes it."""
        if not _files(question) or FILE_PART not in refused.message:
            return False
        self._refused_until_s = self._clock() + REFUSED_S
        return True

    async def as_text(self, question: Question) -> Question:
        """The question with its files as text; those that are pictures stay.

        Raises UnreadableAttachment.
        """
        files = _files(question)
        if not files:
            return question
        from hydrophone.fetch.attachments.reading import source_urls

        reader = await self._attachments()
        urls = source_urls(files)
        read = {part: await reader.read(part, url) for part, url in urls.items()}
        texts, left = {}, MOST_CHARS
        for part, found in read.items():
            texts[part] = _part(part, found, left)
            left -= len(found.text) if isinstance(found, Document) else 0
        turns = tuple(
            replace(turn, parts=tuple(_replaced(one, texts) for one in turn.parts))
            for turn in question.turns
        )
        return replace(question, turns=turns)


def _files(question: Question) -> list[MediaPart]:
    parts = (part for turn in question.turns for part in turn.parts)
    return [part for part in parts if isinstance(part, MediaPart) and part.kind == "file"]


def _replaced(part: Part, texts: Mapping[MediaPart, Part]) -> Part:
    return texts.get(part, part) if isinstance(part, MediaPart) else part


def _part(part: MediaPart, found: Document | Picture, left: int) -> Part:
    if not isinstance(found, Document):
        return replace(part, kind="image", media_type=found.media_type, data=found.data, url=None)
    text = found.text[: max(0, left)]
    rest = f"\n{LEFT_OUT}" if len(text) < len(found.text) else ""
    return TextPart(f"File {found.title or part.name or 'without a name'}:\n{text}{rest}\n")
