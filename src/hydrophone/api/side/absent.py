"""Perplexity's endpoints that are not here: 501, in the shape of every other error."""

from __future__ import annotations

from collections.abc import Mapping

from fastapi import APIRouter, Request
from fastapi.responses import Response

from hydrophone.api.errors import error_response
from hydrophone.api.request import identify
from hydrophone.errors import ServiceError
from hydrophone.ports import House

# What begins like this is not here, and why.
ABSENT: Mapping[str, str] = {
    "/v1/browser": "no browser is lent out here; pages are read by asking for them",
    "/v1/skills": "there are no skills here",
    "/v1/decisions": "nothing is decided here; ask POST /v1/chat/completions for structured output",
    "/router/v1": "models are not routed here; ask the model's own server",
}
_NO_VECTORS = "Perplexity's web session makes no vectors; a server with an engine does"
# And this where web sessions are all that answers.
ABSENT_FROM_SESSIONS: Mapping[str, str] = {
    start + path: _NO_VECTORS
    for start in ("/v1", "")
    for path in ("/embeddings", "/contextualizedembeddings")
}
_METHODS = ("GET", "POST", "PUT", "PATCH", "DELETE")
# Perplexity's and OpenAI's clients try again after every other 5xx.
_FOR_GOOD = {"x-should-retry": "false"}


class NotHere(ServiceError):
    """An endpoint of Perplexity's that this server does not have."""

    code = "not_implemented"
    status = 501


def absent_router(house: House) -> APIRouter:
    """The endpoints that are not here, for callers who are known."""
    router = APIRouter()
    absent = {**ABSENT, **ABSENT_FROM_SESSIONS} if house.sessions_alone else ABSENT
    for start, reason in absent.items():
        _add(router, house, start, reason)
    return router


def _add(router: APIRouter, house: House, start: str, reason: str) -> None:
    async def absent(request: Request) -> Response:
        """Say that it is not here."""
        await identify(request, house.accounts)
        path = request.url.path
        response = error_response(NotHere(f"{request.method} {path} is not served: {reason}"))
        response.headers.update(_FOR_GOOD)
        return response

    for path in (start, start + "/{rest:path}"):
        router.add_route(path, absent, methods=list(_METHODS), include_in_schema=False)
