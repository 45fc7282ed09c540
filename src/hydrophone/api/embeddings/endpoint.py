"""POST /embeddings and /contextualizedembeddings: texts in, vectors out."""

from __future__ import annotations

from collections.abc import Sequence

from fastapi import APIRouter, Request
from fastapi.responses import Response

from hydrophone.api.request import BareRoute, add_post
from hydrophone.ports import House

PATHS: Sequence[str] = ("/v1/embeddings", "/embeddings")
CONTEXTUALIZED_PATHS: Sequence[str] = ("/v1/contextualizedembeddings", "/contextualizedembeddings")


def embeddings_router(house: House, *, max_body_bytes: int) -> APIRouter:
    """Both endpoints under all their paths."""
    router = APIRouter(tags=["embeddings"], route_class=BareRoute)

    async def embeddings(request: Request) -> Response:
        """Turn texts into vectors, each for itself."""
        from hydrophone.api.embeddings.making import embed_texts

        return await embed_texts(request, house, max_body_bytes)

    async def contextualized(request: Request) -> Response:
        """Turn the chunks of documents into vectors, each with its document in view."""
        from hydrophone.api.embeddings.making import embed_documents

        return await embed_documents(request, house, max_body_bytes)

    answer = "The vectors, in the order of the input."
    add_post(router, PATHS, embeddings, schema="EmbeddingRequest", answer=answer)
    schema = "ContextualizedRequest"
    add_post(router, CONTEXTUALIZED_PATHS, contextualized, schema=schema, answer=answer)
    return router
