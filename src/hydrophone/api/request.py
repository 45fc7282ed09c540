"""What every endpoint does with a request first: who is it, how large, is it JSON, does it fit."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Coroutine, Sequence
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
from hydrophone.errors import HydrophoneError, InvalidRequest, PayloadTooLarge
from hydrophone.ports import Accounts, Credentials
from hydrophone.types import Principal, Secret

Schema = TypeVar("Schema", bound=BaseModel)
_log = logging.getLogger(__name__)
_DOUBLED = "/v1/v1/"

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
    schema: type[BaseModel],
    answer: str,
    media_types: Sequence[str] = ("application/json",),
) -> None:
    """`endpoint` under all `paths`; the first is the documented one, with a body of `schema` and an
    `answer` of these media types."""
    reference = {"$ref": f"#/components/schemas/{schema.__name__}"}
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


class Express:
    """ASGI middleware: takes POST requests to the BareRoutes of `routers` straight there, and takes
    a /v1/v1 for the /v1 that was meant.

    What they pass by (the framework's own layers, routing, dependencies, exit stacks) is a third of
    what a request costs here, and two more calls for each chunk of a stream.
    """

    def __init__(self, app: ASGIApp, *, routers: Sequence[APIRouter]) -> None:
        self._app = app
        self._endpoints: dict[str, Endpoint] = {
            route.path: route.endpoint
            for router in routers
            for route in router.routes
            if isinstance(route, BareRoute) and route.methods == {"POST"}
        }

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, or pass on."""
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


def credentials(authorization: str | None) -> Credentials:
    """The bearer of an Authorization header; anything else in it is malformed."""
    if authorization is None:
        return Credentials(bearer=None)
    scheme, _, value = authorization.partition(" ")
    value = value.strip()
    if scheme.lower() != "bearer" or not value or " " in value:
        return Credentials(bearer=None, malformed=True)
    return Credentials(bearer=Secret(value))


async def identify(request: Request, accounts: Accounts) -> Principal:
    """Who asks. Raises what the port `Accounts` raises."""
    return await accounts.identify(credentials(request.headers.get("authorization")))


async def read_body(request: Request, limit_bytes: int) -> bytes:
    """The whole body. Raises PayloadTooLarge while reading, before the rest is taken in."""
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > limit_bytes:
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


def parse(schema: type[Schema], body: bytes) -> Schema:
    """The body as `schema`. Raises InvalidRequest (400) or SchemaError (422) with the place."""
    try:
        value = orjson.loads(body)
    except orjson.JSONDecodeError as error:
        raise InvalidRequest(f"the body is not JSON: {error}") from None
    if not isinstance(value, dict):
        raise InvalidRequest("the body must be a JSON object")
    try:
        return schema.model_validate(value)
    except ValidationError as error:
        raise schema_error(error, value) from None
