"""The other side of the pool: a process of its own that turns bodies into documents.

Frames go over its standard input and output, each with a length of 8 bytes (big-endian) before
it. A request is a frame of JSON and a frame of bytes, a reply one frame of JSON: what hostile
documents may make of this process is read as data by the parent, never as pickles.
"""

from __future__ import annotations

import logging
import os
import sys
import warnings
from collections.abc import Mapping
from datetime import datetime
from typing import Any, BinaryIO

import orjson

from hydrophone.errors import DocumentError
from hydrophone.fetch.extract.document import extract_document, extract_page
from hydrophone.fetch.page import Link, Page
from hydrophone.types import Document, Heading, ImageRef, VideoRef

READY = b"ready"

_TEXT_FIELDS = ("url", "title", "text", "author", "language", "media_type")


def main() -> None:
    """Answer requests until the parent closes the pipe."""
    requests, replies = _own_pipes()
    logging.disable(logging.CRITICAL)
    warnings.simplefilter("ignore")
    _limit_memory(int(sys.argv[1]) if len(sys.argv) > 1 else 0)
    _write(replies, READY)
    while (head := _read(requests)) is not None and (body := _read(requests)) is not None:
        _write(replies, _answer(orjson.loads(head), body))


def document_from_json(fields: Mapping[str, Any]) -> Document:
    """The document in a worker's reply. Raises KeyError, TypeError or ValueError on nonsense."""
    published, modified = fields["published"], fields["modified"]
    return Document(
        **{name: fields[name] for name in _TEXT_FIELDS},
        headings=tuple(Heading(**heading) for heading in fields["headings"]),
        images=tuple(ImageRef(**image) for image in fields["images"]),
        videos=tuple(VideoRef(**video) for video in fields["videos"]),
        link_texts=tuple(fields["link_texts"]),
        published=datetime.fromisoformat(published) if published else None,
        modified=datetime.fromisoformat(modified) if modified else None,
    )


def page_from_json(fields: Mapping[str, Any]) -> Page:
    """The page in a worker's reply. Raises KeyError, TypeError or ValueError on nonsense."""
    document = fields["document"]
    return Page(
        **{name: fields[name] for name in ("canonical", "noindex", "nofollow", "refresh")},
        document=document_from_json(document) if document is not None else None,
        links=tuple(Link(link["url"], link["nofollow"]) for link in fields["links"]),
        feeds=tuple(fields["feeds"]),
    )


def _answer(request: dict[str, Any], body: bytes) -> bytes:
    """Requests are the arguments of what is asked for, besides the body, under its name."""
    try:
        if "page" in request:
            return orjson.dumps({"page": extract_page(body, **request["page"])})
        if "picture" in request:
            return orjson.dumps({"document": _read_picture(body, **request["picture"])})
        return orjson.dumps({"document": extract_document(body, **request["document"])})
    except DocumentError as error:
        return orjson.dumps({"error": error.message.encode("utf-8", "replace").decode()})
    except MemoryError:
        return orjson.dumps({"error": "the document needs more memory than a worker may use"})


def _read_picture(body: bytes, url: str) -> Document:
    from hydrophone.fetch.attachments.ocr import read_picture

    return read_picture(body, url)


def _own_pipes() -> tuple[BinaryIO, BinaryIO]:
    """The pipes, moved out of reach of libraries that print or read."""
    requests, replies = os.fdopen(os.dup(0), "rb"), os.fdopen(os.dup(1), "wb")
    nothing = os.open(os.devnull, os.O_RDWR)
    os.dup2(nothing, 0)
    os.dup2(nothing, 1)
    return requests, replies


def _limit_memory(limit_bytes: int) -> None:
    """Bound the address space, where the system can."""
    if limit_bytes <= 0 or sys.platform != "linux":
        return
    import resource

    resource.setrlimit(resource.RLIMIT_AS, (limit_bytes, limit_bytes))


def _read(pipe: BinaryIO) -> bytes | None:
    """One frame; None when the parent is gone."""
    size = pipe.read(8)
    if len(size) < 8:
        return None
    return pipe.read(int.from_bytes(size, "big"))


def _write(pipe: BinaryIO, frame: bytes) -> None:
    pipe.write(len(frame).to_bytes(8, "big"))
    pipe.write(frame)
    pipe.flush()


if __name__ == "__main__":
    main()
