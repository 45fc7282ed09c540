"""The HTTP application: all routers of this door, their errors, and the API's own documentation."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

from fastapi import APIRouter, FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.responses import JSONResponse
from fastapi_offline import FastAPIOffline
from pydantic.json_schema import models_json_schema
from starlette.exceptions import HTTPException

from hydrophone import __version__
from hydrophone.api.chat import chat_router
from hydrophone.api.chat_schema import ChatRequest
from hydrophone.api.errors import on_http_error, on_hydrophone_error, on_unknown_error
from hydrophone.api.events import EventsRequest, events_router
from hydrophone.api.models import models_router
from hydrophone.api.origin import OriginGuard
from hydrophone.errors import HydrophoneError
from hydrophone.ports import House

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]
_BODIES = (ChatRequest, EventsRequest)


def build_application(
    house: House,
    *,
    max_body_bytes: int,
    default_model: str,
    cors_origins: Sequence[str],
    pages: Sequence[APIRouter] = (),
    lifespan: Lifespan | None = None,
) -> FastAPI:
    """The application over a house. `pages` are routers of other doors that share its port."""
    application = FastAPIOffline(
        title="Hydrophone",
        version=__version__,
        summary="An answer engine with citations that are checked.",
        lifespan=lifespan,
    )
    application.add_middleware(
        OriginGuard, is_open=lambda: house.accounts.open, allowed_origins=cors_origins
    )
    application.add_exception_handler(HydrophoneError, on_hydrophone_error)
    application.add_exception_handler(HTTPException, on_http_error)
    application.add_exception_handler(Exception, on_unknown_error)
    limits: dict[str, Any] = {"max_body_bytes": max_body_bytes, "default_model": default_model}
    application.include_router(chat_router(house, **limits))
    application.include_router(events_router(house, **limits))
    application.include_router(models_router(house))
    application.include_router(_health_router())
    for router in pages:
        application.include_router(router)
    application.openapi = lambda: _openapi(application)  # type: ignore[method-assign]
    return application


def _health_router() -> APIRouter:
    router = APIRouter(tags=["health"])

    @router.get("/health")
    async def health() -> JSONResponse:
        """Whether the server is up; needs no key."""
        return JSONResponse({"status": "ok", "version": __version__})

    return router


def _openapi(application: FastAPI) -> dict[str, Any]:
    """The OpenAPI document. Bodies are read by hand, so their schemas are added by hand."""
    if application.openapi_schema is None:
        document = get_openapi(
            title=application.title,
            version=application.version,
            summary=application.summary,
            routes=application.routes,
        )
        _, definitions = models_json_schema(
            [(body, "validation") for body in _BODIES],
            ref_template="#/components/schemas/{model}",
        )
        components = document.setdefault("components", {})
        components.setdefault("schemas", {}).update(definitions["$defs"])
        components["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
        document["security"] = [{"key": []}, {}]
        application.openapi_schema = document
    return application.openapi_schema
