"""The gate of embeddings: knows the ids, and each order has its row in the ledger."""

from __future__ import annotations

from collections.abc import Awaitable, Callable
from dataclasses import replace
from typing import TypeAlias

from hydrophone.accounts.calls import Call
from hydrophone.accounts.ledger import Ledger
from hydrophone.ports import Embedded, EmbeddingCard, EmbeddingOrder
from hydrophone.types import RequestContext

Embed: TypeAlias = Callable[[EmbeddingOrder, RequestContext], Awaitable[Embedded]]


class EmbeddingGate:
    """Implements the port `Embeddings`: `embed` makes the vectors, `card_of` knows the ids."""

    def __init__(
        self, embed: Embed, ledger: Ledger, *, card_of: Callable[[str], EmbeddingCard]
    ) -> None:
        self._embed = embed
        self._ledger = ledger
        self._card_of = card_of

    def card(self, model: str) -> EmbeddingCard:
        """What this id is for. Raises InvalidModel."""
        return self._card_of(model)

    async def embed(self, order: EmbeddingOrder, context: RequestContext) -> Embedded:
        """Pass the order on. Exactly one ledger row is written, whatever its end.

        Raises what the work raises, StorageError when the ledger cannot be written, and
        InvalidModel, before there is anything to write down.
        """
        price = self._card_of(order.model).price
        call = Call(self._ledger, context, model=order.model, price=price)
        embedded = await call.around(self._embed(order, context))
        return replace(embedded, cost=price.cost(context.meter.usage, "low"))
