"""From a document to what is stored of it."""

from __future__ import annotations

import hashlib

import orjson

from hydrophone.errors import DocumentError
from hydrophone.index import chunking
from hydrophone.storage.index_db_documents import NewPassage, NewVersion
from hydrophone.storage.index_db_filter import to_us
from hydrophone.types import Document

_HASH_BYTES = 16


class UnfitDocument(DocumentError):
    """A document holds something that cannot be stored."""


def fingerprint(document: Document) -> bytes:
    """A hash of all that is stored of a document, and of the way in which it is cut.

    Raises UnfitDocument when it cannot be stored.
    """
    if not document.url:
        raise UnfitDocument("it has no URL")
    parts = (
        chunking.VERSION,
        document.url,
        document.title,
        document.text,
        [(h.level, h.text, h.start) for h in document.headings],
        document.author,
        None if document.published is None else to_us(document.published),
        None if document.modified is None else to_us(document.modified),
        document.language,
        document.media_type,
        [(image.url, image.alt) for image in document.images],
        document.link_texts,
        [(video.url, video.thumbnail_url) for video in document.videos],
    )
    try:
        return hashlib.sha256(orjson.dumps(parts)).digest()[:_HASH_BYTES]
    except orjson.JSONEncodeError as error:
        raise UnfitDocument(f"its text is not Unicode: {error}") from error


def name_version(text: str) -> str:
    """The name of a document version: SHA-256 of its text in UTF-8, in hex."""
    return hashlib.sha256(text.encode()).hexdigest()


def prepare_version(document: Document) -> NewVersion:
    """The document cut into passages, ready to be stored. Raises UnfitDocument."""
    whole = fingerprint(document)
    return NewVersion(
        document=document,
        sha256=name_version(document.text),
        fingerprint=whole,
        passages=tuple(_prepare_passage(document, c) for c in chunking.cut_passages(document)),
    )


def _prepare_passage(document: Document, chunk: chunking.Chunk) -> NewPassage:
    text = document.text[chunk.start : chunk.end]
    embedded = chunking.embedding_text(document.title, chunk.headings, text)
    text_hash = hashlib.sha256(embedded.encode()).digest()[:_HASH_BYTES]
    return NewPassage(chunk.start, chunk.end, chunk.headings, text_hash)
