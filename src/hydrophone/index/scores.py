"""Packing vectors, and exact cosine similarity."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from hydrophone.errors import InvalidRequest
from hydrophone.index.base import Embedding, IndexFailed

# Sums in another order differ in the seventh digit; equal vectors must tie.
_DIGITS = 6


def pack_vectors(vectors: NDArray[np.float32]) -> list[bytes]:
    """Each row as little-endian float16."""
    return [row.tobytes() for row in np.ascontiguousarray(vectors, dtype="<f2")]


def unpack_vectors(rows: Sequence[bytes], dimensions: int) -> NDArray[np.float16]:
    """The packed rows as an array (n, dimensions)."""
    return np.frombuffer(b"".join(rows), dtype="<f2").reshape(len(rows), dimensions)


def score_rows(rows: NDArray[np.float16], vector: NDArray[np.float32]) -> NDArray[np.float64]:
    """Cosine similarity of unit rows (n, d) with a unit vector (d,)."""
    scores = rows.astype(np.float32) @ vector.astype(np.float32)
    exact: NDArray[np.float64] = scores.astype(np.float64)
    return exact.round(_DIGITS)


def check_query_vector(vector: NDArray[np.float32], dimensions: int) -> None:
    """Raises InvalidRequest on a query vector of another shape."""
    if vector.shape != (dimensions,):
        raise InvalidRequest(
            f"the query vector has the shape {vector.shape}, the index has {dimensions} dimensions",
            param="vector",
        )


async def embed_texts(embedding: Embedding, texts: Sequence[str]) -> list[bytes]:
    """The packed vectors of texts. Raises IndexFailed on an array of another shape."""
    assert embedding.embed is not None
    vectors = await embedding.embed(texts)
    if vectors.shape != (len(texts), embedding.dimensions):
        raise IndexFailed(
            f"{embedding.model} gave vectors of the shape {vectors.shape} "
            f"for {len(texts)} texts and {embedding.dimensions} dimensions"
        )
    return pack_vectors(vectors)
