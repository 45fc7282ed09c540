"""The HTTP application: all routers of this door, their errors, and the API's own documentation."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Sequence
from contextlib import AbstractAsyncContextManager
from typing import Any

from fastapi import APIRouter, FastAPI, Request
from fastapi.openapi.docs import get_redoc_html, get_swagger_ui_html
from fastapi.responses import HTMLResponse, JSONResponse, Response
from fastapi_offline import FastAPIOffline
from starlette.exceptions import HTTPException
from starlette.types import ASGIApp

from hydrophone import __version__
from hydrophone.api.agent.asked.rules import Rules
from hydrophone.api.agent.endpoint import agent_router
from hydrophone.api.batches.endpoint import batches_router
from hydrophone.api.chat.endpoint import chat_router
from hydrophone.api.completions import completions_router
from hydrophone.api.embeddings.endpoint import embeddings_router
from hydrophone.api.errors import (
    error_response,
    on_http_error,
    on_hydrophone_error,
    on_unknown_error,
)
from hydrophone.api.events import events_router
from hydrophone.api.files.endpoint import files_router
from hydrophone.api.models import models_router
from hydrophone.api.openapi import openapi_document
from hydrophone.api.origin import OriginGuard
from hydrophone.api.pages.endpoint import pages_router
from hydrophone.api.request import Express, identify
from hydrophone.api.responses.endpoint import responses_router
from hydrophone.api.responses.shelf import ResponseShelf
from hydrophone.api.search.endpoint import search_router
from hydrophone.api.side.absent import absent_router
from hydrophone.api.side.bots import bots_router
from hydrophone.api.side.conversations import conversations_router
from hydrophone.api.side.tokens import tokens_router
from hydrophone.api.side.traffic import Traffic
from hydrophone.api.sonar_async.endpoint import async_sonar_router
from hydrophone.api.stats import stats_router
from hydrophone.errors import HydrophoneError
from hydrophone.ports import Accounts, House

Lifespan = Callable[[FastAPI], AbstractAsyncContextManager[None]]
_ASSETS = "/static-offline-docs"  # where FastAPIOffline mounts the libraries that it brings
# The libraries begin with a script in the page, and know addresses of their makers' (a badge, a
# validator): the browser is told to load nothing from outside.
_REFERENCE_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; script-src 'self' 'unsafe-inline'; style-src 'self' 'unsafe-inline'; "
        "img-src 'self' data:; font-src 'self' data:; connect-src 'self'; worker-src blob:; "
        "base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    )
}


def build_application(
    house: House,
    *,
    max_body_bytes: int,
    default_model: str,
    cors_origins: Sequence[str],
    strict: bool = False,
    pro_search: bool = True,
    repeat_search_results: bool = False,
    store_responses: bool = True,
    agent_lenient: bool = False,
    egress_networks: Sequence[str] = (),
    pages: Sequence[APIRouter] = (),
    lifespan: Lifespan | None = None,
) -> ASGIApp:
    """The application over a house. `pages` are routers of other doors that share its port.

    `strict` refuses what Perplexity's service refuses and what can be understood all the same;
    without `pro_search` searches of several rounds are refused. `repeat_search_results` puts them
    on every chunk of a chat stream. `store_responses`: those of the Agent dialect whose request
    does not say are stored; with `agent_lenient` it takes what OpenAI's clients send beside it.
    """
    application = FastAPIOffline(
        title="Hydrophone",
        version=__version__,
        summary="An answer engine with citations that are checked.",
        lifespan=lifespan,
        docs_url=None,
        redoc_url=None,
    )
    limits: dict[str, Any] = {"max_body_bytes": max_body_bytes, "default_model": default_model}
    rules = {**limits, "strict": strict, "pro_search": pro_search}
    traffic = Traffic()
    shelf = ResponseShelf(house, stores=store_responses)
    agent_rules = Rules(default_model, strict, agent_lenient, pro_search)
    asking = [
        chat_router(house, **rules, repeat_search_results=repeat_search_results),
        completions_router(house, **rules),
        events_router(house, **limits),
        search_router(house, max_body_bytes=max_body_bytes, strict=strict),
        *(
            []
            if house.sessions_alone
            else [embeddings_router(house, max_body_bytes=max_body_bytes)]
        ),
        tokens_router(house, max_body_bytes=max_body_bytes),
        async_sonar_router(house, **rules),
        agent_router(house, shelf, max_body_bytes=max_body_bytes, rules=agent_rules),
    ]
    application.add_exception_handler(HydrophoneError, on_hydrophone_error)
    application.add_exception_handler(HTTPException, _known_callers_only(house.accounts))
    application.add_exception_handler(Exception, on_unknown_error)
    plain = [
        conversations_router(house),
        models_router(house),
        responses_router(house, shelf),
        stats_router(house, traffic),
        pages_router(house),
        files_router(house),
        batches_router(house, max_body_bytes=max_body_bytes),
        bots_router(egress_networks),
        absent_router(house),
    ]
    shown = [_health_router(house, traffic), _reference_router(application)]
    for router in (*asking, *plain, *shown, *pages):
        application.include_router(router)
    application.openapi = lambda: openapi_document(application)  # type: ignore[method-assign]
    return OriginGuard(
        Express(application, routers=asking, traffic=traffic),
        accounts=house.accounts,
        allowed_origins=cors_origins,
    )


def _known_callers_only(accounts: Accounts) -> Callable[[Request, Exception], Awaitable[Response]]:
    """Which paths there are is for known callers only."""

    async def handle(request: Request, error: Exception) -> Response:
        try:
            await identify(request, accounts)
        except HydrophoneError as refusal:
            return error_response(refusal)
        return await on_http_error(request, error)

    return handle


def _health_router(house: House, traffic: Traffic) -> APIRouter:
    router = APIRouter(tags=["health"])

    @router.get("/health", openapi_extra={"security": []})
    async def health() -> JSONResponse:
        """Whether the server is up; needs no key."""
        models = len(house.models.cards())
        status = "healthy" if house.sessions_alone else "ok"
        body = {"status": status, "version": __version__, "uptime": traffic.uptime_s}
        return JSONResponse({**body, "models": models})

    return router


def _reference_router(application: FastAPI) -> APIRouter:
    """The OpenAPI document as pages; what they load is served from here."""
    router = APIRouter(include_in_schema=False)

    @router.get("/docs")
    async def docs(request: Request) -> Response:
        """Swagger UI."""
        root = request.scope.get("root_path", "")
        page = get_swagger_ui_html(
            openapi_url=f"{root}{application.openapi_url}",
            title=f"{application.title} - API",
            swagger_js_url=f"{root}{_ASSETS}/swagger-ui-bundle.js",
            swagger_css_url=f"{root}{_ASSETS}/swagger-ui.css",
            swagger_favicon_url=f"{root}{_ASSETS}/favicon.png",
        )
        return HTMLResponse(page.body, headers=_REFERENCE_HEADERS)

    @router.get("/redoc")
    async def redoc(request: Request) -> Response:
        """ReDoc."""
        root = request.scope.get("root_path", "")
        page = get_redoc_html(
            openapi_url=f"{root}{application.openapi_url}",
            title=f"{application.title} - API",
            redoc_js_url=f"{root}{_ASSETS}/redoc.standalone.js",
            redoc_favicon_url=f"{root}{_ASSETS}/favicon.png",
            with_google_fonts=False,
        )
        return HTMLResponse(page.body, headers=_REFERENCE_HEADERS)

    return router
