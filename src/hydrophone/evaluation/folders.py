"""Finding the data sets of a folder."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from hydrophone.evaluation.datasets import DataSet, Split
from hydrophone.evaluation.formats import (
    PARAGRAPH_SETS,
    read_beir,
    read_paragraphs,
    read_passages,
)
from hydrophone.evaluation.rows import DataSetError, find


@dataclass(frozen=True, slots=True)
class Found:
    """A set that lies in a folder; `read` reads it and raises DataSetError. `questions` is the file
    that its questions stand in, None when it is missing."""

    name: str
    read: Callable[[Split | None], DataSet]
    questions: Path | None = None


def find_sets(folder: Path, names: Sequence[str] = ()) -> list[Found]:
    """The sets in a folder, or in its folders, in the order of their names; `names` picks some.

    Raises DataSetError when there is none, or none of a name that is asked for.
    """
    if not folder.is_dir():
        raise DataSetError(
            f"{folder} is no folder; --data takes a data set's folder, or one of many"
        )
    found = list(_recognise(folder))
    found = found or [one for sub in _folders(folder) for one in _recognise(sub)]
    found.sort(key=lambda one: one.name)
    if not found:
        raise DataSetError(
            f"{folder} holds no data set: neither corpus.jsonl, queries.jsonl and qrels/*.tsv "
            "(BEIR), nor passages.jsonl and questions.jsonl, nor hotpotqa.jsonl or musique.jsonl; "
            "each may be gzip-compressed (.jsonl.gz)"
        )
    known = ", ".join(one.name for one in found)
    for name in names:
        if all(one.name != name for one in found):
            raise DataSetError(f"{folder} has no data set {name!r}; it has: {known}")
    return [one for one in found if not names or one.name in names]


def _folders(folder: Path) -> list[Path]:
    try:
        return sorted(entry for entry in folder.iterdir() if entry.is_dir())
    except OSError as error:
        raise DataSetError(f"{folder} cannot be read: {error.strerror}") from error


def _recognise(folder: Path) -> Iterator[Found]:
    name = folder.resolve().name
    if find(folder, "corpus") is not None:
        yield Found(name, partial(read_beir, folder, name), find(folder, "queries"))
    elif find(folder, "passages") is not None and find(folder, "questions") is not None:
        yield Found(name, partial(read_passages, folder, name), find(folder, "questions"))
    else:
        for stem in PARAGRAPH_SETS:
            file = find(folder, stem)
            if file is not None:
                yield Found(stem, partial(read_paragraphs, file, stem), file)
