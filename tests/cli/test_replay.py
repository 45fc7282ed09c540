"""`ask --record` and `replay`: the same bytes again, or what is different."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.running import Shell

QUESTION = "Who is the harbour master of Port Aurelia?"


@pytest.fixture(scope="module")
def recording(filled: Shell, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("recordings") / "answer.jsonl"
    done = filled.run("ask", QUESTION, "--collection", "default", "--record", str(path))
    assert done.code == 0
    assert "Ada Quill" in done.out
    return path


def test_a_recorded_answer_plays_again(filled: Shell, recording: Path) -> None:
    done = filled.run("replay", str(recording))
    assert (done.code, done.err) == (0, "")
    assert done.out.startswith("The same ")
    replayed = filled.run("replay", str(recording), "--json").json
    assert replayed["same"] is True
    assert replayed["differences"] == []
    assert replayed["events"] > 4


def test_what_is_different_is_shown_and_fails(filled: Shell, recording: Path) -> None:
    other = recording.with_name("other.jsonl")
    body = recording.read_text("utf-8")
    other.write_text(
        body.replace('"delta":"The harbour master', '"delta":"The old master'), "utf-8"
    )
    done = filled.run("replay", str(other))
    assert done.code == 1
    assert "- " in done.out
    assert "The old master" in done.out
    assert filled.run("replay", str(other), "--update").code == 0
    assert filled.run("replay", str(other)).code == 0


def test_a_file_that_is_no_recording_is_refused(filled: Shell, tmp_path: Path) -> None:
    path = tmp_path / "notes.txt"
    path.write_text("hello\nthere\n", "utf-8")
    done = filled.run("replay", str(path))
    assert done.code == 1
    assert "no recording" in done.err
    missing = filled.run("ask", QUESTION, "--record", str(tmp_path / "none" / "a.jsonl"))
    assert (missing.code, "there is no folder" in missing.err) == (2, True)
