"""Documents, the passages they are cut into, and what a search brings back.

Spans are Unicode code points, `start` inclusive and `end` exclusive, in the extracted text of one
document version. A version is named by the SHA-256 of its text in UTF-8, in hex.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Literal

SourceKind = Literal["own", "web", "academic", "social", "sec", "attachment"]


@dataclass(frozen=True, slots=True)
class Heading:
    """A heading at code point `start` of the text; level 1 is the highest."""

    level: int
    text: str
    start: int


@dataclass(frozen=True, slots=True)
class ImageRef:
    """A picture that a document shows, and what it says that the picture shows."""

    url: str
    alt: str


@dataclass(frozen=True, slots=True)
class VideoRef:
    """A video that a document shows: the address where it is watched, and of a still of it."""

    url: str
    thumbnail_url: str | None = None


@dataclass(frozen=True, slots=True)
class Document:
    """One document as text, ready to be indexed. `url` is its identity within a collection.

    `link_texts` is what those links of its text say that say something, a line each.
    """

    url: str
    title: str
    text: str
    headings: tuple[Heading, ...] = ()
    author: str | None = None
    published: datetime | None = None
    modified: datetime | None = None
    language: str | None = None
    media_type: str = "text/plain"
    images: tuple[ImageRef, ...] = ()
    videos: tuple[VideoRef, ...] = ()
    link_texts: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class LineError:
    """A line of a JSON-lines file that holds no document; lines are counted from 1."""

    line: int
    message: str


@dataclass(frozen=True, slots=True)
class Passage:
    """A piece of a document version: its text is exactly `version`'s text[start:end].

    `headings` are those above it, outermost first; `heading_starts` is where those inside it begin,
    in the version's text as `start` is.
    """

    id: str
    text: str
    version: str
    start: int
    end: int
    headings: tuple[str, ...] = ()
    score: float = 0.0
    heading_starts: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class SearchResult:
    """One page that a search found, with the passages of it that matched, best first."""

    url: str
    title: str
    snippet: str
    kind: SourceKind = "own"
    collection: str | None = None
    published: datetime | None = None
    modified: datetime | None = None
    language: str | None = None
    score: float = 0.0
    passages: tuple[Passage, ...] = ()


@dataclass(frozen=True, slots=True)
class Source:
    """A search result under the number that the answer cites it by. Numbers start at 1."""

    n: int
    result: SearchResult


@dataclass(frozen=True, slots=True)
class CollectionInfo:
    """What is indexed under one name. `vectors_pending` passages are searchable by words only."""

    name: str
    documents: int
    passages: int
    vectors_pending: int
    size_chars: int
    updated: datetime | None
