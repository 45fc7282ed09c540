"""The comparison of ways to make vectors."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from embeddings import as_bits, as_int8, passage_task, ranks, reciprocal, sentence_task, unit

ROOT = Path(__file__).parent.parent.parent
PASSAGES = [
    {"_id": "a", "title": "Sea", "text": "Whales sing. They dive to 315 m."},
    {"_id": "b", "title": "", "text": "Cologne has a cathedral."},
    {"_id": "c", "title": "Sea", "text": "Boats hum."},
]
QUESTIONS = [
    {"question": "How deep?", "answers": ["315 m"], "passage_id": "a"},
    {"question": "What?", "answers": ["a cathedral", "cathedral"], "passage_id": "b"},
    {"question": "Where?", "answers": ["nowhere"], "passage_id": "c"},
]


def test_right_are_the_sentences_that_hold_the_answer() -> None:
    task = sentence_task(PASSAGES, QUESTIONS)
    assert task.chunks[1] == "They dive to 315 m."
    assert (task.questions, task.right) == (["How deep?", "What?"], [[1], [2]])


def test_passages_are_chunks_of_their_articles() -> None:
    task = passage_task(PASSAGES, QUESTIONS)
    assert [len(document) for document in task.documents] == [2, 1]
    assert [task.chunks[chunk] for [chunk] in task.right] == [
        PASSAGES[0]["text"],
        PASSAGES[1]["text"],
        PASSAGES[2]["text"],
    ]


def test_the_rank_is_that_of_the_best_right_chunk() -> None:
    questions = np.eye(3, dtype=np.float32)
    chunks = np.array([[1, 0, 0], [0.5, 1, 0], [0.9, 0.5, 1]], np.float32)
    assert ranks(questions, chunks, [[1], [1, 2], [0]]) == [3, 1, 2]
    assert reciprocal([1, 4, 11]) == [1, 0.25, 0]


def test_formats_are_decoded_to_vectors_of_length_one() -> None:
    vectors = unit(np.array([[1.0, -2.0, 3.0, 0.1]], np.float32))
    assert as_int8(vectors)[0] == pytest.approx(vectors[0], abs=0.01)
    assert as_bits(vectors)[0] == pytest.approx([0.5, -0.5, 0.5, 0.5])


@pytest.mark.slow
def test_the_table_has_every_way() -> None:
    done = subprocess.run(
        [sys.executable, "benchmarks/embeddings.py", "--json", "--limit", "12"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        env={**os.environ, "PYTHONPATH": str(ROOT / "src")},
    )
    assert done.returncode == 0, done.stderr
    found = json.loads(done.stdout)
    ways = {(row["task"], row["way"]) for row in found["rows"]}
    assert ("sentences of passages", "with the document") in ways
    assert ("passages of articles", "alone, base64_binary") in ways
    assert found["tokens_a_second"] > 0
