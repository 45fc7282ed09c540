"""Vectors that are remembered between runs."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import numpy as np
import pytest

from hydrophone.evaluation.vector_cache import CachedEmbedder, CacheFailed
from tests.index.support import DIMENSIONS, Vector, hash_vector


class CountingEmbedder:
    """Hashes words, and remembers what it was asked."""

    dimensions = DIMENSIONS

    def __init__(self, model: str = "hash") -> None:
        self.model = model
        self.passages: list[str] = []

    async def embed_query(self, text: str) -> Vector:
        return hash_vector(text)

    async def embed_passages(self, texts: Sequence[str]) -> Vector:
        self.passages += texts
        return np.stack([hash_vector(text) for text in texts])


async def test_a_text_is_embedded_once_and_comes_back_exactly(tmp_path: Path) -> None:
    file = tmp_path / "new" / "vectors.db"
    first = CountingEmbedder()
    made = await CachedEmbedder(first, file).embed_passages(["whales sing", "bats", "whales sing"])
    assert first.passages == ["whales sing", "bats"]
    later = CountingEmbedder()
    kept = await CachedEmbedder(later, file).embed_passages(["bats", "owls", "whales sing"])
    assert later.passages == ["owls"]
    assert made.dtype == kept.dtype == np.float32
    assert np.array_equal(kept[[2, 0]], made[[0, 1]])
    assert np.array_equal(kept[1], hash_vector("owls"))


async def test_models_do_not_share_vectors(tmp_path: Path) -> None:
    file = tmp_path / "vectors.db"
    await CachedEmbedder(CountingEmbedder("one"), file).embed_passages(["whales"])
    other = CountingEmbedder("two")
    await CachedEmbedder(other, file).embed_passages(["whales"])
    assert other.passages == ["whales"]


async def test_nothing_to_embed_is_an_empty_array(tmp_path: Path) -> None:
    cached = CachedEmbedder(CountingEmbedder(), tmp_path / "vectors.db")
    assert (await cached.embed_passages([])).shape == (0, DIMENSIONS)


async def test_a_file_that_is_none_of_ours_is_named(tmp_path: Path) -> None:
    file = tmp_path / "vectors.db"
    file.write_text("not a database, but long enough to look like one" * 20)
    with pytest.raises(CacheFailed, match=r"vectors\.db.*delete it"):
        await CachedEmbedder(CountingEmbedder(), file).embed_passages(["whales"])
