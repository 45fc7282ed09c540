"""Following the changes in `index.db` and applying them to the words; building them anew."""

from __future__ import annotations

import asyncio
import logging
import shutil
import sqlite3
import time
from collections.abc import Iterable
from functools import partial
from pathlib import Path

from hydrophone.index.embedded.notes import (
    VECTORS_REBUILT,
    WORDS_PROGRESS,
    WORDS_REBUILT,
    Notes,
    load_notes,
    use_folder,
    write_progress,
)
from hydrophone.index.embedded.signals import Signals
from hydrophone.index.embedded.words import WordsTorn, WordsWriter
from hydrophone.storage.index_db import IndexDatabase
from hydrophone.storage.index_db_changes import (
    Change,
    count_documents,
    forget_changes,
    last_change,
    list_changes,
    list_document_ids,
    write_notes,
)
from hydrophone.storage.index_db_passages import DocumentWords, load_words

COMMIT_EVERY_S = 1.0
BATCH_DOCUMENTS = 1_000
BATCH_PASSAGES = 20_000
_REBUILD_DOCUMENTS = 200
_PREFIX = "words-"
_log = logging.getLogger(__name__)

Replacements = list[tuple[int, DocumentWords | None]]


class WordApplier:
    """Keeps the generation of words up to date. Only the holder of the folder's lock runs it."""

    def __init__(
        self, folder: Path, database: IndexDatabase, signals: Signals, *, alone: bool
    ) -> None:
        """`alone`: nobody keeps vectors here, so a rebuild is over when the words are built."""
        self._alone = alone
        self._folder = folder
        self._database = database
        self._signals = signals
        self._writer: WordsWriter | None = None
        self._committed_s = 0.0
        self._keep_after: int | None = None
        self._behind = False

    async def run(self) -> None:
        """Open or mend the words, then follow changes until closing."""
        try:
            await self._open()
            while not self._signals.closing:
                if not await self._step():
                    await self._signals.wait_words(behind=self._behind)
        finally:
            await asyncio.to_thread(self._close_writer)

    async def _open(self) -> None:
        notes = await self._database.read(load_notes)
        await asyncio.to_thread(self._remove_folders, notes.folder)
        if notes.folder:
            try:
                self._writer = await asyncio.to_thread(
                    WordsWriter, self._folder / notes.folder, create=False
                )
                return
            except WordsTorn as torn:
                _log.warning("The words are built again from the documents: %s", torn)
                await self._database.write(lambda c: use_folder(c, "", 0))
        await self._rebuild()

    async def _step(self) -> bool:
        """Do what is due; whether there may be more right away."""
        notes, newest = await self._database.read(lambda c: (load_notes(c), last_change(c)))
        if self._writer is None or notes.folder != self._writer.folder.name:
            _log.warning("A reader found the words damaged; they are built again")
            await self._rebuild()
            return True
        if notes.rebuild_wanted > notes.words_rebuilt:
            await self._rebuild()
            return True
        behind = newest - notes.applied
        self._behind = behind > 0
        late = time.monotonic() - self._committed_s >= COMMIT_EVERY_S
        if behind and (late or notes.wanted > notes.applied or behind >= BATCH_DOCUMENTS):
            return await self._apply(notes) < newest
        return False

    async def _apply(self, notes: Notes) -> int:
        """Apply the next batch of changes; the number of the last one."""
        changes, words = await self._database.read(lambda c: _next_batch(c, notes.applied))
        applied = changes[-1].seq if changes else notes.applied
        writer = self._writer
        assert writer is not None
        await asyncio.to_thread(_replace_all, writer, words, commit=True)
        keep_after = applied if self._keep_after is None else min(applied, self._keep_after)

        def note(connection: sqlite3.Connection) -> None:
            if load_notes(connection).folder == writer.folder.name:
                use_folder(connection, writer.folder.name, applied)
                forget_changes(connection, keep_after)

        await self._database.write(note)
        self._committed_s = time.monotonic()
        return applied

    async def _rebuild(self) -> None:
        """Build a generation beside the one in use, catch up, then change over at once."""
        notes, start, total = await self._database.read(
            lambda c: (load_notes(c), last_change(c), count_documents(c))
        )
        self._keep_after = start
        fresh = await asyncio.to_thread(self._new_writer)
        try:
            filled_at = await self._fill(fresh, total, start)
            if filled_at is None:
                return
            applied = await self._catch_up(fresh, start, filled_at)
        except BaseException:
            await asyncio.to_thread(_discard, fresh)
            raise
        finally:
            self._keep_after = None

        def change_over(connection: sqlite3.Connection) -> None:
            use_folder(connection, fresh.folder.name, applied)
            rebuilt = [WORDS_REBUILT, VECTORS_REBUILT] if self._alone else [WORDS_REBUILT]
            write_notes(connection, dict.fromkeys(rebuilt, str(notes.rebuild_wanted)))
            write_progress(connection, WORDS_PROGRESS, total, total)

        await self._database.write(change_over)
        await asyncio.to_thread(self._change_writer, fresh)

    async def _fill(self, fresh: WordsWriter, total: int, start: int) -> dict[int, int] | None:
        """Add every document to a new generation; None when closing came before the end.

        Gives the last change at the reading of each document that was read later than `start`.
        """
        filled_at: dict[int, int] = {}
        done = after = 0
        while ids := await self._database.read(
            partial(list_document_ids, after=after, limit=_REBUILD_DOCUMENTS)
        ):
            if self._signals.closing:
                await asyncio.to_thread(_discard, fresh)
                return None
            words, newest = await self._database.read(
                lambda c, ids=ids: (_load_all(c, ids), last_change(c))  # type: ignore[misc]
            )
            if newest > start:
                filled_at |= dict.fromkeys(ids, newest)
            await asyncio.to_thread(_replace_all, fresh, words, commit=False)
            done, after = done + len(ids), ids[-1]
            await self._database.write(
                partial(write_progress, key=WORDS_PROGRESS, done=done, total=max(done, total))
            )
            if self._writer is not None:
                # The generation in use goes on being searched, so it goes on being kept.
                notes = await self._database.read(load_notes)
                if notes.folder == self._writer.folder.name:
                    await self._apply(notes)
        return filled_at

    async def _catch_up(self, fresh: WordsWriter, applied: int, filled_at: dict[int, int]) -> int:
        """Follow the changes from `applied` on, but those that `filled_at` was read after: a
        replaced copy counts in the statistics that scores rest on until its segment is merged."""
        while True:
            changes, words = await self._database.read(partial(_next_batch, applied=applied))
            late = {c.document_id for c in changes if c.seq > filled_at.get(c.document_id, 0)}
            words = [(id_, now) for id_, now in words if id_ in late]
            await asyncio.to_thread(_replace_all, fresh, words, commit=True)
            if not changes:
                return applied
            applied = changes[-1].seq

    def _new_writer(self) -> WordsWriter:
        numbers = [int(f.name.removeprefix(_PREFIX)) for f in self._folders()]
        return WordsWriter(self._folder / f"{_PREFIX}{max(numbers, default=0) + 1}", create=True)

    def _change_writer(self, fresh: WordsWriter) -> None:
        self._close_writer()
        self._writer = fresh
        self._remove_folders(fresh.folder.name)

    def _close_writer(self) -> None:
        if self._writer is not None:
            self._writer.close()
            self._writer = None

    def _folders(self) -> list[Path]:
        found = self._folder.glob(f"{_PREFIX}*")
        return [f for f in found if f.name.removeprefix(_PREFIX).isdecimal()]

    def _remove_folders(self, except_name: str) -> None:
        for folder in self._folders():
            if folder.name != except_name:
                # Where open files cannot be removed, the next start will do it.
                shutil.rmtree(folder, ignore_errors=True)


def _next_batch(connection: sqlite3.Connection, applied: int) -> tuple[list[Change], Replacements]:
    changes = list_changes(connection, applied, BATCH_DOCUMENTS, BATCH_PASSAGES)
    return changes, _load_all(connection, dict.fromkeys(c.document_id for c in changes))


def _load_all(connection: sqlite3.Connection, document_ids: Iterable[int]) -> Replacements:
    return [(id_, load_words(connection, id_)) for id_ in document_ids]


def _replace_all(writer: WordsWriter, words: Replacements, *, commit: bool) -> None:
    for document_id, now in words:
        writer.replace(document_id, now)
    if commit:
        writer.commit()


def _discard(writer: WordsWriter) -> None:
    writer.close()
    shutil.rmtree(writer.folder, ignore_errors=True)
