"""What the tests of the index share: an embedder by hashing, a clock, documents, a reader."""

from __future__ import annotations

import gzip
import hashlib
import json
from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime
from functools import lru_cache
from pathlib import Path

import numpy as np

from hydrophone.errors import DocumentError
from hydrophone.index.base import Embedding, LineError, Vector
from hydrophone.index.terms import split_words
from hydrophone.types import Document

DIMENSIONS = 384
NOW = datetime(2026, 11, 22, 12, tzinfo=UTC)


def now() -> datetime:
    """A clock that stands still."""
    return NOW


def hash_vector(text: str) -> Vector:
    """A unit vector: the sum of a fixed random direction for each word."""
    total = np.zeros(DIMENSIONS)
    for word in split_words(text):
        total += _direction(word)
    norm = np.linalg.norm(total)
    return (total / norm if norm else _direction("nothing")).astype(np.float32)


@lru_cache(maxsize=10_000)
def _direction(word: str) -> np.ndarray:
    seed = int.from_bytes(hashlib.blake2b(word.encode(), digest_size=8).digest(), "little")
    direction = np.random.default_rng(seed).standard_normal(DIMENSIONS)
    return direction / np.linalg.norm(direction)


class HashEmbedder:
    """Embeds by `hash_vector` and remembers what it was given."""

    def __init__(self) -> None:
        self.batches: list[list[str]] = []

    @property
    def texts(self) -> list[str]:
        """All texts that were embedded."""
        return [text for batch in self.batches for text in batch]

    async def __call__(self, texts: Sequence[str]) -> Vector:
        self.batches.append(list(texts))
        return np.stack([hash_vector(text) for text in texts])


def hash_embedding(embedder: HashEmbedder | None = None, model: str = "hash") -> Embedding:
    """An embedding model for tests."""
    return Embedding(model, DIMENSIONS, embedder or HashEmbedder())


def document(name: str, text: str, **fields: object) -> Document:
    """A document at https://example.com/<name> unless `url` says otherwise."""
    known = {"url": f"https://example.com/{name}", "title": name.title()} | fields
    return Document(text=text, **known)  # type: ignore[arg-type]


class TextReader:
    """Reads .txt and .md files as they are, and JSON lines."""

    def __init__(self) -> None:
        self.pages: dict[str, Document] = {}
        self.read: list[str] = []

    def supports(self, path: Path) -> bool:
        return path.suffix in (".txt", ".md")

    async def read_file(self, path: Path) -> Document:
        self.read.append(path.name)
        text = path.read_bytes()  # noqa: ASYNC240
        if b"\0" in text:
            raise DocumentError("this is no text; text and Markdown are supported")
        return Document(path.as_uri(), path.stem, text.decode())

    async def read_url(self, url: str, *, typed: bool = False) -> Document:
        if url not in self.pages:
            raise DocumentError(f"{url} answered 404")
        return self.pages[url]

    async def read_lines(self, path: Path) -> AsyncIterator[Document | LineError]:
        for number, line in enumerate(_read_maybe_gzip(path).splitlines(), 1):
            try:
                row = json.loads(line)
                yield Document(row["url"], row["title"], row["text"])
            except (ValueError, KeyError) as error:
                yield LineError(number, f"no document: {error!r}")


def _read_maybe_gzip(path: Path) -> bytes:
    data = path.read_bytes()
    return gzip.decompress(data) if path.suffix == ".gz" else data
