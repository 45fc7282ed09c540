"""What every endpoint does with a request first: who is it, how large, is it JSON, does it fit."""

from __future__ import annotations

import logging
import re
from collections.abc import Awaitable, Callable, Coroutine, Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

import orjson
from fastapi import APIRouter, Request, Response
from fastapi.routing import APIRoute
from pydantic import BaseModel, ConfigDict, ValidationError
from starlette.requests import ClientDisconnect
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hydrophone.api.errors import (
    DOCUMENTED_ERRORS,
    error_response,
    schema_error,
    unknown_error_response,
)
from hydrophone.api.side.traffic import Traffic
from hydrophone.errors import HydrophoneError, InvalidRequest, PayloadTooLarge
from hydrophone.ports import SESSION_HEADER, Accounts, Credentials, ModelCard, Models, Preset
from hydrophone.types import JsonValue, Principal, Secret

Schema = TypeVar("Schema", bound=BaseModel)
_log = logging.getLogger(__name__)
_DOUBLED = "/v1/v1/"
_SESSION_HEADER = SESSION_HEADER.encode()
_IN_PATH = re.compile(r"{(\w+)(?::\w+)?}")

Endpoint = Callable[[Request], Coroutine[Any, Any, Response]]


class Body(BaseModel):
    """A part of a request body. Unknown fields are ignored."""

    # Built at the first request, not at the start: a body costs some 20 ms.
    model_config = ConfigDict(extra="ignore", strict=False, defer_build=True)


class BareRoute(APIRoute):
    """A documented route whose endpoint takes the bare request and gives a ready response, so that
    `Express` can go straight to it."""


def add_post(
    router: APIRouter,
    paths: Sequence[str],
    endpoint: Endpoint,
    *,
    schema: type[BaseModel] | str,
    answer: str,
    media_types: Sequence[str] = ("application/json",),
) -> None:
    """`endpoint` under all `paths`; the first is the documented one, with a body of `schema`, which
    is named where it is loaded late, and an `answer` of these media types."""
    name = schema if isinstance(schema, str) else schema.__name__
    reference = {"$ref": f"#/components/schemas/{name}"}
    content = {"application/json": {"schema": reference}}
    found = {"description": answer, "content": {name: {} for name in media_types}}
    for path in paths:
        router.add_api_route(
            path,
            endpoint,
            methods=["POST"],
            openapi_extra={"requestBody": {"required": True, "content": content}},
            responses={200: found, **DOCUMENTED_ERRORS},
            include_in_schema=path == paths[0],
            response_model=None,
        )


@dataclass(frozen=True, slots=True)
class QueryParameter:
    """A parameter of an address, for the document; `schema` is its JSON schema."""

    name: str
    description: str
    schema: Mapping[str, Any]

    @property
    def documented(self) -> dict[str, Any]:
        """As the OpenAPI document has it."""
        return {"name": self.name, "in": "query", "description": self.description} | {
            "schema": dict(self.schema)
        }


def add_bodiless(
    router: APIRouter,
    method: str,
    paths: Sequence[str],
    endpoint: Endpoint,
    *,
    answer: str,
    errors: Sequence[int] = (),
    query: Sequence[QueryParameter] = (),
    media_types: Sequence[str] = ("application/json",),
    status: int = 200,
) -> None:
    """`endpoint` without a body under all `paths`; the first is the documented one."""
    # By hand: a parameter of the function makes the framework load 30 ms of validators at start.
    in_path = [
        {"name": name, "in": "path", "required": True, "schema": {"type": "string"}}
        for name in _IN_PATH.findall(paths[0])
    ]
    found = {"description": answer, "content": {name: {} for name in media_types}}
    router.add_api_route(
        paths[0],
        endpoint,
        methods=[method],
        status_code=status,
        openapi_extra={"parameters": [*in_path, *(one.documented for one in query)]},
        responses={status: found, **{code: DOCUMENTED_ERRORS[code] for code in errors}},
        response_model=None,
    )
    for path in paths[1:]:  # plain routes are made in a tenth of the time
        router.add_route(path, endpoint, methods=[method], include_in_schema=False)


class Express:
    """ASGI middleware: takes POST requests to the BareRoutes of `routers` straight there, and takes
    a /v1/v1 for the /v1 that was meant.

    What they pass by (the framework's own layers, routing, dependencies, exit stacks) is a third of
    what a request costs here, and two more calls for each chunk of a stream.
    """

    def __init__(
        self, app: ASGIApp, *, routers: Sequence[APIRouter], traffic: Traffic | None = None
    ) -> None:
        self._app = app
        self._traffic = traffic or Traffic()
        self._endpoints: dict[str, Endpoint] = {
            route.path: route.endpoint
            for router in routers
            for route in router.routes
            if isinstance(route, BareRoute) and route.methods == {"POST"}
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass on."""
        self._traffic.requests += scope["type"] == "http"
        endpoint = self._endpoint(scope)
        if endpoint is None and scope["type"] == "http" and scope["path"].startswith(_DOUBLED):
            scope = _with_one_prefix(scope)
            endpoint = self._endpoint(scope)
        if endpoint is None:
            await self._app(scope, receive, send)
        else:
            await _answer(endpoint, scope, receive, send)

    def _endpoint(self, scope: Scope) -> Endpoint | None:
        if scope["type"] == "http" and scope["method"] == "POST":
            return self._endpoints.get(scope["path"])
        return None


def _with_one_prefix(scope: Scope) -> Scope:
    """The request as it was meant by a client that has put its own /v1 after that of its base."""
    meant = {**scope, "path": scope["path"].removeprefix("/v1")}
    meant.pop("raw_path", None)
    return meant


async def _answer(endpoint: Endpoint, scope: Scope, receive: Receive, send: Send) -> None:
    begun = False

    def tell(message: Message) -> Awaitable[None]:
        nonlocal begun
        begun = True
        return send(message)

    try:
        try:
            response = await endpoint(Request(scope, receive))
        except HydrophoneError as error:
            response = error_response(error)
        await response(scope, receive, tell)
    except Exception as error:
        if begun:  # too late for an answer: the server breaks it off
            raise
        _log.error("a request failed", exc_info=error)
        await unknown_error_response()(scope, receive, send)


async def identify(request: Request, accounts: Accounts) -> Principal:
    """Who asks. Raises what the port `Accounts` raises."""
    return await accounts.identify(_credentials(request))


async def caller(request: Request, accounts: Accounts) -> tuple[Principal, Secret | None]:
    """Who asks, and the session of Perplexity that they bring. Raises as `identify`."""
    credentials = _credentials(request)
    principal = await accounts.identify(credentials)
    return principal, credentials.session_of(principal)


def models_for(models: Models, session: Secret | None) -> Models:
    """The models as they are for a caller who brings this session."""
    return models if session is None else _WithSession(models)


def refuse_session(
    session: Secret | None, models: Models, names: Iterable[str], *, param: str
) -> None:
    """A session that a caller brings is never stored, so no question waits for it.

    Raises InvalidRequest when it would answer for one of the models, and InvalidModel.
    """
    if session is None:
        return
    known = models_for(models, session)
    if any(known.card(name).converses for name in names):
        raise InvalidRequest(
            "the model would answer by the session that you bring, which is never stored: ask it "
            "directly, or another model in the background",
            param=param,
        )


@dataclass(frozen=True, slots=True)
class _WithSession:
    models: Models

    def cards(self, *, session: bool = True) -> Sequence[ModelCard]:
        return self.models.cards(session=True)

    def card(self, model: str, *, session: bool = True) -> ModelCard:
        return self.models.card(model, session=True)

    def preset(self, name: str) -> Preset:
        return self.models.preset(name)


def _credentials(request: Request) -> Credentials:
    return Credentials.of_header(
        _header(request, b"authorization"), _header(request, _SESSION_HEADER)
    )


def _header(request: Request, name: bytes) -> str | None:
    # Not by `request.headers`, which makes a text of each header that it passes.
    for known, value in request.scope["headers"]:
        if known == name:
            return str(value, "latin-1")
    return None


async def read_body(request: Request, limit_bytes: int) -> bytes:
    """The whole body. Raises PayloadTooLarge while reading, before the rest is taken in."""
    announced = _header(request, b"content-length")
    if announced is not None and announced.isdecimal() and int(announced) > limit_bytes:
        raise _too_large(limit_bytes)
    chunks: list[bytes] = []
    size_bytes = 0
    more = True
    while more:
        message = await request.receive()
        if message["type"] == "http.disconnect":
            raise ClientDisconnect
        chunk = message.get("body", b"")
        size_bytes += len(chunk)
        if size_bytes > limit_bytes:
            raise _too_large(limit_bytes)
        chunks.append(chunk)
        more = message.get("more_body", False)
    return chunks[0] if len(chunks) == 1 else b"".join(chunks)


def _too_large(limit_bytes: int) -> PayloadTooLarge:
    return PayloadTooLarge(
        f"the body is larger than {limit_bytes} bytes; send less, or raise the server's setting "
        "HYDROPHONE_MAX_BODY_BYTES"
    )


def json_object(body: bytes) -> dict[str, JsonValue]:
    """The JSON object that a body is. Raises InvalidRequest."""
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise InvalidRequest(f"the body is not JSON: {error}") from None
    if not isinstance(value, dict):
        raise InvalidRequest("the body must be a JSON object")
    return value


def parse(schema: type[Schema], body: bytes) -> Schema:
    """The body as `schema`. Raises InvalidRequest (400) or SchemaError (422) with the place."""
    value = json_object(body)
    try:
        return schema.model_validate(value)
    except ValidationError as error:
        raise schema_error(error, value) from None
