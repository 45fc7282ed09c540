"""The caller's kept conversations with Perplexity's web session, its list of models, and what
programs for the servers before this one look for."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from hydrophone.api.request import add_bodiless, caller, identify, models_for
from hydrophone.errors import NotConfigured
from hydrophone.ports import House, KeptConversation, Sessions
from hydrophone.types import JsonValue

_CHAT = "/v1/chat/completions"


def conversations_router(house: House) -> APIRouter:
    """GET /conversations, DELETE /conversations/{id}, POST /v1/models/refresh."""
    router = APIRouter(tags=["web session"])

    async def listed(request: Request) -> JSONResponse:
        """Your own conversations with Perplexity's web session that this server keeps, the one that
        was used last first."""
        principal, session = await caller(request, house.accounts)
        kept = () if house.sessions is None else house.sessions.conversations(principal, session)
        return JSONResponse({"conversations": [_object(one) for one in kept]})

    async def forget(request: Request) -> JSONResponse:
        """Forget a conversation; nothing is deleted at Perplexity."""
        principal, session = await caller(request, house.accounts)
        _sessions(house).forget(request.path_params["conversation_id"], principal, session)
        return JSONResponse({"status": "deleted"})

    async def refresh(request: Request) -> JSONResponse:
        """Ask Perplexity which models there are."""
        _, session = await caller(request, house.accounts)
        await _sessions(house).refresh_models(session)
        listed = models_for(house.models, session).cards()
        return JSONResponse({"status": "ok", "count": len(listed)})

    read = "The conversations: id, created_at, last_used, message_count, model, title, thread_uuid."
    add_bodiless(router, "GET", ("/conversations", "/v1/conversations"), listed, answer=read)
    add_bodiless(
        router,
        "DELETE",
        ("/conversations/{conversation_id:path}", "/v1/conversations/{conversation_id:path}"),
        forget,
        answer="It is forgotten.",
        errors=(404, 503),
    )
    add_bodiless(
        router,
        "POST",
        ("/v1/models/refresh", "/models/refresh"),
        refresh,
        answer="How many models there are, as they are listed.",
        errors=(401, 429, 502, 503),
    )
    if house.sessions_alone:
        _add_guidance(router, house)
    return router


def _add_guidance(router: APIRouter, house: House) -> None:
    async def guidance(request: Request) -> JSONResponse:
        """How questions are asked here."""
        await identify(request, house.accounts)
        return JSONResponse(
            {
                "object": "endpoint",
                "endpoint": _CHAT,
                "method": "POST",
                "message": "Send a question by POST: model, messages, and stream for a stream.",
                "models": "/v1/models",
                "reference": "/docs",
            }
        )

    add_bodiless(router, "GET", (_CHAT,), guidance, answer="Where to ask, and how.")


def _sessions(house: House) -> Sessions:
    if house.sessions is None:
        raise NotConfigured("this server has no web sessions: nothing may go out of it")
    return house.sessions


def _object(kept: KeptConversation) -> dict[str, JsonValue]:
    return {
        "id": kept.id,
        "created_at": kept.created_at,
        "last_used": kept.last_used_at,
        "message_count": kept.messages,
        "model": kept.model,
        "title": kept.title,
        "thread_uuid": kept.thread,
    }
