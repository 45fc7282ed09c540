"""From the bodies of embeddings to an `EmbeddingOrder`."""

from __future__ import annotations

from collections.abc import Sequence

from hydrophone.api.embeddings.schema import (
    MOST_CHUNKS,
    MOST_INPUTS,
    ContextualizedRequest,
    EmbeddingRequest,
    Encoding,
)
from hydrophone.errors import InvalidModel, InvalidRequest
from hydrophone.ports import EmbeddingCard, EmbeddingOrder

_PERPLEXITY = "pplx-"


def read_texts(body: EmbeddingRequest, card: EmbeddingCard) -> EmbeddingOrder:
    """An order of texts that stand alone. Raises InvalidModel and InvalidRequest."""
    if not card.texts:
        raise _elsewhere(card, "/v1/contextualizedembeddings")
    texts = [body.input] if isinstance(body.input, str) else body.input
    _check_number(len(texts), "texts")
    documents: list[tuple[str, ...]] = []
    for number, text in enumerate(texts):
        if not isinstance(text, str):
            raise InvalidRequest(
                "input holds tokens as numbers, and the model here has other tokens: send text "
                "(in LangChain's OpenAIEmbeddings: check_embedding_ctx_length=False)",
                param="input",
            )
        place = "input" if isinstance(body.input, str) else f"input[{number}]"
        _check_text(text, place)
        documents.append((text,))
    return EmbeddingOrder(body.model, tuple(documents), body.dimensions)


def read_documents(body: ContextualizedRequest, card: EmbeddingCard) -> EmbeddingOrder:
    """An order of documents and their chunks. Raises InvalidModel and InvalidRequest."""
    if not card.documents:
        raise _elsewhere(card, "/v1/embeddings")
    _check_number(len(body.input), "documents")
    chunks = sum(map(len, body.input))
    if chunks > MOST_CHUNKS:
        raise InvalidRequest(f"input has {chunks} chunks; the most is {MOST_CHUNKS}", param="input")
    for number, document in enumerate(body.input):
        _check_document(document, number)
    return EmbeddingOrder(body.model, tuple(map(tuple, body.input)), body.dimensions)


def encoding_of(encoding: Encoding | None, model: str) -> Encoding:
    """The wanted encoding, or the one that the makers of the id give unless told."""
    return encoding or ("base64_int8" if model.startswith(_PERPLEXITY) else "float")


def _check_number(number: int, what: str) -> None:
    if not 1 <= number <= MOST_INPUTS:
        raise InvalidRequest(f"input holds 1 to {MOST_INPUTS} {what}, not {number}", param="input")


def _check_document(chunks: Sequence[str], number: int) -> None:
    if not chunks:
        raise InvalidRequest(f"input[{number}] has no chunks", param=f"input[{number}]")
    for place, chunk in enumerate(chunks):
        _check_text(chunk, f"input[{number}][{place}]")


def _check_text(text: str, place: str) -> None:
    if not text:
        raise InvalidRequest(f"{place} is empty; leave it out", param=place)


def _elsewhere(card: EmbeddingCard, path: str) -> InvalidModel:
    return InvalidModel(f"the model {card.id!r} is asked at POST {path}", param="model")
