"""The parts of the answer benchmark that must be right for its figures to mean something."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

# Benchmarks are scripts: they import their neighbours as scripts do.
sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

from answer import row
from asking import draw, question_of
from mixed_vectors import mix, spread
from rivals import ExactScan, Fts5


def unit_rows(count: int) -> np.ndarray:
    rows = np.random.default_rng(1).standard_normal((count, 384)).astype(np.float32)
    return rows / np.linalg.norm(rows, axis=1, keepdims=True)


def test_positions_are_spread_from_the_first_to_the_last() -> None:
    assert spread(101, 5) == [0, 25, 50, 75, 100]
    assert spread(3, 5) == [0, 1, 2]


def test_embedded_vectors_stay_and_mixed_ones_lie_near_their_neighbours() -> None:
    real = unit_rows(5)
    mixed = mix(spread(101, 5), real, 101, seed=1)
    assert np.array_equal(mixed[[0, 25, 50, 75, 100]], real)
    assert np.allclose(np.linalg.norm(mixed, axis=1), 1, atol=1e-5)
    between = mixed[1:25] @ real.T
    assert (between[:, :2].max(axis=1) > 0.5).all()
    assert (between[:, 2:] < 0.4).all()


def test_mixing_is_the_same_each_time_and_for_each_seed_another() -> None:
    real = unit_rows(5)
    first, second, other = (mix(spread(50, 5), real, 50, seed=seed) for seed in (1, 1, 2))
    assert np.array_equal(first, second)
    assert not np.array_equal(first, other)


@pytest.mark.parametrize(
    ("sentence", "question"),
    [
        (
            "To rebuild an index from scratch, use REINDEX at a quiet time.",
            "How do I rebuild an index from scratch?",
        ),
        (
            "The write-ahead log file is a record that every change is written to first.",
            "What is the write-ahead log file?",
        ),
        ("PostgreSQL is a relational database system with many features.", None),
        ("To do this in the following session, set the parameter first of all.", None),
        ("This is a sentence that asks for nothing that anybody would ask.", None),
        ("To rebuild an index, wait.", None),
    ],
)
def test_questions_are_made_of_sentences_that_answer_them(
    sentence: str, question: str | None
) -> None:
    assert question_of(sentence) == question


def test_each_document_gives_at_most_one_question_and_a_seed_the_same_ones() -> None:
    documents = [
        [f"The {name} engine is a part of the ship that moves it. The {name} sail is a big cloth."]
        for name in ("red", "green", "blue", "white")
    ]
    drawn = draw(documents, 4, seed=3)
    assert drawn == draw(documents, 4, seed=3)
    assert len({question.split()[3] for question in drawn}) == 4
    with pytest.raises(ValueError, match="only 4 questions"):
        draw(documents, 5, seed=3)


def test_the_rivals_find_what_they_should(tmp_path: Path) -> None:
    texts = ["Whales sing at night.", "Dolphins whistle by day.", "A ship is out there."]
    passages = [(n, "Title", "", text) for n, text in enumerate(texts, start=1)]
    words = Fts5(tmp_path / "words.db", passages)
    assert words.find("When do dolphins whistle?", 60) == [2]
    words.close()
    rows = unit_rows(200)
    assert ExactScan(rows.astype(np.float16)).find(rows[7], 10)[0] == 7


def test_a_row_holds_the_median_and_the_cpu_time_of_one() -> None:
    measured = row("search", [0.001, 0.002, 0.009], cpu_s=0.03)
    assert measured.p50_ms == pytest.approx(2)
    assert measured.cpu_ms == pytest.approx(10)
