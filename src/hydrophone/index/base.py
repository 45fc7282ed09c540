"""What an index is, and what it takes from others."""

from __future__ import annotations

from collections.abc import AsyncIterator, Awaitable, Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

from hydrophone.errors import StorageError
from hydrophone.ports import KeptPage
from hydrophone.storage.index_db_documents import DocumentInfo
from hydrophone.types import CollectionInfo, Document, Filter, Image, LineError, Passage, Video

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray


__all__ = [
    "Clock",
    "DocumentInfo",
    "Embed",
    "Embedding",
    "Idle",
    "Index",
    "IndexFailed",
    "IndexNotReady",
    "IndexedPassage",
    "LineError",
    "Match",
    "PutResult",
    "Reader",
    "RebuildProgress",
    "Vector",
]

Vector: TypeAlias = "NDArray[np.float32]"
Clock = Callable[[], datetime]
Embed = Callable[[Sequence[str]], Awaitable[Vector]]
Idle = Callable[[], Awaitable[None]]


class IndexFailed(StorageError):
    """The index could not do it; the message says why and what to do."""


class IndexNotReady(StorageError):
    """The index is being built again; the same call will succeed later."""

    status = 503


@dataclass(frozen=True, slots=True)
class Embedding:
    """An embedding model. `embed` takes n texts and gives an (n, dimensions) array of unit rows.

    Without `embed` the model's vectors are searched but none are made.
    """

    model: str
    dimensions: int
    embed: Embed | None = None


@dataclass(frozen=True, slots=True)
class Match:
    """A passage that was found: BM25 for words, cosine similarity for vectors."""

    passage_id: str
    score: float


@dataclass(frozen=True, slots=True)
class IndexedPassage:
    """A passage and what is known of its document; `authority` is from 0 to 1."""

    passage: Passage
    url: str
    title: str
    collection: str
    published: datetime | None
    modified: datetime | None
    language: str | None
    authority: float = 0.0


@dataclass(frozen=True, slots=True)
class PutResult:
    """What became of a document; `passages` is how many it has now."""

    url: str
    state: Literal["added", "updated", "unchanged"]
    passages: int


@dataclass(frozen=True, slots=True)
class RebuildProgress:
    """How far a rebuild has come."""

    stage: Literal["words", "vectors", "done"]
    done: int
    total: int


class Index(Protocol):
    """Documents, found by their words and by vectors.

    All implementations pass `tests/index/contract.py`. Every call may raise StorageError.
    Matches come best first, equal scores by ascending passage id, so that the same question to
    the same index gives the same order. A filter is kept exactly: nothing leaks through, and what
    it allows is found however rare it is.
    """

    async def put(self, documents: Sequence[Document], *, collection: str) -> Sequence[PutResult]:
        """Store documents, all or none, each in place of what its URL had in the collection.

        Raises DocumentError when one cannot be stored.

        They are on disk when this returns, one result for each in the same order. Words can be
        searched soon after (`settle` waits for it), vectors follow in the background.
        """

    async def delete(self, *, collection: str | None = None, url_prefix: str | None = None) -> int:
        """Delete matching documents with their older versions and vectors; how many it were.

        They are found no more when this returns. Raises InvalidRequest without a condition.
        """

    async def match_words(self, query: str, k: int, filter: Filter) -> list[Match]:
        """The k passages that fit the words of the query best, by BM25; any word may match.

        Punctuation has no meaning. Raises InvalidRequest on a filter that cannot be read.
        """

    async def match_vectors(self, vector: Vector, k: int, filter: Filter) -> list[Match]:
        """The k passages nearest to a unit vector (d,) by cosine similarity.

        Raises InvalidRequest on another number of dimensions than the index has.
        """

    async def score_vectors(self, vector: Vector, passage_ids: Sequence[str]) -> list[Match]:
        """The cosine similarity of passages with a unit vector (d,), in the given order.

        Those that are gone, unknown or without a vector are left out. Raises InvalidRequest on
        another number of dimensions than the index has.
        """

    async def load(self, passage_ids: Sequence[str]) -> list[IndexedPassage]:
        """The passages in the given order; those that are gone or unknown are left out."""

    async def images(self, passage_ids: Sequence[str]) -> list[Image]:
        """The pictures of the documents that the passages are of, in their order, each URL once."""

    async def videos(self, passage_ids: Sequence[str]) -> list[Video]:
        """The videos of the documents that the passages are of, in their order, each URL once."""

    async def link_texts(self, passage_ids: Sequence[str]) -> list[str]:
        """What the links of the documents say that the passages are of, in their order."""

    async def text(self, version: str) -> str | None:
        """The text of a document version by the SHA-256 of it, None when it is not kept.

        The current version and up to two before it are kept, and cited ones as `keep_versions`
        says, until their document is deleted.
        """

    async def page(self, version: str) -> KeptPage | None:
        """A document version with its address and title, None when it is not kept."""

    async def keep_versions(self, versions: Sequence[str], until: datetime) -> None:
        """Keep these versions until then, also when their documents change more often; unknown
        ones are left out. A version may be kept up to a day less than it was asked for again."""

    async def collections(self) -> list[CollectionInfo]:
        """What is indexed, in the order of names."""

    async def documents(
        self,
        *,
        collection: str | None = None,
        url_prefix: str | None = None,
        limit: int = 100,
        after: tuple[str, str] | None = None,
    ) -> list[DocumentInfo]:
        """Documents in the order of collections and URLs, compared code point by code point; with
        `after` those behind this collection and URL."""

    async def settle(self) -> None:
        """Return when all that was put before, by any process, can be found by its words."""

    async def vectors_pending(self) -> int:
        """How many passages still lack a vector; 0 without an embedding model."""

    async def vectors_settled(self) -> None:
        """Return when no passage lacks a vector, or when nobody would make one."""

    async def close(self) -> None:
        """Finish what is under way and let go of everything. May be called twice."""


class Reader(Protocol):
    """Turns files and pages into documents. The room `fetch` has the real one."""

    def supports(self, path: Path) -> bool:
        """Whether a file found in a folder looks like one that can be read, by its name."""

    async def read_file(self, path: Path) -> Document:
        """The file as a document; its URL is the file's URI. Raises DocumentError."""

    async def read_url(self, url: str, *, typed: bool = False) -> Document:
        """The page as a document; `typed`: somebody asked for this very page.

        Raises DocumentError and other HydrophoneErrors.
        """

    def read_lines(self, path: Path) -> AsyncIterator[Document | LineError]:
        """The documents of a JSON-lines file, gzip-compressed or not. Raises DocumentError."""
