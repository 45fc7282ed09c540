"""What `benchmarks/queries.py` reads and counts."""

from __future__ import annotations

import gzip
import json
from pathlib import Path

import pytest

from queries import read

HOTPOT = {
    "_id": "1",
    "question": "Who?",
    "answer": "Three",
    "paragraphs": [
        {"title": "A", "sentences": ["One.", " Two."]},
        {"title": "B", "sentences": ["Three."]},
    ],
    "supporting": [["B", 0]],
}
MUSIQUE = {
    "question": "Who?",
    "answer": "Three",
    "aliases": ["3"],
    "paragraphs": [
        {"title": "A", "text": "One.", "supporting": True},
        {"title": "A", "text": "Two.", "supporting": False},
    ],
}


@pytest.mark.parametrize(
    ("row", "documents", "gold", "known"),
    [
        (HOTPOT, [("A", "One. Two."), ("B", "Three.")], [1], ("Three",)),
        (MUSIQUE, [("A", "One."), ("A", "Two.")], [0], ("Three", "3")),
    ],
)
def test_each_paragraph_is_a_document_once_and_gold_and_answers_are_known(
    tmp_path: Path,
    row: object,
    documents: list[tuple[str, str]],
    gold: list[int],
    known: tuple[str, ...],
) -> None:
    with gzip.open(tmp_path / "set.jsonl.gz", "wt", encoding="utf-8") as lines:
        lines.write(f"{json.dumps(row)}\n{json.dumps(row)}\n")
    data, answers = read(tmp_path, "set")
    assert [(one.title, one.text) for one in data.documents] == documents
    assert set(data.queries[0].relevant) == {data.documents[n].url for n in gold}
    assert len(data.queries) == 2
    assert answers[data.queries[0].id] == known
