"""The ids that vectors are asked for under. One model makes all of them; the answer names it."""

from __future__ import annotations

from collections.abc import Mapping

from hydrophone.ports import EmbeddingCard
from hydrophone.types import Price


def _card(
    model: str, *, texts: bool = True, documents: bool = False, usd: float = 0.0
) -> EmbeddingCard:
    return EmbeddingCard(model, texts=texts, documents=documents, price=Price(input_usd=usd))


# Perplexity's prices, of a million tokens.
EMBEDDING_MODELS: Mapping[str, EmbeddingCard] = {
    card.id: card
    for card in (
        _card("pplx-embed-v1-0.6b", usd=0.004),
        _card("pplx-embed-v1-4b", usd=0.03),
        _card("pplx-embed-context-v1-0.6b", texts=False, documents=True, usd=0.008),
        _card("pplx-embed-context-v1-4b", texts=False, documents=True, usd=0.05),
        _card("text-embedding-3-small"),
        _card("text-embedding-3-large"),
        _card("text-embedding-ada-002"),
        _card("bge-small-en-v1.5", documents=True),
        _card("bge-small-en-v1.5-int8", documents=True),
    )
}
