"""`hydrophone sources`, `hydrophone index` and `hydrophone doctor`: what is in the index."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest

from tests.cli.conftest import PAGES
from tests.running import Shell


@pytest.fixture
def kept(filled: Shell, shell: Shell) -> Shell:
    """A copy of the filled data folder, as a backup makes it; the test may change it."""
    shutil.copytree(filled.data_dir, shell.data_dir)
    return shell


def counts(shell: Shell) -> dict[str, int]:
    found = shell.run("sources", "--json").json["collections"]
    return {info["name"]: info["documents"] for info in found}


def found(shell: Shell, query: str) -> list[str]:
    return [page["url"] for page in shell.run("search", query, "--json").json["results"]]


def test_table_counts_documents_by_collection(filled: Shell) -> None:
    done = filled.run("sources")
    assert done.code == 0
    rows = {line.split()[0]: line.split()[1] for line in done.out.splitlines()[1:]}
    assert rows["default"] == str(len(PAGES))
    assert rows["piers"] == "2"


def test_nothing_indexed_says_what_to_do(shell: Shell) -> None:
    assert "hydrophone add" in shell.run("sources").out


def test_unknown_collection_is_an_error(filled: Shell) -> None:
    done = filled.run("sources", "--collection", "nix")
    assert (done.code, done.out) == (1, "")
    assert "'nix'" in done.err


def test_documents_are_deleted_by_the_beginning_of_their_url(kept: Shell) -> None:
    done = kept.run("sources", "--delete", "https://example.com/old/")
    assert (done.code, done.out) == (0, "deleted 1 document\n")
    assert "https://example.com/old/a" not in found(kept, "bollards pier")
    assert counts(kept)["piers"] == 1


def test_collection_is_deleted_whole_and_others_stay(kept: Shell) -> None:
    done = kept.run("sources", "--collection", "piers", "--delete-collection", "--json")
    assert done.json == {"deleted": 2}
    assert "piers" not in counts(kept)
    assert counts(kept)["default"] == len(PAGES)
    assert not [url for url in found(kept, "cranes") if url.startswith("https://")]


def test_prefix_in_one_collection_leaves_the_others_alone(kept: Shell) -> None:
    done = kept.run("sources", "--delete", "https://", "--collection", "default")
    assert done.out == "deleted 0 documents\n"
    assert counts(kept)["piers"] == 2


def test_rebuilt_index_finds_the_same(kept: Shell) -> None:
    before = found(kept, "ferry to the island")
    done = kept.run("index", "rebuild")
    assert (done.code, done.out) == (0, "the index has been built again\n")
    assert found(kept, "ferry to the island") == before
    assert before


def test_doctor_is_content_and_counts_the_index(filled: Shell) -> None:
    done = filled.run("doctor", "--json", HYDROPHONE_OFFLINE="1")
    assert done.code == 0
    states = {finding["about"]: finding["state"] for finding in done.json["findings"]}
    assert states["models"] == states["data"] == states["access"] == "ok"
    assert states["language model"] == "note"


def test_doctor_says_what_to_do_about_missing_models(filled: Shell, tmp_path: Path) -> None:
    done = filled.run("doctor", HYDROPHONE_MODELS_DIR=str(tmp_path), HYDROPHONE_OFFLINE="1")
    assert done.code == 1
    (line,) = [line for line in done.out.splitlines() if line.startswith("problem")]
    assert "models" in line
    assert "pip install" in line


def test_doctor_says_when_the_language_model_does_not_run(filled: Shell) -> None:
    settings = {"HYDROPHONE_MODEL_URL": "http://127.0.0.1:9/v1", "HYDROPHONE_MODEL": "tiny"}
    done = filled.run("doctor", **settings)
    assert done.code == 1
    assert "127.0.0.1:9" in done.out
