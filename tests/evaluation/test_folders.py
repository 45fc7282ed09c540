"""Finding and reading data sets of every layout, and saying what is wrong with others."""

from __future__ import annotations

import gzip
import json
from collections.abc import Sequence
from pathlib import Path

import pytest

from hydrophone.evaluation.datasets import DataSet, half_of, limited
from hydrophone.evaluation.folders import find_sets
from hydrophone.evaluation.rows import DataSetError

DATA = Path(__file__).parent / "data"
HARBOUR = DATA / "harbour"


def write(path: Path, rows: Sequence[object]) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    data = "".join(json.dumps(row) + "\n" for row in rows).encode()
    path.write_bytes(gzip.compress(data) if path.suffix == ".gz" else data)


def read_one(folder: Path) -> DataSet:
    (found,) = find_sets(folder)
    return found.read(None)


def relevant_titles(data: DataSet, query: int) -> set[str]:
    titles = {document.url: document.title for document in data.documents}
    return {titles[url] for url in data.queries[query].relevant}


def passage_set(folder: Path, count: int = 40) -> Path:
    write(
        folder / "passages.jsonl.gz",
        [{"_id": f"p{n}", "title": f"T{n}", "text": f"Text {n}."} for n in range(count)],
    )
    write(
        folder / "questions.jsonl.gz",
        [{"_id": f"q{n}", "question": f"Which {n}?", "passage_id": f"p{n}"} for n in range(count)],
    )
    return folder


def test_a_set_in_beirs_layout_is_read_with_its_test_questions() -> None:
    data = read_one(HARBOUR)
    assert (data.name, data.split, len(data.documents)) == ("harbour", "test", 10)
    assert [query.id for query in data.queries] == ["q1", "q2", "q3", "q4"]
    assert relevant_titles(data, 1) == {"The lighthouse"}  # a grade of 0 is not relevant
    assert list(data.queries[2].relevant.values()) == [2]


def test_another_split_and_all_of_them_can_be_asked_for() -> None:
    (found,) = find_sets(HARBOUR)
    assert [query.id for query in found.read("train").queries] == ["q5"]
    assert len(found.read("all").queries) == 5
    assert len(limited(found.read("all"), 2).queries) == 2


def test_judgements_may_lie_beside_the_queries_in_trecs_form(tmp_path: Path) -> None:
    write(tmp_path / "corpus.jsonl.gz", [{"_id": 7, "text": "No title."}])
    write(tmp_path / "queries.jsonl", [{"_id": 1, "text": "What?"}])
    (tmp_path / "qrels_test.tsv").write_text("1 0 7 1\n")
    assert list(read_one(tmp_path).queries[0].relevant.values()) == [1]


def test_passages_and_questions_are_a_set(tmp_path: Path) -> None:
    data = read_one(passage_set(tmp_path / "squad"))
    assert (data.name, data.split, len(data.queries)) == ("squad", "all", 40)
    assert relevant_titles(data, 3) == {"T3"}


def test_a_set_without_a_split_is_halved_by_the_ids_of_its_questions(tmp_path: Path) -> None:
    (found,) = find_sets(passage_set(tmp_path))
    halves = {split: found.read(split).queries for split in ("train", "test")}
    assert sum(map(len, halves.values())) == 40
    assert min(map(len, halves.values())) > 10
    for split, queries in halves.items():
        assert all(half_of(query.id) == split for query in queries)


def test_paragraphs_of_all_questions_are_pooled_once(tmp_path: Path) -> None:
    shared = {"title": "Shared", "sentences": ["One.", " Two."]}
    other = {"title": "Other", "sentences": ["Three."]}
    write(
        tmp_path / "multihop" / "hotpotqa.jsonl",
        [
            {
                "_id": "a",
                "question": "A?",
                "paragraphs": [shared, other],
                "supporting": [["Other", 0]],
            },
            {"_id": "b", "question": "B?", "paragraphs": [shared], "supporting": [["Shared", 1]]},
        ],
    )
    write(
        tmp_path / "multihop" / "musique.jsonl",
        [
            {
                "_id": "c",
                "question": "C?",
                "paragraphs": [
                    {"title": "Same", "text": "Yes.", "supporting": True},
                    {"title": "Same", "text": "No.", "supporting": False},
                ],
            }
        ],
    )
    hotpotqa, musique = (found.read(None) for found in find_sets(tmp_path))
    assert [document.text for document in hotpotqa.documents] == ["One. Two.", "Three."]
    assert [relevant_titles(hotpotqa, n) for n in (0, 1)] == [{"Other"}, {"Shared"}]
    assert len(musique.documents) == 2
    assert list(musique.queries[0].relevant) == [musique.documents[0].url]


def test_a_folder_of_sets_gives_them_in_the_order_of_their_names(tmp_path: Path) -> None:
    passage_set(tmp_path / "zebra")
    passage_set(tmp_path / "ant")
    assert [found.name for found in find_sets(tmp_path)] == ["ant", "zebra"]
    assert [found.name for found in find_sets(tmp_path, ["zebra"])] == ["zebra"]


def test_urls_say_nothing_of_the_documents(tmp_path: Path) -> None:
    write(tmp_path / "passages.jsonl", [{"_id": "Herring", "title": "", "text": "Fish."}])
    write(tmp_path / "questions.jsonl", [{"_id": "1", "question": "?", "passage_id": "Herring"}])
    assert "herring" not in read_one(tmp_path).documents[0].url.lower()


def test_a_folder_without_a_set_says_what_is_looked_for(tmp_path: Path) -> None:
    with pytest.raises(DataSetError, match=r"no data set.*corpus\.jsonl"):
        find_sets(tmp_path)
    with pytest.raises(DataSetError, match="is no folder"):
        find_sets(tmp_path / "nothing")
    with pytest.raises(DataSetError, match="no data set 'mars'; it has: harbour"):
        find_sets(DATA, ["mars"])


BROKEN = {
    "corpus.jsonl": [
        ('{"_id": "1", "text": "A."', r"corpus\.jsonl:1: this is no JSON"),
        ('["1"]', "corpus.jsonl:1: expected an object"),
        ('{"_id": "1"}', "'text' is missing"),
        ('{"_id": "1", "text": "A."}\n{"_id": "1", "text": "B."}', ":2: the id '1' has come"),
        ("\n", "no documents"),
    ],
    "queries.jsonl": [
        ('{"_id": "2", "text": "?"}', "the question 1 is judged but not among"),
        ('{"_id": "1", "text": ["?"]}', "'text' is missing or is no text"),
        ('{"_id": "1", "text": " "}', ":1: the question is empty"),
    ],
    "qrels/test.tsv": [
        ("query-id\tcorpus-id\tscore\n", "judges no document relevant"),
        ("query-id\tcorpus-id\tscore\n1\t1\tyes\n", ":2: expected query-id"),
        ("query-id\tcorpus-id\tscore\n1\t1\n", ":2: expected query-id"),
        ("query-id\tcorpus-id\tscore\n1\t9\t1\n", "the relevant document '9' is not there"),
    ],
}


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [(name, *case) for name, cases in BROKEN.items() for case in cases],
)
def test_what_is_wrong_is_named(tmp_path: Path, name: str, content: str, message: str) -> None:
    write(tmp_path / "corpus.jsonl", [{"_id": "1", "title": "One", "text": "A."}])
    write(tmp_path / "queries.jsonl", [{"_id": "1", "text": "?"}])
    (tmp_path / "qrels").mkdir()
    (tmp_path / "qrels" / "test.tsv").write_text("query-id\tcorpus-id\tscore\n1\t1\t1\n")
    assert len(read_one(tmp_path).queries) == 1
    (tmp_path / name).write_text(content)
    with pytest.raises(DataSetError, match=message):
        read_one(tmp_path)


def test_missing_parts_are_named(tmp_path: Path) -> None:
    write(tmp_path / "corpus.jsonl", [{"_id": "1", "text": "A."}])
    with pytest.raises(DataSetError, match="no judgements"):
        read_one(tmp_path)
    (tmp_path / "qrels_dev.tsv").write_text("1\t1\t1\n")
    with pytest.raises(DataSetError, match="no judgements of 'test', only of: dev"):
        read_one(tmp_path)
    (tmp_path / "qrels_test.tsv").write_text("1\t1\t1\n")
    with pytest.raises(DataSetError, match=r"there is no queries\.jsonl"):
        read_one(tmp_path)


def test_a_torn_archive_is_named(tmp_path: Path) -> None:
    folder = passage_set(tmp_path)
    file = folder / "passages.jsonl.gz"
    file.write_bytes(file.read_bytes()[:-20])
    with pytest.raises(DataSetError, match=r"passages\.jsonl\.gz cannot be read"):
        read_one(folder)
