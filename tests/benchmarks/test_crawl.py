"""The parts of the crawl benchmark and of the fifty questions that their figures stand on."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from crawl import HYDROPHONE, SCRAPY, Cost, median, ratio, table
from miniweb import SITES
from quotes import Answer
from webquestions import Asked, figures, is_cited, place, read_questions, sites

NAMED = Path(__file__).parents[2] / "benchmarks" / "named.py"


def cost(pages: int, cpu_s: float) -> Cost:
    return Cost(pages, pages, pages + 10, cpu_s, 30.0, 200.0)


def test_the_ratio_is_the_median_over_neighbouring_rounds() -> None:
    costs = {
        HYDROPHONE: [cost(100, 2), cost(100, 4), cost(100, 5)],
        SCRAPY: [cost(100, 4), cost(100, 6), cost(90, 9)],
    }
    assert ratio(costs) == 2.0
    assert median(costs[SCRAPY]).cpu_s == 6
    assert "ratio: 2.00 (at least 1.5: reached)" in table(costs, SITES[:1])
    slow = {HYDROPHONE: [cost(100, 4)], SCRAPY: [cost(100, 5)]}
    assert "ratio: 1.25 (at least 1.5: MISSED)" in table(slow, SITES[:1])


@pytest.mark.parametrize(
    ("name", "said"),
    [("git.test", "127.0.10.13"), ("other.test", "Name or service not known")],
)
def test_only_the_names_of_the_web_are_known(name: str, said: str, tmp_path: Path) -> None:
    (tmp_path / "look.py").write_text(
        "import socket, sys\nprint(socket.getaddrinfo(sys.argv[1], 80)[0][4][0])\n"
    )
    done = subprocess.run(
        [sys.executable, str(NAMED), '{"git.test": "127.0.10.13"}', "look", name],
        env={"PYTHONPATH": str(tmp_path)},
        capture_output=True,
        text=True,
    )
    assert said in done.stdout + done.stderr


def test_there_are_fifty_different_questions_over_eight_packages_or_more() -> None:
    questions = read_questions()
    assert len({question.text for question in questions}) == 50
    hosts = {page.partition("/")[0] for question in questions for page in question.pages}
    assert hosts <= {site.name for site in sites()}
    assert len({site.manual.package for site in sites()}) >= 8


def test_a_right_page_counts_whatever_the_port_was() -> None:
    question = Asked("Why?", frozenset({"git.test/git-gc.html", "git.test/git-prune.html"}))
    right = Answer("", frozenset({"http://git.test:8000/git-prune.html#x"}), False, 0.1)
    wrong = Answer("", frozenset({"http://git.test:8000/git.html"}), True, 0.1)
    assert place("http://git.test:8000/a/b.html?c=d#e") == "git.test/a/b.html"
    assert is_cited(question, right)
    assert not is_cited(question, wrong)
    shares = figures([question, question], [right, wrong])
    assert [one.k for one in shares.values()] == [1, 1, 1]
