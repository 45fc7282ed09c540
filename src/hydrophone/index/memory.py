"""An index in memory: simple, exact, and forgotten at the end of the process."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from hydrophone.errors import InvalidRequest
from hydrophone.index.base import (
    Clock,
    DocumentInfo,
    Embedding,
    IndexedPassage,
    Match,
    PutResult,
    Vector,
)
from hydrophone.index.chunking import embedding_text
from hydrophone.index.filters import compile_test
from hydrophone.index.ranking import rank
from hydrophone.index.terms import query_terms, split_words
from hydrophone.index.versions import prepare_version
from hydrophone.ports import KeptPage
from hydrophone.storage.index_db_documents import NewPassage, NewVersion
from hydrophone.storage.kept.versions import OLDER_VERSIONS_KEPT
from hydrophone.types import CollectionInfo, Document, Filter, Image, Passage, Video

K1 = 1.2
B = 0.75


def utc_now() -> datetime:
    """The time, in UTC."""
    return datetime.now(UTC)


@dataclass(slots=True)
class _Entry:
    """A stored document; `texts` are its kept versions by name, oldest first.

    `stored` is when each was stored, and `kept_until` how long those stay that were cited.
    """

    collection: str
    version: NewVersion
    ids: tuple[int, ...]
    texts: dict[str, str]
    added: datetime
    updated: datetime
    stored: dict[str, datetime]
    kept_until: dict[str, datetime]


@dataclass(frozen=True, slots=True)
class _Held:
    """A passage with its words counted."""

    entry: _Entry
    passage: NewPassage
    counts: Counter[str]
    length: int


class MemoryIndex:
    """The Index protocol over plain dictionaries. Vectors are made when they are first needed."""

    def __init__(self, *, embedding: Embedding | None = None, now: Clock = utc_now) -> None:
        self._embedding = embedding
        self._now = now
        self._entries: dict[tuple[str, str], _Entry] = {}
        self._passages: dict[int, _Held] = {}
        self._vectors: dict[bytes, bytes] = {}
        self._last_id = 0

    async def put(self, documents: Sequence[Document], *, collection: str) -> Sequence[PutResult]:
        """See Index."""
        versions = [prepare_version(document) for document in documents]
        return [self._put_one(version, collection) for version in versions]

    async def delete(self, *, collection: str | None = None, url_prefix: str | None = None) -> int:
        """See Index."""
        require_condition(collection, url_prefix)
        gone = list(self._selected(collection, url_prefix))
        for entry in gone:
            del self._entries[entry.collection, entry.version.document.url]
            self._drop_passages(entry)
        self._drop_unused_vectors()
        return len(gone)

    async def match_words(self, query: str, k: int, filter: Filter) -> list[Match]:
        """See Index. The BM25 of Robertson and Zaragoza (2009), over title, headings and text."""
        test = compile_test(filter, self._now())
        terms = query_terms(split_words(query))
        average = sum(h.length for h in self._passages.values()) / max(1, len(self._passages))
        weights = {term: self._weight(term) for term in terms}
        scored = (
            (_bm25(held, weights, average), passage_id)
            for passage_id, held in self._passages.items()
            if test(held.entry.version.document, held.entry.collection)
        )
        return rank((match for match in scored if match[0] > 0), k)

    async def match_vectors(self, vector: Vector, k: int, filter: Filter) -> list[Match]:
        """See Index."""
        from hydrophone.index.scores import check_query_vector, score_rows, unpack_vectors

        if self._embedding is None:
            return []
        check_query_vector(vector, self._embedding.dimensions)
        await self.vectors_settled()
        test = compile_test(filter, self._now())
        allowed = [
            (passage_id, self._vectors[held.passage.text_hash])
            for passage_id, held in self._passages.items()
            if held.passage.text_hash in self._vectors
            and test(held.entry.version.document, held.entry.collection)
        ]
        rows = unpack_vectors([data for _, data in allowed], self._embedding.dimensions)
        scores = score_rows(rows, vector).tolist()
        return rank(zip(scores, (passage_id for passage_id, _ in allowed), strict=True), k)

    async def score_vectors(self, vector: Vector, passage_ids: Sequence[str]) -> list[Match]:
        """See Index."""
        from hydrophone.index.scores import check_query_vector, score_rows, unpack_vectors

        if self._embedding is None:
            return []
        check_query_vector(vector, self._embedding.dimensions)
        held = ((i, self._passages.get(int(i))) for i in passage_ids if i.isdecimal())
        found = [(i, h) for i, h in held if h is not None and h.passage.text_hash in self._vectors]
        data = [self._vectors[h.passage.text_hash] for _, h in found]
        scores = score_rows(unpack_vectors(data, self._embedding.dimensions), vector).tolist()
        return [Match(i, score) for (i, _), score in zip(found, scores, strict=True)]

    async def load(self, passage_ids: Sequence[str]) -> list[IndexedPassage]:
        """See Index."""
        held = ((i, self._passages.get(int(i))) for i in passage_ids if i.isdecimal())
        return [_describe(i, found) for i, found in held if found is not None]

    async def images(self, passage_ids: Sequence[str]) -> list[Image]:
        """See Index."""
        found: dict[str, Image] = {}
        for document in self._documents_of(passage_ids):
            for image in document.images:
                found.setdefault(image.url, Image(image.url, document.url, image.alt))
        return list(found.values())

    async def videos(self, passage_ids: Sequence[str]) -> list[Video]:
        """See Index."""
        found: dict[str, Video] = {}
        for document in self._documents_of(passage_ids):
            for video in document.videos:
                found.setdefault(video.url, Video(video.url, video.thumbnail_url))
        return list(found.values())

    async def link_texts(self, passage_ids: Sequence[str]) -> list[str]:
        """See Index."""
        documents = self._documents_of(passage_ids)
        return list(dict.fromkeys(text for one in documents for text in one.link_texts))

    def _documents_of(self, passage_ids: Sequence[str]) -> list[Document]:
        held = [self._passages.get(int(i)) for i in passage_ids if i.isdecimal()]
        return [one.entry.version.document for one in held if one is not None]

    async def text(self, version: str) -> str | None:
        """See Index."""
        found = (e.texts[version] for e in self._entries.values() if version in e.texts)
        return next(found, None)

    async def page(self, version: str) -> KeptPage | None:
        """See Index."""
        for entry in reversed(self._entries.values()):
            if version in entry.texts:
                document, stored = entry.version.document, entry.stored[version]
                text = entry.texts[version]
                return KeptPage(version, document.url, document.title, text, stored)
        return None

    async def keep_versions(self, versions: Sequence[str], until: datetime) -> None:
        """See Index."""
        for entry in self._entries.values():
            for version in entry.texts.keys() & set(versions):
                entry.kept_until[version] = max(until, entry.kept_until.get(version, until))

    async def collections(self) -> list[CollectionInfo]:
        """See Index."""
        names = sorted({collection for collection, _ in self._entries})
        return [self._collection(name) for name in names]

    async def documents(
        self,
        *,
        collection: str | None = None,
        url_prefix: str | None = None,
        limit: int = 100,
        after: tuple[str, str] | None = None,
    ) -> list[DocumentInfo]:
        """See Index."""
        placed = {
            (entry.collection, entry.version.document.url): entry
            for entry in self._selected(collection, url_prefix)
        }
        behind = sorted(place for place in placed if after is None or place > after)
        return [_list_entry(placed[place]) for place in behind[:limit]]

    async def settle(self) -> None:
        """See Index."""

    async def vectors_pending(self) -> int:
        """See Index."""
        return sum(1 for held in self._passages.values() if self._lacks_vector(held))

    async def vectors_settled(self) -> None:
        """See Index."""
        from hydrophone.index.scores import embed_texts

        if self._embedding is None or self._embedding.embed is None:
            return
        pending = {h.passage.text_hash: h for h in self._passages.values() if self._lacks_vector(h)}
        if pending:
            packed = await embed_texts(self._embedding, [_embedded(h) for h in pending.values()])
            self._vectors.update(zip(pending, packed, strict=True))

    async def close(self) -> None:
        """See Index."""

    def _put_one(self, new: NewVersion, collection: str) -> PutResult:
        document = new.document
        key = (collection, document.url)
        entry = self._entries.get(key)
        if entry is not None and entry.version.fingerprint == new.fingerprint:
            return PutResult(document.url, "unchanged", len(entry.ids))
        now = self._now()
        texts = {} if entry is None else entry.texts
        kept_until = {} if entry is None else entry.kept_until
        stored = ({} if entry is None else entry.stored) | {new.sha256: now}
        texts.pop(new.sha256, None)
        texts[new.sha256] = document.text
        for name in list(texts)[: -1 - OLDER_VERSIONS_KEPT]:
            if kept_until.get(name, now) <= now:
                del texts[name]
        if entry is not None:
            self._drop_passages(entry)
        ids = tuple(range(self._last_id + 1, self._last_id + 1 + len(new.passages)))
        self._last_id += len(ids)
        added = now if entry is None else entry.added
        fresh = _Entry(collection, new, ids, texts, added, now, stored, kept_until)
        self._entries[key] = fresh
        for passage_id, passage in zip(ids, new.passages, strict=True):
            self._passages[passage_id] = _hold(fresh, passage)
        self._drop_unused_vectors()
        return PutResult(document.url, "added" if entry is None else "updated", len(ids))

    def _selected(self, collection: str | None, url_prefix: str | None) -> Iterator[_Entry]:
        for (name, url), entry in self._entries.items():
            if collection in (None, name) and url.startswith(url_prefix or ""):
                yield entry

    def _drop_passages(self, entry: _Entry) -> None:
        for passage_id in entry.ids:
            del self._passages[passage_id]

    def _drop_unused_vectors(self) -> None:
        used = {held.passage.text_hash for held in self._passages.values()}
        self._vectors = {h: data for h, data in self._vectors.items() if h in used}

    def _lacks_vector(self, held: _Held) -> bool:
        return self._embedding is not None and held.passage.text_hash not in self._vectors

    def _weight(self, term: str) -> float:
        holding = sum(1 for held in self._passages.values() if term in held.counts)
        return math.log(1 + (len(self._passages) - holding + 0.5) / (holding + 0.5))

    def _collection(self, name: str) -> CollectionInfo:
        entries = list(self._selected(name, None))
        passages = [self._passages[i] for entry in entries for i in entry.ids]
        return CollectionInfo(
            name=name,
            documents=len(entries),
            passages=len(passages),
            vectors_pending=sum(1 for held in passages if self._lacks_vector(held)),
            size_chars=sum(len(entry.version.document.text) for entry in entries),
            updated=max(entry.updated for entry in entries),
        )


def require_condition(collection: str | None, url_prefix: str | None) -> None:
    """Raises InvalidRequest when a deletion names nothing."""
    if not collection and not url_prefix:
        raise InvalidRequest("name a collection or a URL prefix to delete", param="collection")


def _hold(entry: _Entry, passage: NewPassage) -> _Held:
    document = entry.version.document
    text = document.text[passage.start : passage.end]
    words = split_words(" \n".join((document.title, *passage.headings, text)))
    return _Held(entry, passage, Counter(words), len(words))


def _bm25(held: _Held, weights: dict[str, float], average: float) -> float:
    norm = K1 * (1 - B + B * held.length / average)
    return sum(
        weight * (K1 + 1) * held.counts[term] / (held.counts[term] + norm)
        for term, weight in weights.items()
        if term in held.counts
    )


def _embedded(held: _Held) -> str:
    document, passage = held.entry.version.document, held.passage
    return embedding_text(
        document.title, passage.headings, document.text[passage.start : passage.end]
    )


def _describe(passage_id: str, held: _Held) -> IndexedPassage:
    document, passage = held.entry.version.document, held.passage
    return IndexedPassage(
        passage=Passage(
            id=passage_id,
            text=document.text[passage.start : passage.end],
            version=held.entry.version.sha256,
            start=passage.start,
            end=passage.end,
            headings=passage.headings,
            heading_starts=tuple(
                heading.start
                for heading in document.headings
                if passage.start <= heading.start < passage.end
            ),
        ),
        url=document.url,
        title=document.title,
        collection=held.entry.collection,
        published=document.published,
        modified=document.modified,
        language=document.language,
    )


def _list_entry(entry: _Entry) -> DocumentInfo:
    document = entry.version.document
    return DocumentInfo(
        url=document.url,
        title=document.title,
        collection=entry.collection,
        media_type=document.media_type,
        language=document.language,
        published=document.published,
        modified=document.modified,
        added=entry.added,
        updated=entry.updated,
        version=entry.version.sha256,
        passages=len(entry.ids),
        size_chars=len(document.text),
    )
