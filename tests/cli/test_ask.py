"""`hydrophone ask`: text for people, one object for programs."""

from __future__ import annotations

import asyncio
import sqlite3
from contextlib import closing
from pathlib import Path

from tests.emulators.openai_model import ModelServer, Reply
from tests.running import Shell

QUESTION = "Who is the harbour master of Port Aurelia?"


def stored_text(shell: Shell, sha256: str) -> str:
    """The text of a document version as it lies in the database."""
    with closing(sqlite3.connect(shell.data_dir / "index.db")) as connection:
        row = connection.execute("SELECT text FROM versions WHERE sha256 = ?", [sha256]).fetchone()
    return str(row[0])


def test_answer_has_numbers_and_a_list_of_sources(filled: Shell) -> None:
    done = filled.run("ask", QUESTION, "--collection", "default")
    assert (done.code, done.err) == (0, "")
    answer, _, sources = done.out.partition("\n\nSources\n")
    assert answer.startswith("The harbour master of Port Aurelia is Ada Quill. [1]")
    first = sources.splitlines()[0].split()
    assert first[0] == "1"
    assert first[-1].startswith("file:///")
    assert first[-1].endswith("/harbour.md")


def test_quotes_stand_word_for_word_where_the_citation_says(filled: Shell) -> None:
    done = filled.run("ask", QUESTION, "--json")
    assert done.code == 0
    answer = done.json
    assert answer["question"] == QUESTION
    assert answer["citations"]
    urls = {source["n"]: source["url"] for source in answer["sources"]}
    for citation in answer["citations"]:
        assert citation["verdict"] == "exact"
        assert citation["url"] == urls[citation["n"]]
        text = stored_text(filled, citation["source_sha256"])
        span = text[citation["source_start"] : citation["source_end"]]
        assert span == citation["quote"]
    assert "Ada Quill" in answer["citations"][0]["quote"]
    assert answer["usage"]["search_queries"] == 1


def test_nonsense_is_answered_with_not_in_the_sources(filled: Shell) -> None:
    answer = filled.run("ask", "What is the boiling point of zirconium?", "--json").json
    assert answer["answer"].startswith("The answer is not in the sources")
    assert [notice["type"] for notice in answer["notices"]] == ["not_in_sources"]


def test_collection_and_top_limit_the_sources(filled: Shell) -> None:
    asked = ("ask", "How many cranes has the new pier?", "--json")
    answer = filled.run(*asked, "--collection", "piers", "--top", "1").json
    assert [source["url"] for source in answer["sources"]] == ["https://example.com/new/b"]
    assert "four cranes" in answer["answer"]


def test_first_question_on_an_empty_machine_is_answered_from_the_docs(shell: Shell) -> None:
    done = shell.run("ask", "How do I add my own documents?", HYDROPHONE_OFFLINE="1")
    assert done.code == 0
    assert "hydrophone add" in done.out
    assert "quickstart.md" in done.out


def test_without_model_files_it_asks_by_words_alone(filled: Shell, tmp_path: Path) -> None:
    answer = filled.run("ask", QUESTION, "--json", HYDROPHONE_MODELS_DIR=str(tmp_path)).json
    assert {notice["type"] for notice in answer["notices"]} == {"no_embedder", "no_reranker"}
    assert "Ada Quill" in answer["answer"]
    assert answer["citations"][0]["verdict"] == "exact"


def test_half_a_language_model_is_explained(filled: Shell) -> None:
    done = filled.run("ask", QUESTION, HYDROPHONE_MODEL_URL="http://127.0.0.1:9/v1")
    assert (done.code, done.out) == (1, "")
    assert "HYDROPHONE_MODEL_URL and HYDROPHONE_MODEL" in done.err


def test_language_model_that_does_not_run_is_an_error_of_one_line(filled: Shell) -> None:
    settings = {"HYDROPHONE_MODEL_URL": "http://127.0.0.1:9/v1", "HYDROPHONE_MODEL": "tiny"}
    done = filled.run("ask", QUESTION, **settings)
    assert done.code == 1
    assert done.err.startswith("error: ")
    assert "127.0.0.1:9" in done.err
    assert len(done.err.splitlines()) == 1


async def test_what_the_check_doubts_is_told(filled: Shell) -> None:
    false = "The harbour master of Port Aurelia is Bob Sprat, who was elected in 1877 [1]."
    async with ModelServer(Reply(false)) as server:
        told = {"HYDROPHONE_MODEL_URL": server.url, "HYDROPHONE_MODEL": "tiny"}
        done = await asyncio.to_thread(filled.run, "ask", QUESTION, **told)
        answer = (await asyncio.to_thread(filled.run, "ask", QUESTION, "--json", **told)).json
    assert "doubted: source 1 does not say “The harbour master of Port Aurelia is Bob" in done.err
    assert answer["citations"][0]["verdict"] == "unsupported"
    assert answer["citations"][0]["origin"] == "writer"
