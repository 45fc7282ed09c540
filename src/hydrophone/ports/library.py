"""Own documents."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from dataclasses import dataclass
from typing import Literal, Protocol

from hydrophone.types import CollectionInfo


@dataclass(frozen=True, slots=True)
class IngestProgress:
    """Where an ingest stands. `item` is the path or URL that `state` is about."""

    state: Literal["added", "unchanged", "failed", "embedding", "done"]
    item: str = ""
    message: str = ""
    documents: int = 0
    failures: int = 0
    vectors_done: int = 0
    vectors_total: int = 0


class Library(Protocol):
    """Own documents: what is there, what comes in, what goes out."""

    async def collections(self) -> Sequence[CollectionInfo]:
        """What is indexed, by collection, in the order of their names."""

    def ingest(self, items: Sequence[str], *, collection: str) -> AsyncIterator[IngestProgress]:
        """Add files, folders, URLs and JSON-lines files; tell of each document as it is done.

        When `added` is told, the document is on disk and will be found by its words after any
        crash. A document that cannot be read is told as `failed`, and the others go on.
        """

    async def delete(self, *, collection: str | None = None, url_prefix: str | None = None) -> int:
        """Delete documents for good and return how many. Raises InvalidRequest without a filter."""
