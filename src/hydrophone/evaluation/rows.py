"""Reading JSON lines and judgement tables, with errors that name the file and the line."""

from __future__ import annotations

import gzip
import zlib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import orjson

from hydrophone.errors import InvalidRequest

_COLUMNS = (3, 4)


class DataSetError(InvalidRequest):
    """A data set is missing, or is not what it should be; the message names file and line."""


@dataclass(frozen=True, slots=True)
class Row:
    """One JSON object of a file, read field by field."""

    place: str
    fields: Mapping[str, object]

    def text(self, *names: str, default: str | None = None) -> str:
        """The first of the named fields that is there, as text; numbers count as text.

        Raises DataSetError without any, unless there is a default.
        """
        for name in names:
            value = self.fields.get(name)
            if isinstance(value, str | int) and not isinstance(value, bool):
                return str(value)
        if default is not None:
            return default
        raise DataSetError(f"{self.place}: the field {names[0]!r} is missing or is no text")

    def rows(self, name: str) -> list[Row]:
        """A field that is a list of objects."""
        return [Row(self.place, _object(item, self.place)) for item in self.items(name)]

    def items(self, name: str) -> Sequence[object]:
        """A field that is a list. Raises DataSetError on anything else."""
        value = self.fields.get(name)
        if not isinstance(value, list):
            raise DataSetError(f"{self.place}: the field {name!r} is missing or is no list")
        return value

    def texts(self, name: str) -> tuple[str, ...]:
        """A field that is a text, a number or a list of them; nothing when it is not there.

        Raises DataSetError on anything else.
        """
        value = self.fields.get(name)
        if value is None:
            return ()
        items = value if isinstance(value, list) else [value]
        for item in items:
            if not isinstance(item, str | int | float) or isinstance(item, bool):
                raise DataSetError(f"{self.place}: the field {name!r} is no text, nor a list of it")
        return tuple(str(item) for item in items)

    def flag(self, name: str) -> bool:
        """Whether a field is there and true."""
        return self.fields.get(name) is True


def find(folder: Path, stem: str) -> Path | None:
    """`stem` + .jsonl in a folder, gzip-compressed or not; the plain one when there are both."""
    files = (folder / f"{stem}{ending}" for ending in (".jsonl", ".jsonl.gz"))
    return next((file for file in files if file.is_file()), None)


def read_rows(path: Path) -> Iterator[Row]:
    """The objects of a JSON-lines file; blank lines are passed over. Raises DataSetError."""
    for number, line in _lines(path):
        place = f"{path}:{number}"
        try:
            value = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            raise DataSetError(f"{place}: this is no JSON ({error})") from error
        yield Row(place, _object(value, place))


def read_judgements(path: Path) -> dict[str, dict[str, int]]:
    """For each question id the grades of documents by their ids; grades of 0 are left out.

    Reads BEIR's table (query-id, corpus-id, score under a header) and TREC's (query, 0, document,
    grade without one), tabs or spaces between. Raises DataSetError.
    """
    judged: dict[str, dict[str, int]] = {}
    for number, line in _lines(path):
        written = line.decode("utf-8", "replace").strip()
        parts = written.split("\t") if "\t" in written else written.split()
        if number == 1 and not _is_grade(parts[-1]):
            continue
        if len(parts) not in _COLUMNS or not _is_grade(parts[-1]):
            raise DataSetError(
                f"{path}:{number}: expected query-id, corpus-id and a whole number as score"
            )
        question, document, grade = parts[0], parts[-2], parts[-1]
        if int(grade) > 0:
            judged.setdefault(question, {})[document] = int(grade)
    if not judged:
        raise DataSetError(f"{path}: it judges no document relevant")
    return judged


def _lines(path: Path) -> Iterator[tuple[int, bytes]]:
    opened = gzip.open if path.suffix == ".gz" else open
    try:
        with opened(path, "rb") as file:
            for number, line in enumerate(file, start=1):
                if line.strip():
                    yield number, line
    except (OSError, EOFError, zlib.error) as error:
        reason = getattr(error, "strerror", None) or str(error) or type(error).__name__
        raise DataSetError(f"{path} cannot be read: {reason}") from error


def _is_grade(written: str) -> bool:
    return written.removeprefix("-").isdecimal()


def _object(value: object, place: str) -> Mapping[str, object]:
    if not isinstance(value, dict):
        raise DataSetError(f"{place}: expected an object")
    return value
