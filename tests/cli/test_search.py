"""`hydrophone search`."""

from __future__ import annotations

from tests.cli.test_ask import stored_text
from tests.running import Shell


def test_pages_come_with_their_passages(filled: Shell) -> None:
    done = filled.run("search", "lighthouse of Port Aurelia")
    assert done.code == 0
    lines = done.out.splitlines()
    assert lines[0] == "  1 Port Aurelia"
    assert "/harbour.md" in lines[1]
    assert any("The lighthouse was lit in 1871." in line for line in lines)


def test_number_limits_the_pages_and_passages_stand_at_their_offsets(filled: Shell) -> None:
    found = filled.run("search", "pier", "-n", "1", "--json").json
    assert found["query"] == "pier"
    (page,) = found["results"]
    assert page["collection"] == "piers"
    for passage in page["passages"]:
        text = stored_text(filled, passage["source_sha256"])
        assert text[passage["start"] : passage["end"]] == passage["text"]


def test_search_can_be_kept_to_a_collection(filled: Shell) -> None:
    found = filled.run("search", "pier harbour", "--collection", "default", "--json").json
    assert {page["collection"] for page in found["results"]} == {"default"}


def test_search_in_nothing_says_where_to_look(shell: Shell) -> None:
    done = shell.run("search", "anything")
    assert (done.code, done.out) == (0, "")
    assert "nothing found" in done.err


def test_search_can_be_kept_to_kinds_of_sources(filled: Shell) -> None:
    found = filled.run("search", "pier", "--kind", "own", "--json").json
    assert {page["kind"] for page in found["results"]} == {"own"}
    assert found["notices"] == []
    nothing = filled.run("search", "pier", "--kind", "sec", "--json").json
    assert nothing["results"] == []
    [notice] = nothing["notices"]
    assert notice["message"] == "No search provider for sec sources is set up."
    assert filled.run("search", "pier", "--kind", "dreams").code == 2
