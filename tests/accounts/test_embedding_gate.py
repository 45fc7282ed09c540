"""The gate of embeddings: what an order costs, and its row."""

from __future__ import annotations

import pytest

from hydrophone.accounts.embedding_gate import EmbeddingGate
from hydrophone.accounts.ledger import MemoryLedger
from hydrophone.errors import InvalidModel, InvalidRequest
from hydrophone.ports import Embedded, EmbeddingCard, EmbeddingOrder
from hydrophone.types import Price, RequestContext

CARD = EmbeddingCard("small", texts=True, documents=False, price=Price(input_usd=2))
ORDER = EmbeddingOrder("small", (("whale",),))


def card_of(model: str) -> EmbeddingCard:
    if model != CARD.id:
        raise InvalidModel("there is no such model", param="model")
    return CARD


async def embed(order: EmbeddingOrder, context: RequestContext) -> Embedded:
    context.meter.add(prompt_tokens=500_000)
    if order.dimensions:
        raise InvalidRequest("too many", param="dimensions")
    return Embedded("tiny", (), 500_000)


async def test_an_order_costs_its_tokens_by_the_price_of_the_id_that_was_asked() -> None:
    ledger = MemoryLedger()
    embedded = await EmbeddingGate(embed, ledger, card_of=card_of).embed(ORDER, RequestContext())
    assert (embedded.model, embedded.cost.total_usd) == ("tiny", 1.0)
    [row] = ledger.rows
    assert (row.model, row.outcome, row.cost_usd) == ("small", "done", 1.0)
    assert row.usage.prompt_tokens == 500_000


async def test_an_order_that_fails_is_a_row_that_costs_nothing() -> None:
    ledger = MemoryLedger()
    gate = EmbeddingGate(embed, ledger, card_of=card_of)
    with pytest.raises(InvalidRequest):
        await gate.embed(EmbeddingOrder("small", (("whale",),), 999), RequestContext())
    [row] = ledger.rows
    assert (row.outcome, row.error_code, row.cost_usd) == ("failed", "invalid_request", 0.0)


async def test_an_unknown_id_is_refused_before_anything_is_written_down() -> None:
    ledger = MemoryLedger()
    gate = EmbeddingGate(embed, ledger, card_of=card_of)
    with pytest.raises(InvalidModel):
        gate.card("large")
    with pytest.raises(InvalidModel):
        await gate.embed(EmbeddingOrder("large", ()), RequestContext())
    assert ledger.rows == ()
