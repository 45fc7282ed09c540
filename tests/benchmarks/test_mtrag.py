"""The measures of conversations, on outcomes that were made up."""

from __future__ import annotations

import pytest

from hydrophone.engine.queries.follow_up import Asked
from mtrag import Outcome, Task, crossed, fitting, ndcg, shares, silent, task_of


def outcome(kind: str, surely: float, *, loose: bool = True) -> Outcome:
    task = Task((), kind, frozenset(), "")
    return Outcome(task, Asked("q", "q", loose=loose), {}, {}, surely, cites_gold=False)


MADE = [
    *(outcome("answerable", float(n)) for n in range(10)),
    *(outcome("answerable", float(n), loose=False) for n in range(10)),
    *(outcome("unanswerable", -5.0) for _ in range(5)),
]


def test_gold_pages_first_are_worth_more() -> None:
    gold = frozenset({"a", "b"})
    assert ndcg(["a", "b", "c"], gold) == 1.0
    assert ndcg(["c", "a", "b"], gold) < ndcg(["a", "c", "b"], gold) < 1.0
    assert ndcg(["c"], gold) == 0.0


def test_looseness_is_worth_what_brings_the_wanted_share_of_wrong_silence() -> None:
    # Two direct ones are silent at 2.0; two loose ones more make a fifth of the twenty.
    loose = fitting(MADE, 2.0, 0.2)
    assert loose == 0.0
    assert sum(silent(MADE[:20], 2.0, loose)) == 4


def test_only_loose_turns_gain_by_it() -> None:
    assert silent([outcome("x", 1.0), outcome("x", 1.0, loose=False)], 2.0, 1.5) == [False, True]


def test_what_is_far_off_is_silent_in_every_fold() -> None:
    quiet = crossed(MADE, 2.0, 0.2)
    assert quiet[20:] == [1.0] * 5
    assert all(0.0 <= share <= 1.0 for share in quiet)


def test_shares_are_told_by_class() -> None:
    made = [outcome(k, 0.0) for k in ("answerable", "partial", "unanswerable", "underspecified")]
    by_class = shares(made, [0.0, 1.0, 1.0, 0.0])
    assert {kind: one.mean for kind, one in by_class.items()} == pytest.approx(
        {"answerable": 0.0, "partial": 1.0, "unanswerable": 1.0, "underspecified": 0.0}
    )


def test_a_line_of_the_file_is_a_conversation() -> None:
    row = {
        "input": [
            {"speaker": "user", "text": "Do whales sing?"},
            {"speaker": "agent", "text": "They do."},
            {"speaker": "user", "text": "Why? "},
        ],
        "answerability": ["ANSWERABLE"],
        "contexts": [{"document_id": "w", "text": "..."}],
        "targets": [{"text": "Nobody knows."}],
    }
    task = task_of(row)
    assert [turn.role for turn in task.turns] == ["user", "assistant", "user"]
    assert (task.kind, task.last, task.gold) == ("answerable", "Why?", {"eval://w/"})
