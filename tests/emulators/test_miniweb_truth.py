"""The truth that crawls are measured by is right on a tree whose answer is known."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.emulators.miniweb_truth import Rules, reachable


@pytest.fixture
def tree(tmp_path: Path) -> Path:
    (tmp_path / "deep").mkdir()
    links = '<a href="b.html#part">b</a> <a href="deep/">deep</a> <a href="b.html?q=1">query</a>'
    elsewhere = '<a href="http://other/x.html">x</a> <a href="http://[">broken</a>'
    unwanted = '<a rel="nofollow" href="hidden.html">no</a> <a href="picture.png">picture</a>'
    (tmp_path / "index.html").write_text(links + elsewhere + unwanted)
    (tmp_path / "b.html").write_text('<a href="gone.html">gone</a> <a href="notes.txt">notes</a>')
    (tmp_path / "deep" / "index.html").write_text('<a href="../secret/c.html">c</a>')
    (tmp_path / "secret").mkdir()
    for name in ("secret/c.html", "hidden.html", "unlinked.html", "notes.txt", "picture.png"):
        (tmp_path / name).write_text("<p>words</p>")
    return tmp_path


def test_what_links_lead_to_is_reachable_and_nothing_else(tree: Path) -> None:
    found = reachable(tree, ["/"], Rules())
    assert set(found) == {"/", "/b.html", "/deep/", "/secret/c.html", "/notes.txt"}
    assert found["/deep/"] == tree / "deep" / "index.html"


def test_what_robots_may_not_read_is_not_reachable(tree: Path) -> None:
    assert set(reachable(tree, ["/"], Rules(refused=("/deep", "/notes")))) == {"/", "/b.html"}


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/", True),
        ("/a.html", False),
        ("/tutorial-1.html", True),
        ("/tutorial-secret.html", False),
    ],
)
def test_the_longest_rule_decides(path: str, allowed: bool) -> None:
    rules = Rules(refused=("/", "/tutorial-secret"), admitted=("/tutorial",), root=True)
    assert rules.allow(path) is allowed
