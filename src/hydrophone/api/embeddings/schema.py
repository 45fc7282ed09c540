"""The request bodies of embeddings, as they come over the wire. Unknown fields are ignored."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from hydrophone.api.request import Body

MOST_INPUTS = 512
MOST_CHUNKS = 16_000
LEAST_DIMENSIONS = 128

Encoding = Literal["base64_int8", "base64_binary", "float", "base64"]


class EmbeddingFields(Body):
    """The fields that both bodies have."""

    model: str = Field(
        description="Perplexity's or OpenAI's id; the answer names the model that really ran."
    )
    dimensions: int | None = Field(
        default=None,
        ge=LEAST_DIMENSIONS,
        description="How many numbers of each vector are wanted, up to the model's; else all.",
    )
    encoding_format: Encoding | None = Field(
        default=None,
        description=(
            "base64_int8: signed bytes; base64_binary: a bit a number, the lowest first; float: "
            "numbers; base64: little-endian float32. Unless given base64_int8 for Perplexity's "
            "ids and float for others."
        ),
    )


class EmbeddingRequest(EmbeddingFields):
    """The body of POST /v1/embeddings."""

    input: str | list[str] | list[int] | list[list[int]] = Field(
        description=f"A text, or 1 to {MOST_INPUTS} that are embedded each for itself.",
        json_schema_extra={
            "anyOf": [
                {"type": "string", "minLength": 1},
                {
                    "type": "array",
                    "items": {"type": "string", "minLength": 1},
                    "minItems": 1,
                    "maxItems": MOST_INPUTS,
                },
            ]
        },
    )


class ContextualizedRequest(EmbeddingFields):
    """The body of POST /v1/contextualizedembeddings."""

    input: list[list[str]] = Field(
        description=(
            f"1 to {MOST_INPUTS} documents, each a list of its chunks in their order; all in all "
            f"at most {MOST_CHUNKS} chunks."
        ),
        json_schema_extra={"minItems": 1, "maxItems": MOST_INPUTS},
    )
