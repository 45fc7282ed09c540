"""Texts as vectors."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Protocol, TypeAlias

from hydrophone.types import Cost, Price, RequestContext

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors: TypeAlias = NDArray[np.float32]


@dataclass(frozen=True, slots=True)
class EmbeddingCard:
    """An id under which vectors can be asked for; which model makes them, `Embedded` says.

    `texts`: for texts that stand alone. `documents`: for the chunks of documents.
    """

    id: str
    texts: bool
    documents: bool
    price: Price = field(default_factory=Price)


@dataclass(frozen=True, slots=True)
class EmbeddingOrder:
    """What is to be embedded: documents, each of chunks in their order.

    A text that stands alone is a document of one chunk. `dimensions`: how many numbers of each
    vector are wanted, or all.
    """

    model: str
    documents: tuple[tuple[str, ...], ...] = field(repr=False)
    dimensions: int | None = None


@dataclass(frozen=True, slots=True)
class Embedded:
    """The vectors: for each document an array of float32, shape (chunks, dimensions), each of
    length 1. `model` names what made them; tokens are its own, the texts' without markers."""

    model: str
    vectors: tuple[Vectors, ...] = field(repr=False)
    tokens: int
    cost: Cost = field(default_factory=Cost)


class Embeddings(Protocol):
    """Turns texts into vectors whose cosine says how near in meaning they are."""

    def card(self, model: str) -> EmbeddingCard:
        """What this id is for. Raises InvalidModel."""

    async def embed(self, order: EmbeddingOrder, context: RequestContext) -> Embedded:
        """The vectors of all chunks; a chunk's depends on its document's other ones.

        Tokens are added to the meter as they are spent, and cancelling stops the work within one
        run of the model. Raises InvalidModel; InvalidRequest, with the place in `param`, for a
        document or an order of too many tokens and for dimensions that there are not; and
        NotConfigured where the model's files are missing.
        """
