"""The bodies of answers: vectors of texts, and vectors of documents."""

from __future__ import annotations

from hydrophone.api.embeddings.encodings import encode
from hydrophone.api.embeddings.schema import Encoding
from hydrophone.ports import Embedded
from hydrophone.types import JsonValue


def texts_body(embedded: Embedded, encoding: Encoding) -> dict[str, JsonValue]:
    """What POST /embeddings answers with; many vectors take too long for the event loop."""
    data: list[JsonValue] = [
        {"object": "embedding", "index": number, "embedding": encode(vectors[0], encoding)}
        for number, vectors in enumerate(embedded.vectors)
    ]
    return _body(embedded, data)


def documents_body(embedded: Embedded, encoding: Encoding) -> dict[str, JsonValue]:
    """What POST /contextualizedembeddings answers with."""
    data: list[JsonValue] = [
        {
            "object": "list",
            "index": number,
            "data": [
                {"object": "embedding", "index": place, "embedding": encode(vector, encoding)}
                for place, vector in enumerate(vectors)
            ],
        }
        for number, vectors in enumerate(embedded.vectors)
    ]
    return _body(embedded, data)


def _body(embedded: Embedded, data: list[JsonValue]) -> dict[str, JsonValue]:
    return {
        "object": "list",
        "data": data,
        "model": embedded.model,
        "usage": {
            "prompt_tokens": embedded.tokens,
            "total_tokens": embedded.tokens,
            "cost": {
                "currency": "USD",
                "input_cost": embedded.cost.input_usd,
                "total_cost": embedded.cost.total_usd,
            },
        },
    }
