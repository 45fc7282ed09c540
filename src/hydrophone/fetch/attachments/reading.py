"""What callers attach to a question: files and pictures, by their bytes or by their address.

Nothing is kept: no index, no file, no memory beyond the call. Files are read in processes of their
own, which do nothing else.
"""

from __future__ import annotations

import importlib.util
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from typing import TYPE_CHECKING
from urllib.parse import quote

from hydrophone.errors import DocumentError
from hydrophone.fetch.attachments.pictures import picture_head
from hydrophone.fetch.errors import UnreadableAttachment
from hydrophone.fetch.extract.document import file_name
from hydrophone.fetch.pool import ExtractionPool
from hydrophone.types import Document, MediaPart

if TYPE_CHECKING:
    from hydrophone.fetch.client import Fetcher

MOST_BYTES = 50 * 1024 * 1024
_OCR = ("rapidocr", "onnxruntime")


@dataclass(frozen=True, slots=True)
class Picture:
    """A PNG, JPEG, GIF or WEBP as it came; the size is in pixels."""

    url: str
    name: str
    media_type: str
    data: bytes = field(repr=False)
    width: int
    height: int


class Attachments:
    """Reads attachments. The owner of `fetcher` and `pool` closes them.

    Without a fetcher those that are given by address cannot be read.
    """

    def __init__(self, fetcher: Fetcher | None, pool: ExtractionPool) -> None:
        self._fetcher = fetcher
        self._pool = pool

    @property
    def reads_words(self) -> bool:
        """Whether text in pictures can be read: the extra `ocr` is installed."""
        return all(importlib.util.find_spec(module) is not None for module in _OCR)

    async def read(self, part: MediaPart, url: str) -> Document | Picture:
        """What a part holds: a picture by its bytes, whatever it was called, else a document.

        `url` is what the attachment is cited by. Raises UnreadableAttachment.
        """
        name = part.name or file_name(url) or url
        try:
            return await self._read(await self._with_data(part), url, name)
        except DocumentError as error:
            raise _unreadable(part, name, error) from error

    async def read_words(self, picture: Picture) -> Document:
        """The text in a picture; empty when there is none. Raises UnreadableAttachment."""
        try:
            document = await self._pool.read_picture(picture.data, picture.url)
        except DocumentError as error:
            raise UnreadableAttachment(
                f"the picture {picture.name} cannot be read: {error.message}"
            ) from error
        return replace(document, title=picture.name)

    async def _with_data(self, part: MediaPart) -> MediaPart:
        """The part with its bytes, and the media type that its server says."""
        if part.data is not None:
            return part
        if self._fetcher is None:
            raise DocumentError("HYDROPHONE_OFFLINE is set; send the content itself")
        from hydrophone.fetch.client import ANY_TYPE

        page = await self._fetcher.get(part.url or "", accept=ANY_TYPE)
        said = page.media_type or part.media_type
        return replace(part, data=page.body, media_type=said)

    async def _read(self, part: MediaPart, url: str, name: str) -> Document | Picture:
        body = part.data or b""
        if len(body) > MOST_BYTES:
            raise DocumentError(f"it is larger than {MOST_BYTES >> 20} MB")
        head = picture_head(body)
        if head is not None:
            return Picture(url, name, head.media_type, body, head.width, head.height)
        said = part.media_type or ""
        if said.startswith("image/") and not body.startswith(b"%PDF-"):
            raise DocumentError(f"{said} is not looked at; PNG, JPEG, WEBP and GIF are")
        document = await self._pool.extract(body, url, media_type=part.media_type)
        return replace(document, url=url, title=part.name or document.title or name)


def source_urls(parts: Sequence[MediaPart]) -> dict[MediaPart, str]:
    """What each attachment is cited by, no two by the same: its address, or `attachment:NAME`."""
    urls: dict[MediaPart, str] = {}
    for number, part in enumerate(dict.fromkeys(parts), start=1):
        url = part.url or f"attachment:{_quoted(part.name or f'{part.kind}-{number}')}"
        urls[part] = f"{url}#{number}" if url in urls.values() else url
    return urls


def _quoted(name: str) -> str:
    return quote(name.strip().replace("/", "_"), safe="")


def _unreadable(part: MediaPart, name: str, error: DocumentError) -> UnreadableAttachment:
    kind = "picture" if part.kind == "image" else "file"
    return UnreadableAttachment(f"the {kind} {name} cannot be read: {error.message}")
