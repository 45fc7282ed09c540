"""Data sets with right answers, and conversations."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from hydrophone.evaluation.answers.sets import read_sets
from hydrophone.evaluation.rows import DataSetError

TASK = {
    "conversation_id": "c1",
    "task_id": "c1<::>2",
    "contexts": [{"document_id": "d", "text": "Fees are high."}],
    "input": [
        {"speaker": "user", "text": "Which card?"},
        {"speaker": "agent", "text": "Discover."},
        {"speaker": "user", "text": "Is it accepted?"},
    ],
    "targets": [{"speaker": "agent", "text": "Not by many."}],
    "answerability": ["ANSWERABLE"],
}


def write(file: Path, *rows: dict[str, Any]) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_text("".join(json.dumps(row) + "\n" for row in rows), "utf-8")


def squad(folder: Path) -> Path:
    write(
        folder / "passages.jsonl",
        {"_id": "p1", "title": "Cranes", "text": "The crane lifts forty tonnes."},
        {"_id": "p2", "title": "Fog", "text": "A bell rings in fog."},
    )
    write(
        folder / "questions.jsonl",
        {"question": "How much?", "answers": ["forty tonnes", "40 t"], "passage_id": "p1"},
        {"question": "What rings?", "answers": ["a bell"], "passage_id": "p2"},
    )
    return folder


def test_squad_has_answers_and_pages(tmp_path: Path) -> None:
    [data] = read_sets(squad(tmp_path / "harbour"))
    much, rings = data.questions
    assert (data.name, [one.title for one in data.documents]) == ("harbour", ["Cranes", "Fog"])
    assert (much.id, much.text, much.answers) == ("1", "How much?", ("forty tonnes", "40 t"))
    assert much.relevant == (data.documents[0].url,)
    assert rings.relevant == (data.documents[1].url,)
    assert rings.answerable is True


def test_hotpotqa_and_musique_have_answers_and_aliases(tmp_path: Path) -> None:
    paragraphs = [{"title": "Fog", "sentences": ["A bell", " rings."]}]
    more = {"paragraphs": paragraphs, "supporting": [["Fog", 0]]}
    write(tmp_path / "hotpotqa.jsonl", {"_id": "h", "question": "Who?", "answer": "a bell", **more})
    write(
        tmp_path / "musique.jsonl",
        {"_id": "m", "question": "Who?", "answer": "a bell", "aliases": ["the bell"], **more},
    )
    hotpot, musique = read_sets(tmp_path)
    assert hotpot.questions[0].answers == ("a bell",)
    assert musique.questions[0].answers == ("a bell", "the bell")


def test_conversations_have_history_and_know_what_has_no_answer(tmp_path: Path) -> None:
    unanswerable = {**TASK, "task_id": "c2<::>1", "conversation_id": "c2", "contexts": []}
    write(
        tmp_path / "mtrag_part.jsonl",
        TASK,
        {**unanswerable, "answerability": ["UNANSWERABLE"]},
        {**TASK, "task_id": "c1<::>3", "answerability": ["PARTIAL"]},
    )
    [data] = read_sets(tmp_path)
    card, none, partial = data.questions
    assert (data.name, len(data.documents)) == ("mtrag_part", 1)
    assert [turn.role for turn in card.turns] == ["user", "assistant", "user"]
    assert (card.answers, card.relevant) == (("Not by many.",), (data.documents[0].url,))
    assert (card.group, partial.group, none.group) == ("c1", "c1", "c2")
    assert (card.answerable, none.answerable, partial.answerable) == (True, False, None)
    assert none.answers == none.relevant == ()


def test_sets_of_both_kinds_lie_side_by_side_and_can_be_picked(tmp_path: Path) -> None:
    squad(tmp_path / "harbour")
    write(tmp_path / "qa" / "mtrag.jsonl", TASK)
    assert [data.name for data in read_sets(tmp_path)] == ["harbour", "mtrag"]
    assert [data.name for data in read_sets(tmp_path, ["mtrag"])] == ["mtrag"]
    assert [data.name for data in read_sets(tmp_path, ["harbour"])] == ["harbour"]
    with pytest.raises(DataSetError, match="no data set 'mars'"):
        read_sets(tmp_path, ["mars"])


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"answerability": ["MAYBE"]}, "mtrag.jsonl:1: 'answerability' is 'MAYBE'"),
        ({"input": TASK["input"][:2]}, "mtrag.jsonl:1: the last of 'input'"),
        ({"contexts": None}, "mtrag.jsonl:1: the field 'contexts'"),
    ],
)
def test_a_broken_task_is_named(tmp_path: Path, changed: dict[str, Any], said: str) -> None:
    write(tmp_path / "mtrag.jsonl", {**TASK, **changed})
    with pytest.raises(DataSetError, match=said):
        read_sets(tmp_path)


def test_a_folder_without_sets_says_what_one_looks_like(tmp_path: Path) -> None:
    with pytest.raises(DataSetError, match="holds no data set"):
        read_sets(tmp_path)
    with pytest.raises(DataSetError, match="none does not exist"):
        read_sets(tmp_path / "none")
    (tmp_path / "notes.txt").write_text("?")
    with pytest.raises(DataSetError, match="a file of questions"):
        read_sets(tmp_path / "notes.txt")
