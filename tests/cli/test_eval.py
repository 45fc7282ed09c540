"""`hydrophone eval`."""

from __future__ import annotations

import os
import shutil
import sqlite3
from contextlib import closing
from pathlib import Path

from tests.cli.test_terminal import at_a_terminal
from tests.running import Shell

DATA = Path(__file__).parent.parent / "evaluation" / "data"


def test_retrieval_is_measured_by_words_and_vectors(shell: Shell) -> None:
    done = shell.run("eval", "retrieval", "--data", str(DATA), "--json")
    assert done.code == 0, done.err
    report = done.json
    [harbour] = report["sets"]
    assert report["ndcg@10"] == harbour["ndcg@10"] == 1.0
    assert report["recall@100"] == report["mrr@10"] == 1.0
    assert (report["method"], report["model"]) == ("fusion", "bge-small-en-v1.5-int8")
    assert (harbour["set"], harbour["split"], harbour["queries"]) == ("harbour", "test", 4)
    assert (harbour["documents"], harbour["passages"]) == (10, 10)
    assert harbour["ndcg@10_interval"] == [1.0, 1.0]
    assert 0 < harbour["latency_ms"]["p50"] <= harbour["latency_ms"]["p99"]
    with closing(sqlite3.connect(shell.data_dir / "evaluation-vectors.db")) as kept:
        assert kept.execute("SELECT count(*) FROM vectors").fetchone() == (10,)
    assert sorted(os.listdir(shell.data_dir)) == ["evaluation-vectors.db"]


def test_without_vectors_a_question_in_other_words_finds_nothing(shell: Shell) -> None:
    done = shell.run("eval", "retrieval", "--data", str(DATA / "harbour"), "--words-only")
    assert done.code == 0, done.err
    assert done.out.splitlines()[0] == "harbour: 4 questions (test), 10 documents, 10 passages"
    assert done.out.splitlines()[1].split()[:2] == ["ndcg@10", "0.750"]
    assert done.out.splitlines()[2].split()[:2] == ["mrr@10", "0.750"]


def test_questions_can_be_chosen(shell: Shell) -> None:
    arguments = ["eval", "retrieval", "--data", str(DATA), "--set", "harbour", "--words-only"]
    report = shell.run(*arguments, "--split", "all", "--limit", "3", "--json").json
    assert report["sets"][0]["queries"] == 3
    assert report["sets"][0]["split"] == "all"
    assert (report["method"], report["model"], report["ndcg@10"]) == ("words", None, 1.0)


def test_what_is_wrong_with_the_data_is_said_in_one_line(shell: Shell, tmp_path: Path) -> None:
    empty = shell.run("eval", "retrieval", "--data", str(tmp_path))
    assert (empty.code, empty.out) == (2, "")
    assert "holds no data set" in empty.err
    unknown = shell.run("eval", "retrieval", "--data", str(DATA), "--set", "mars")
    assert unknown.code == 2
    assert "no data set 'mars'; it has: harbour" in unknown.err
    broken = shutil.copytree(DATA / "harbour", tmp_path / "broken")
    with (broken / "corpus.jsonl").open("a") as corpus:
        corpus.write('{"_id": "oil", \n')
    done = shell.run("eval", "retrieval", "--data", str(broken), "--words-only")
    assert done.code == 2
    assert "corpus.jsonl:11: this is no JSON" in done.err


def test_models_that_are_missing_are_named_with_the_way_around(
    shell: Shell, tmp_path: Path
) -> None:
    done = shell.run(
        "eval", "retrieval", "--data", str(DATA), HYDROPHONE_MODELS_DIR=str(tmp_path / "none")
    )
    assert done.code == 1
    assert "--words-only" in done.err


def test_a_damaged_file_of_vectors_is_named(shell: Shell) -> None:
    shell.data_dir.mkdir()
    (shell.data_dir / "evaluation-vectors.db").write_text("no database " * 100)
    done = shell.run("eval", "retrieval", "--data", str(DATA))
    assert (done.code, done.out) == (1, "")
    assert "evaluation-vectors.db cannot be used" in done.err
    assert "Traceback" not in done.err


def test_words_cannot_be_reranked(shell: Shell) -> None:
    done = shell.run("eval", "retrieval", "--data", str(DATA), "--words-only", "--rerank")
    assert done.code == 2
    assert "--rerank" in done.err


def test_at_a_terminal_the_bars_are_gone_at_the_end(shell: Shell) -> None:
    code, written = at_a_terminal(shell, "eval", "retrieval", "--data", str(DATA), "--words-only")
    assert code == 0
    assert "harbour: asking" in written
