"""The parts of the index benchmark that must be right for its figures to mean something."""

from __future__ import annotations

import sys
from itertools import islice
from pathlib import Path

import pytest

# Benchmarks are scripts: they import their neighbours as scripts do.
sys.path.insert(0, str(Path(__file__).parents[2] / "benchmarks"))

from hydrophone.index.filters import compile_test
from hydrophone.index.sentences import split_sentences
from hydrophone.types import Document, Heading
from index import long_questions
from memory import anonymous_mb
from mixed_texts import SHARES, Real, filter_of, mixed_documents
from tests.index.support import NOW

TEXT = "One\n\nWhales sing. Boats hum.\n\nTwo\n\nBats call at night. Owls hoot."
HEADINGS = (Heading(1, "One", 0), Heading(2, "Two", TEXT.index("Two")))
REAL = [
    Real("c", Document(f"https://a.org/{n}", "T", TEXT, HEADINGS), split_sentences(TEXT))
    for n in range(20)
]


def test_real_documents_come_first_and_mixed_ones_have_their_shape() -> None:
    documents = [document for _, document in islice(mixed_documents(REAL, 1), 60)]
    assert {document.text for document in documents[:20]} == {TEXT}
    for document in documents[20:]:
        for heading in document.headings:
            assert document.text.startswith(heading.text, heading.start)
        assert document.text.count("\n\n") == TEXT.count("\n\n")
    assert len({document.text for document in documents[20:]}) > 20
    assert len({document.url for document in documents}) == 60


@pytest.mark.parametrize("share", SHARES)
def test_a_filter_leaves_about_its_share(share: str) -> None:
    placed = list(islice(mixed_documents(REAL, 1), 20_000))
    test = compile_test(filter_of(share, 3), NOW)
    left = sum(test(document, collection) for collection, document in placed) / len(placed)
    expected = 1.0 if share == "all" else float(share.removesuffix(" %")) / 100
    assert left == pytest.approx(expected, rel=0.5)


def test_every_fifth_question_is_three_in_one() -> None:
    drawn = [f"Q{n}?" for n in range(20)]
    assert long_questions(drawn, 7) == ["Q0? Q1? Q2?", *drawn[3:7], "Q7? Q8? Q9?", "Q10?"]


@pytest.mark.skipif(sys.platform != "linux", reason="only Linux tells it")
def test_memory_that_is_taken_is_seen() -> None:
    before = anonymous_mb()
    taken = bytearray(b"x" * 50_000_000)
    assert anonymous_mb() - before > 40
    del taken
