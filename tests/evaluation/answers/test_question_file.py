"""A user's own questions."""

from __future__ import annotations

import gzip
from pathlib import Path

import pytest

from hydrophone.evaluation.answers.question_file import is_question_file, read_questions
from hydrophone.evaluation.rows import DataSetError


def write(path: Path, text: str) -> Path:
    path.write_text(text, "utf-8")
    return path


def test_json_lines_have_all_that_is_known_of_a_question(tmp_path: Path) -> None:
    lines = (
        '{"question": "How high?", "answers": ["9 m", "nine metres"], "url": "a.md", "id": "q7"}\n'
        "\n"
        '{"question": "Who dug it?", "unanswerable": true, "group": "canal"}\n'
        '{"messages": [{"role": "user", "content": "Who?"},'
        ' {"role": "assistant", "content": "Ada"},'
        ' {"role": "user", "content": "And when?"}], "answer": 1871}\n'
    )
    data = read_questions(write(tmp_path / "mine.jsonl", lines))
    high, dug, when = data.questions
    assert (data.name, len(data.documents)) == ("mine", 0)
    assert (high.id, high.text, high.answers) == ("q7", "How high?", ("9 m", "nine metres"))
    assert (high.relevant, high.answerable, high.group) == (("a.md",), True, "q7")
    assert (dug.id, dug.answerable, dug.group, dug.answers) == ("2", False, "canal", ())
    assert [turn.role for turn in when.turns] == ["user", "assistant", "user"]
    assert (when.text, when.answers) == ("And when?", ("1871",))


def test_csv_has_several_answers_in_a_cell(tmp_path: Path) -> None:
    table = (
        "\ufeffquestion,answer,url,unanswerable,owner\n"
        '"How high, and why?",9 m | nine metres,a.md|b.md,,Ada\n'
        ",,,,\n"
        "Who dug it?,,,yes,Bo\n"
    )
    file = tmp_path / "mine.csv.gz"
    file.write_bytes(gzip.compress(table.encode()))
    assert is_question_file(file)
    high, dug = read_questions(file).questions
    assert (high.text, high.answers) == ("How high, and why?", ("9 m", "nine metres"))
    assert (high.relevant, high.answerable) == (("a.md", "b.md"), True)
    assert (dug.text, dug.answerable) == ("Who dug it?", False)


@pytest.mark.parametrize(
    ("name", "text", "said"),
    [
        ("q.jsonl", '{"question": "a"}\n{"question": }\n', r"q\.jsonl:2: this is no JSON"),
        ("q.jsonl", '{"answer": "a"}\n', r"q\.jsonl:1: the field 'question' is missing"),
        ("q.jsonl", '{"question": " "}\n', r"q\.jsonl:1: the question is empty"),
        ("q.jsonl", '{"question": "a", "answer": {}}\n', r"q\.jsonl:1: the field 'answer'"),
        ("q.jsonl", '{"question": "a", "unanswerable": "perhaps"}\n', r":1: .* true nor false"),
        ("q.jsonl", '{"question": "a", "answer": "b", "unanswerable": true}\n', ":1: .*answer and"),
        ("q.jsonl", '{"question": "a", "id": 2}\n{"question": "b"}\n', r":2: the id '2' has come"),
        ("q.jsonl", '{"messages": [{"role": "assistant", "content": "a"}]}\n', ":1: the last of"),
        ("q.jsonl", "", "it holds no questions"),
        ("q.csv", "", r"q\.csv:1: the heading has no column 'question'"),
        ("q.csv", "frage;antwort\n", r"q\.csv:1: the heading has no column 'question'"),
        ("q.csv", "question,answer\na,b\nc,d,e\n", r"q\.csv:3: expected 2 cells"),
        ("q.csv", "question,answer\na\n", r"q\.csv:2: expected 2 cells"),
        ("q.csv", 'question\n"a"b\n', r"q\.csv:2: this is no CSV"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(
    tmp_path: Path, name: str, text: str, said: str
) -> None:
    with pytest.raises(DataSetError, match=said):
        read_questions(write(tmp_path / name, text))


def test_a_file_that_cannot_be_read_is_named(tmp_path: Path) -> None:
    file = tmp_path / "q.csv"
    file.write_bytes("question\nWie grün?".encode("latin-1"))
    with pytest.raises(DataSetError, match=r"q\.csv is no UTF-8 text"):
        read_questions(file)
    (tmp_path / "q.csv.gz").write_bytes(b"no gzip")
    with pytest.raises(DataSetError, match=r"q\.csv\.gz cannot be read"):
        read_questions(tmp_path / "q.csv.gz")
