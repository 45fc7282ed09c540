"""Documents for a large index in minutes: real manuals, then others mixed from their sentences.

A mixed document has the shape of a real one: its title, its headings, its length. Each sentence is
one of the same manual, drawn at random, so that words are as common, and stand beside each other,
as in real text. What a search finds in them is not judged; what it costs is.
"""

from __future__ import annotations

import random
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson

from hydrophone.index.sentences import split_sentences
from hydrophone.storage.index_db import IndexDatabase
from hydrophone.types import Document, Filter, Heading, Span

HOSTS, SHELVES, LANGUAGES = 1_000, 100, 10
# How much of the documents the filters of `filter_of` leave.
SHARES = ("all", "0.1 %", "1 %", "10 %", "50 %")
_FIRST_DAY = datetime(2016, 1, 1, tzinfo=UTC)
_DAYS = 3_650


@dataclass(frozen=True, slots=True)
class Real:
    """A document of a manual, and where its sentences are."""

    collection: str
    document: Document
    sentences: Sequence[Span]


async def read_real(data_dir: Path) -> list[Real]:
    """All documents of an index, in the order in which they were added."""
    database = IndexDatabase(data_dir / "index.db")
    try:
        rows = await database.read(
            lambda c: c.execute(
                "SELECT c.name, d.url, d.title, v.text, v.headings FROM documents d "
                "JOIN collections c ON c.id = d.collection_id "
                "JOIN versions v ON v.document_id = d.id AND v.sha256 = d.version ORDER BY d.id"
            ).fetchall()
        )
    finally:
        await database.close()
    return [
        Real(
            name,
            Document(url, title, text, tuple(Heading(*entry) for entry in orjson.loads(headings))),
            split_sentences(text),
        )
        for name, url, title, text, headings in rows
    ]


def mixed_documents(real: Sequence[Real], seed: int) -> Iterator[tuple[str, Document]]:
    """(collection, document) without end: the real ones first, then round after round of mixed.

    Every document gets a host, a collection, a language's tag and a date in ten years, all by
    chance, so that filters cut across the subjects.
    """
    dice = random.Random(seed)
    pools: dict[str, list[str]] = defaultdict(list)
    for one in real:
        text = one.document.text
        pools[one.collection] += [text[span.start : span.end] for span in one.sentences]
    for number, one in enumerate(real):
        yield _placed(one.document, number, dice)
    number = len(real)
    while True:
        for one in real:
            yield _placed(_mixed(one, pools[one.collection], dice), number, dice)
            number += 1


def filter_of(share: str, number: int) -> Filter:
    """One of the filters that leave such a share; the next number gives another."""
    if share == "0.1 %":
        return Filter(domains_allow=(f"host{number % HOSTS}.example",))
    if share == "1 %":
        return Filter(collections=(f"shelf-{number % SHELVES:02}",))
    if share == "10 %":
        return Filter(languages=(f"en-x-{number % LANGUAGES}",))
    if share == "50 %":
        middle = _FIRST_DAY + timedelta(days=_DAYS / 2, seconds=number)
        return Filter(published_after=middle)
    return Filter()


def _placed(document: Document, number: int, dice: random.Random) -> tuple[str, Document]:
    url = f"https://host{dice.randrange(HOSTS)}.example/{number}/{document.url.rsplit('/', 1)[-1]}"
    published = _FIRST_DAY + timedelta(days=dice.randrange(_DAYS))
    language = f"en-x-{dice.randrange(LANGUAGES)}"
    placed = replace(document, url=url, published=published, language=language)
    return f"shelf-{dice.randrange(SHELVES):02}", placed


def _mixed(one: Real, pool: Sequence[str], dice: random.Random) -> Document:
    """Headings stay where they are in the order of sentences; all other sentences are drawn."""
    text, headings = one.document.text, list(one.document.headings)
    pieces: list[str] = []
    moved: list[Heading] = []
    length = before = 0
    for span in one.sentences:
        own = [h for h in headings if span.start <= h.start < span.end]
        sentence = text[span.start : span.end] if own else dice.choice(pool)
        between = text[before : span.start]
        start = length + len(between)
        moved += [replace(h, start=start + h.start - span.start) for h in own]
        pieces += (between, sentence)
        length, before = start + len(sentence), span.end
    return replace(one.document, text="".join(pieces), headings=tuple(moved))
