"""From bodies to orders."""

from __future__ import annotations

import pytest

from hydrophone.api.embeddings.order import encoding_of, read_documents
from hydrophone.api.embeddings.schema import ContextualizedRequest
from hydrophone.catalog.embeddings import EMBEDDING_MODELS
from hydrophone.errors import InvalidRequest
from hydrophone.ports import EmbeddingOrder

MODEL = "pplx-embed-context-v1-0.6b"
CARD = EMBEDDING_MODELS[MODEL]


def read(documents: list[list[str]]) -> EmbeddingOrder:
    return read_documents(ContextualizedRequest(model=MODEL, input=documents), CARD)


def test_16000_chunks_are_the_most() -> None:
    assert len(read([["a"] * 8000] * 2).documents[1]) == 8000
    with pytest.raises(InvalidRequest, match="16001 chunks") as caught:
        read([["a"] * 8000, ["a"] * 8001])
    assert caught.value.param == "input"


def test_512_documents_are_the_most() -> None:
    assert len(read([["a"]] * 512).documents) == 512
    with pytest.raises(InvalidRequest, match="513"):
        read([["a"]] * 513)


def test_a_wanted_encoding_is_taken_for_every_id() -> None:
    assert encoding_of("float", MODEL) == "float"
    assert encoding_of("base64_binary", "text-embedding-3-small") == "base64_binary"
    assert (encoding_of(None, MODEL), encoding_of(None, "x")) == ("base64_int8", "float")
