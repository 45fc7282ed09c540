"""tantivy, adapted: a folder of word indexes over passages, one writer and many readers.

The folder is derived from `index.db` and may be thrown away at any time. Documents are keyed by a
raw text field, because deleting by an unsigned one silently does nothing in tantivy-py 0.27.
"""

from __future__ import annotations

import contextlib
import json
import struct
import threading
import zlib
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from hydrophone.index.base import IndexFailed
from hydrophone.index.fields import DEFAULT_WEIGHTS, FIELD_NAMES, FieldWeights
from hydrophone.index.terms import (
    LONGEST_WORD_CHARS,
    MOST_QUERY_TERMS,
    STOP_WORDS,
    query_terms,
    spread_unspaced,
)
from hydrophone.storage.index_db_passages import DocumentWords

if TYPE_CHECKING:
    import tantivy

# Raised with every change of fields or of the way words are cut; older folders are built again.
SCHEMA_VERSION = 1

_ANALYZER = "hydrophone_english"
_HEAP_BYTES = 96_000_000
_FOOTER_MAGIC = 1337


class WordsTorn(IndexFailed):
    """The folder's files are missing, damaged or of another version."""

    def __init__(self, folder: Path, reason: object) -> None:
        super().__init__(f"{folder}: {reason}")
        self.folder = folder


class WordsWriter:
    """The one writer of a folder. Calls block, and must come from one thread at a time."""

    def __init__(self, folder: Path, *, create: bool) -> None:
        """Open a folder, or make it. Raises WordsTorn when it cannot be read."""
        import tantivy

        self.folder = folder
        with _translated(folder):
            if create:
                folder.mkdir(parents=True)
                self._index = tantivy.Index(_schema(), path=str(folder))
            else:
                check_folder(folder)
                self._index = tantivy.Index.open(str(folder))
            self._index.register_tokenizer(_ANALYZER, _analyzer())
            self._writer: tantivy.IndexWriter | None = self._index.writer(
                heap_size=_HEAP_BYTES, num_threads=1
            )

    def replace(self, document_id: int, words: DocumentWords | None) -> None:
        """Take out what the folder has of a document, and put in what it has now, if anything."""
        import tantivy

        with _translated(self.folder):
            assert self._writer is not None
            self._writer.delete_documents_by_term("document", str(document_id))
            if words is None:
                return
            title, url = spread_unspaced(words.title), _words_of_url(words.url)
            for passage_id, headings, text in words.passages:
                document = tantivy.Document()
                document.add_integer("passage", passage_id)
                document.add_text("document", str(document_id))
                document.add_text("title", title)
                document.add_text("url", url)
                document.add_text("headings", spread_unspaced("\n".join(headings)))
                document.add_text("body", spread_unspaced(text))
                self._writer.add_document(document)

    def commit(self) -> None:
        """Make all replacements durable and visible to readers that reload."""
        with _translated(self.folder):
            assert self._writer is not None
            self._writer.commit()

    def close(self) -> None:
        """Give up the folder's lock; what was not committed is dropped."""
        self._writer = None


class WordsReader:
    """Searches one folder as of its last `reload`. Safe to use from several threads."""

    def __init__(self, folder: Path, weights: FieldWeights = DEFAULT_WEIGHTS) -> None:
        """Open a folder. Raises WordsTorn when it cannot be read."""
        import tantivy

        self.folder = folder
        self._weights = tuple(weights.searched())
        self._lock = threading.Lock()
        with _translated(folder):
            self._index = tantivy.Index.open(str(folder))
            self._analyzer = _analyzer()
            self._index.register_tokenizer(_ANALYZER, self._analyzer)
            self._index.config_reader("manual")
            self._index.reload()
            self._searcher = self._index.searcher()
        self._stop_words = frozenset(w for word in STOP_WORDS for w in self._cut(word))

    def reload(self) -> None:
        """See what was committed since."""
        with self._lock, _translated(self.folder):
            self._index.reload()
            self._searcher = self._index.searcher()

    def prepare(self, query: str, documents: Sequence[int] | None) -> WordsQuery | None:
        """A search for any of the query's words, in these documents only unless None.

        None when the query holds no word.
        """
        import tantivy

        searcher = self._searcher
        unique = list(dict.fromkeys(self._cut(spread_unspaced(query))))
        terms = [term for term in unique if term not in self._stop_words] or query_terms(unique)
        if not terms:
            return None
        with _translated(self.folder):
            if len(terms) > MOST_QUERY_TERMS:
                # The rarest words of a very long query decide; the others would only cost time.
                terms.sort(key=lambda term: (searcher.doc_freq("body", term) or 1 << 60, term))
                terms = terms[:MOST_QUERY_TERMS]
            query_ = _any_term(self._index.schema, terms, self._weights)
            if documents is not None:
                inside = tantivy.Query.term_set_query(
                    self._index.schema, "document", [str(d) for d in documents]
                )
                query_ = tantivy.Query.boolean_query(
                    [
                        (tantivy.Occur.Must, tantivy.Query.const_score_query(inside, 0.0)),
                        (tantivy.Occur.Must, query_),
                    ]
                )
            return WordsQuery(self.folder, searcher, query_)

    def _cut(self, text: str) -> list[str]:
        with self._lock:
            return self._analyzer.analyze(text)


class WordsQuery:
    """A query against one state of the folder."""

    def __init__(self, folder: Path, searcher: tantivy.Searcher, query: tantivy.Query) -> None:
        self._folder = folder
        self._searcher = searcher
        self._query = query

    def best(self, limit: int) -> list[tuple[float, int]]:
        """Up to `limit` of (score, passage id), best scores first, ties in no order."""
        with _translated(self._folder):
            hits = self._searcher.search(self._query, limit, count=False).hits
            passages = self._searcher.fast_field_values("passage", [a for _, a in hits])
        return [
            (float(score), int(passage))
            for (score, _), passage in zip(hits, passages, strict=True)
            if passage is not None
        ]


def check_folder(folder: Path) -> None:
    """Read every segment file and compare it with the checksum at its end.

    tantivy closes its files with a JSON footer that holds their CRC-32, the footer's length and a
    magic number, both little-endian 32-bit (tantivy 0.2x, `directory/footer.rs`). It maps files
    into memory without checking them, and damaged ones can end the process.
    Raises WordsTorn.
    """
    try:
        meta = json.loads((folder / "meta.json").read_bytes())
        segments = [segment["segment_id"].replace("-", "") for segment in meta["segments"]]
        for segment in segments:
            files = sorted(folder.glob(f"{segment}.*"))
            if not any(file.suffix == ".store" for file in files):
                raise WordsTorn(folder, f"segment {segment} is missing")
            for file in files:
                _check_file(file)
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise WordsTorn(folder, repr(error)) from error


def _check_file(file: Path) -> None:
    data = file.read_bytes()
    length, magic = struct.unpack("<II", data[-8:]) if len(data) >= 8 else (0, 0)
    if magic != _FOOTER_MAGIC or length + 8 > len(data):
        raise WordsTorn(file.parent, f"{file.name} is cut off or overwritten")
    body = len(data) - 8 - length
    crc32 = json.loads(data[body:-8])["crc"]
    if zlib.crc32(memoryview(data)[:body]) != crc32:
        raise WordsTorn(file.parent, f"{file.name} is damaged")


@contextlib.contextmanager
def _translated(folder: Path) -> Iterator[None]:
    """tantivy raises plain exceptions, and panics that are no Exception; both mean torn files."""
    try:
        yield
    except IndexFailed:
        raise
    except BaseException as error:
        if isinstance(error, Exception) or type(error).__name__ == "PanicException":
            raise WordsTorn(folder, error) from error
        raise


def _schema() -> tantivy.Schema:
    import tantivy

    builder = tantivy.SchemaBuilder()
    builder.add_integer_field("passage", fast=True)
    builder.add_text_field("document", tokenizer_name="raw", index_option="basic")
    for name in FIELD_NAMES:
        builder.add_text_field(name, tokenizer_name=_ANALYZER, index_option="freq")
    return builder.build()


def _analyzer() -> tantivy.TextAnalyzer:
    import tantivy

    builder = tantivy.TextAnalyzerBuilder(tantivy.Tokenizer.simple())
    for step in (
        tantivy.Filter.remove_long(4 * LONGEST_WORD_CHARS),
        tantivy.Filter.lowercase(),
        tantivy.Filter.ascii_fold(),
        tantivy.Filter.stemmer("english"),
    ):
        builder = builder.filter(step)
    return builder.build()


def _any_term(
    schema: tantivy.Schema, terms: Sequence[str], weights: Sequence[tuple[str, float]]
) -> tantivy.Query:
    import tantivy

    clauses = [
        (
            tantivy.Occur.Should,
            tantivy.Query.boost_query(tantivy.Query.term_query(schema, field, term, "freq"), boost),
        )
        for term in terms
        for field, boost in weights
    ]
    return tantivy.Query.boolean_query(clauses)


def _words_of_url(url: str) -> str:
    return spread_unspaced(url.split("://", 1)[-1])
