"""A maker of vectors that a test chooses, behind the real gate."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass, field
from typing import Any

import numpy as np

from hydrophone.accounts.embedding_gate import EmbeddingGate
from hydrophone.catalog.embeddings import EMBEDDING_MODELS
from hydrophone.errors import InvalidModel
from hydrophone.ports import Embedded, EmbeddingCard, EmbeddingOrder, Embeddings
from hydrophone.types import RequestContext
from tests.api.serving import WatchedLedger

TEXTS, DOCUMENTS = "/v1/embeddings", "/v1/contextualizedembeddings"
PERPLEXITYS, CONTEXTUAL, OPENAIS = (
    "pplx-embed-v1-4b",
    "pplx-embed-context-v1-4b",
    "text-embedding-3-small",
)
DIMENSIONS = 20


def vector(text: str) -> np.ndarray[Any, np.dtype[np.float32]]:
    """Some vector of length 1 that only this text has."""
    numbers = np.random.default_rng(list(text.encode())).normal(size=DIMENSIONS)
    return np.asarray(numbers / np.linalg.norm(numbers), np.float32)


@dataclass
class Maker:
    """Makes vectors, fails or hangs; a character is a token."""

    error: Exception | None = None
    hangs: bool = False
    orders: list[EmbeddingOrder] = field(default_factory=list)
    begun: asyncio.Event = field(default_factory=asyncio.Event)

    async def embed(self, order: EmbeddingOrder, context: RequestContext) -> Embedded:
        self.orders.append(order)
        self.begun.set()
        await asyncio.sleep(3600 if self.hangs else 0)
        if self.error is not None:
            raise self.error
        tokens = sum(len(chunk) for document in order.documents for chunk in document)
        context.meter.add(prompt_tokens=tokens)
        vectors = tuple(np.stack([vector(chunk) for chunk in one]) for one in order.documents)
        return Embedded("the-one-that-ran", vectors, tokens)


def card_of(model: str) -> EmbeddingCard:
    if model not in EMBEDDING_MODELS:
        raise InvalidModel(f"there is no embedding model {model!r}", param="model")
    return EMBEDDING_MODELS[model]


def gate(maker: Maker, ledger: WatchedLedger | None = None) -> Embeddings:
    return EmbeddingGate(maker.embed, ledger or WatchedLedger(), card_of=card_of)
