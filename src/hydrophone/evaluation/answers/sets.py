"""The data sets that answers are measured on: those of retrieval, with their right answers, and
MTRAG's conversations."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from pathlib import Path

from hydrophone.evaluation.answers.questions import AnswerSet, Asked, turn
from hydrophone.evaluation.datasets import DataSet, address
from hydrophone.evaluation.folders import Found, find_sets
from hydrophone.evaluation.formats import question_id
from hydrophone.evaluation.rows import DataSetError, Row, read_rows
from hydrophone.types import Document

MTRAG_PATTERNS = ("mtrag*.jsonl", "mtrag*.jsonl.gz")
_KINDS = {"ANSWERABLE": True, "UNANSWERABLE": False, "PARTIAL": None, "UNDERSPECIFIED": None}


def read_sets(folder: Path, names: Sequence[str] = ()) -> list[AnswerSet]:
    """The sets in a folder, or in its folders, whole; `names` picks some.

    Raises DataSetError when there is none, or none of a name that is asked for.
    """
    if not folder.exists():
        raise DataSetError(f"{folder} does not exist")
    if not folder.is_dir():
        raise DataSetError(
            f"{folder} is no folder; --data takes a data set's folder, one of many, or a file of "
            "questions (.jsonl, .csv)"
        )
    conversations = {_stem(file): file for file in _conversations(folder)}
    wanted = [name for name in names if name not in conversations]
    found: list[Found] = []
    if wanted or not names:
        try:
            found = find_sets(folder, wanted)
        except DataSetError:
            if wanted or not conversations:
                raise
    sets = [_with_answers(one) for one in found]
    return sets + [
        read_mtrag(file, name) for name, file in conversations.items() if not names or name in names
    ]


def read_mtrag(file: Path, name: str) -> AnswerSet:
    """MTRAG's generation tasks: `input` are the turns so far, `contexts` what answers the last one,
    `targets` an answer, `answerability` whether there is one. All contexts of the file are
    searched together. Partial and underspecified questions count neither way."""
    documents: dict[str, Document] = {}
    questions: list[Asked] = []
    for row in read_rows(file):
        relevant = []
        for context in row.rows("contexts"):
            text = context.text("text")
            url = address(name, len(documents))
            relevant.append(documents.setdefault(text, Document(url, "", text)).url)
        questions.append(_task(row, tuple(dict.fromkeys(relevant))))
    if not documents or not questions:
        raise DataSetError(f"{file}: it holds no {'questions' if documents else 'contexts'}")
    return AnswerSet(name, tuple(documents.values()), questions)


def _task(row: Row, relevant: tuple[str, ...]) -> Asked:
    turns = [turn(one.text("speaker"), one.text("text")) for one in row.rows("input")]
    kind = str(next(iter(row.items("answerability")), ""))
    if not turns or turns[-1].role != "user":
        raise DataSetError(f"{row.place}: the last of 'input' is no turn of the user")
    if kind not in _KINDS:
        raise DataSetError(f"{row.place}: 'answerability' is {kind!r}; known: {', '.join(_KINDS)}")
    task = row.text("task_id", "_id")
    return Asked(
        id=task,
        turns=tuple(turns),
        answers=tuple(one.text("text") for one in row.rows("targets")) if _KINDS[kind] else (),
        relevant=relevant if _KINDS[kind] is not False else (),
        answerable=_KINDS[kind],
        group=row.text("conversation_id", default=task),
    )


def _conversations(folder: Path) -> Iterator[Path]:
    folders = [folder, *sorted(entry for entry in folder.iterdir() if entry.is_dir())]
    for one in folders:
        for pattern in MTRAG_PATTERNS:
            yield from sorted(one.glob(pattern))


def _stem(file: Path) -> str:
    return file.name.split(".")[0]


def _with_answers(found: Found) -> AnswerSet:
    data: DataSet = found.read("all")
    rows = read_rows(found.questions) if found.questions is not None else ()
    answers = {question_id(row, n): right_answers(row) for n, row in enumerate(rows, start=1)}
    questions = [
        Asked(
            id=query.id,
            turns=(turn("user", query.text),),
            answers=answers.get(query.id, ()),
            relevant=tuple(query.relevant),
        )
        for query in data.queries
    ]
    return AnswerSet(data.name, data.documents, questions)


def right_answers(row: Row) -> tuple[str, ...]:
    """The answers of a question: `answers`, `answer` and its `aliases`. Raises DataSetError."""
    found = (one for name in ("answers", "answer", "aliases") for one in row.texts(name))
    return tuple(dict.fromkeys(one for one in found if one.strip()))
