"""The bodies of answers of embeddings and keys, for the OpenAPI document alone.

Tests hold them against what the server sends.
"""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from hydrophone.api.bodies import Shape


class EmbeddingShape(Shape):
    """One vector."""

    object: Literal["embedding"]
    index: int = Field(description="Which text, or chunk of the document, it is of.")
    embedding: str | list[float] = Field(description="In the encoding that was asked for.")


class EmbeddingCostShape(Shape):
    """What the vectors would have cost by the server's price table."""

    currency: Literal["USD"]
    input_cost: float
    total_cost: float


class EmbeddingUsageShape(Shape):
    """The tokens of the input, counted by the model's own tokenizer."""

    prompt_tokens: int
    total_tokens: int
    cost: EmbeddingCostShape


class EmbeddingList(Shape):
    """The vectors of texts, in their order."""

    object: Literal["list"]
    data: list[EmbeddingShape]
    model: str = Field(description="The model that really ran.")
    usage: EmbeddingUsageShape


class DocumentVectors(Shape):
    """The vectors of one document's chunks, in their order."""

    object: Literal["list"]
    index: int = Field(description="Which document it is.")
    data: list[EmbeddingShape]


class ContextualizedList(Shape):
    """The vectors of documents, in their order."""

    object: Literal["list"]
    data: list[DocumentVectors]
    model: str = Field(description="The model that really ran.")
    usage: EmbeddingUsageShape


class GeneratedToken(Shape):
    """A key that has just been made."""

    auth_token: str = Field(description="The key; it is never shown again.")
    created_at_epoch_seconds: int
    token_name: str | None


SIDE_BODIES: tuple[type[Shape], ...] = (EmbeddingList, ContextualizedList, GeneratedToken)
