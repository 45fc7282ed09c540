"""A user's own questions: JSON lines, or CSV under a heading.

Fields: `question`, or `messages` (turns with `role` and `content`, JSON lines only); `answer` or
`answers`; `url` or `urls` of the pages that answer; `unanswerable`; `id`; `group`. All but the
question may be missing. In CSV several answers or URLs stand in one cell, between `|`.
"""

from __future__ import annotations

import csv
import gzip
import io
import zlib
from collections.abc import Iterator
from pathlib import Path

from hydrophone.evaluation.answers.questions import AnswerSet, Asked, turn
from hydrophone.evaluation.answers.sets import right_answers
from hydrophone.evaluation.rows import DataSetError, Row, read_rows
from hydrophone.types import Turn

BETWEEN = "|"
_LISTS = ("answer", "answers", "url", "urls", "aliases")
_YES = {"1", "true", "yes", "y", "x"}
_NO = {"", "0", "false", "no", "n"}
_MOST_CELL_CHARS = 10_000_000


def is_question_file(path: Path) -> bool:
    """Whether it is a file that `read_questions` reads, by its name."""
    return path.is_file() and _ending(path) in (".jsonl", ".ndjson", ".csv")


def read_questions(path: Path) -> AnswerSet:
    """The questions of a file, in its order; no documents. Raises DataSetError, which names file
    and line."""
    rows = _read_csv(path) if _ending(path) == ".csv" else read_rows(path)
    questions: list[Asked] = []
    places: dict[str, str] = {}
    for number, row in enumerate(rows, start=1):
        asked = _asked(row, number)
        if asked.id in places:
            raise DataSetError(
                f"{row.place}: the id {asked.id!r} has come before, at {places[asked.id]}"
            )
        places[asked.id] = row.place
        questions.append(asked)
    if not questions:
        raise DataSetError(f"{path}: it holds no questions")
    return AnswerSet(path.name.split(".")[0], (), questions)


def _asked(row: Row, number: int) -> Asked:
    answers = right_answers(row)
    unanswerable = _flag(row, "unanswerable")
    if unanswerable and answers:
        raise DataSetError(f"{row.place}: the question has an answer and is called unanswerable")
    question_id = row.text("id", "_id", default=str(number))
    return Asked(
        id=question_id,
        turns=_turns(row),
        answers=answers,
        relevant=tuple(one.strip() for name in ("url", "urls") for one in row.texts(name)),
        answerable=not unanswerable,
        group=row.text("group", default=question_id),
    )


def _turns(row: Row) -> tuple[Turn, ...]:
    if "messages" not in row.fields:
        text = row.text("question").strip()
        if not text:
            raise DataSetError(f"{row.place}: the question is empty")
        return (turn("user", text),)
    turns = tuple(turn(one.text("role"), one.text("content")) for one in row.rows("messages"))
    if not turns or turns[-1].role != "user" or not turns[-1].text.strip():
        raise DataSetError(f"{row.place}: the last of 'messages' is no question of the user")
    return turns


def _flag(row: Row, name: str) -> bool:
    value = row.fields.get(name, False)
    if isinstance(value, bool):
        return value
    written = str(value if value is not None else "").strip().lower()
    if written not in _YES | _NO:
        raise DataSetError(f"{row.place}: the field {name!r} is neither true nor false")
    return written in _YES


def _read_csv(path: Path) -> Iterator[Row]:
    csv.field_size_limit(_MOST_CELL_CHARS)
    reader = csv.DictReader(io.StringIO(_read_text(path), newline=""), strict=True)
    try:
        columns = reader.fieldnames or ()
        if "question" not in columns:
            raise DataSetError(
                f"{path}:1: the heading has no column 'question' (comma-separated columns: "
                "question, answer, url, unanswerable, id, group)"
            )
        for cells in reader:
            place = f"{path}:{reader.line_num}"
            if None in cells or None in cells.values():
                raise DataSetError(f"{place}: expected {len(columns)} cells, as in the heading")
            if any(cell.strip() for cell in cells.values()):
                yield Row(place, {name: _cell(name, cell) for name, cell in cells.items() if cell})
    except csv.Error as error:
        raise DataSetError(f"{path}:{reader.line_num + 1}: this is no CSV ({error})") from error


def _cell(name: str, cell: str) -> object:
    if name not in _LISTS:
        return cell
    return [part.strip() for part in cell.split(BETWEEN) if part.strip()]


def _read_text(path: Path) -> str:
    opened = gzip.open if path.suffix == ".gz" else open
    try:
        with opened(path, "rb") as file:
            return file.read().decode("utf-8-sig")
    except UnicodeDecodeError as error:
        raise DataSetError(f"{path} is no UTF-8 text: save it as UTF-8") from error
    except (OSError, EOFError, zlib.error) as error:
        raise DataSetError(f"{path} cannot be read: {error}") from error


def _ending(path: Path) -> str:
    return Path(path.name.removesuffix(".gz")).suffix.lower()
