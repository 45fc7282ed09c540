"""POST /v1/responses: Perplexity's Agent API and OpenAI's Responses API."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request
from fastapi.responses import Response

from hydrophone.api.agent.asked.rules import Rules
from hydrophone.api.request import BareRoute, add_post
from hydrophone.ports import House

if TYPE_CHECKING:
    from hydrophone.api.responses.shelf import ResponseShelf

PATHS: Sequence[str] = ("/v1/responses", "/v1/agent", "/responses", "/agent")


def agent_router(
    house: House, shelf: ResponseShelf, *, max_body_bytes: int, rules: Rules
) -> APIRouter:
    """The endpoint under all its paths; `shelf` keeps the responses."""
    router = APIRouter(tags=["responses"], route_class=BareRoute)

    async def create_response(request: Request) -> Response:
        """Ask a question, or give the result of a function; with a preset or the tool `web_search`
        it is searched for, and the answer cites its sources. `stream: true` for server-sent
        events, `background: true` to come back for it."""
        from hydrophone.api.agent.creating import create

        return await create(request, house, shelf, max_body_bytes, rules)

    add_post(
        router,
        PATHS,
        create_response,
        schema="AgentRequest",
        answer="A `response`, or with `stream: true` its events.",
        media_types=("application/json", "text/event-stream"),
    )
    return router
