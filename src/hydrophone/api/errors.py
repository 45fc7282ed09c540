"""The only place that makes error bodies.

The gateway shape, as Perplexity's and OpenAI's clients read it: `{"error": {"message", "type",
"code", "param"?}}` with `code` the HTTP status as an integer (a string makes the AI SDK's error
parsing fail). A 422 also carries `detail`, the schema shape of Perplexity's OpenAPI document.
"""

from __future__ import annotations

import math
from collections.abc import Sequence

import orjson
from fastapi import Request
from fastapi.responses import Response
from pydantic import ValidationError
from starlette.exceptions import HTTPException

from hydrophone.errors import AuthenticationError, HydrophoneError, RateLimited, RequestError
from hydrophone.types import Failed, JsonValue

_TYPE_BY_STATUS = {404: "not_found", 405: "method_not_allowed"}


class SchemaError(RequestError):
    """The body has the wrong shape; `detail` tells each place, as pydantic found it."""

    status = 422

    def __init__(self, message: str, *, param: str | None, detail: Sequence[JsonValue]) -> None:
        super().__init__(message, param=param)
        self.detail = detail


def schema_error(error: ValidationError) -> HydrophoneError:
    """Wrong JSON types and missing fields are 422; a value out of its range is 400."""
    problems = error.errors(include_url=False, include_context=False, include_input=False)
    first = problems[0]
    place = ".".join(str(part) for part in first["loc"] if not str(part).startswith("function-"))
    message = f"{place}: {first['msg']}" if place else first["msg"]
    detail: list[JsonValue] = [
        {"loc": ["body", *problem["loc"]], "msg": problem["msg"], "type": problem["type"]}
        for problem in problems
    ]
    kinds = ("_type", "_parsing", "missing", "union_tag_invalid", "_attributes_type")
    if any(str(problem["type"]).endswith(kinds) for problem in problems):
        return SchemaError(message, param=place or None, detail=detail)
    return RequestError(message, param=place or None)


def error_body(
    *, message: str, kind: str, status: int, param: str | None, detail: Sequence[JsonValue] = ()
) -> bytes:
    """The body in JSON."""
    error: dict[str, JsonValue] = {"message": message, "type": kind, "code": status}
    if param is not None:
        error["param"] = param
    body: dict[str, JsonValue] = {"error": error}
    if detail:
        body["detail"] = list(detail)
    return orjson.dumps(body)


def error_response(error: HydrophoneError) -> Response:
    """The response for an error raised before an answer began."""
    headers: dict[str, str] = {}
    if isinstance(error, RateLimited):
        headers["Retry-After"] = str(math.ceil(error.retry_after_s))
    if isinstance(error, AuthenticationError):
        headers["WWW-Authenticate"] = "Bearer"
    body = error_body(
        message=error.message,
        kind=error.code,
        status=error.status,
        param=error.param,
        detail=error.detail if isinstance(error, SchemaError) else (),
    )
    return Response(body, error.status, headers, "application/json")


def failed_body(failed: Failed) -> bytes:
    """The body for an answer that failed."""
    return error_body(
        message=failed.message, kind=failed.code, status=failed.status, param=failed.param
    )


def failed_response(failed: Failed) -> Response:
    """The response for an answer that failed before anything of it was sent."""
    headers: dict[str, str] = {}
    if failed.retry_after_s is not None:
        headers["Retry-After"] = str(math.ceil(failed.retry_after_s))
    return Response(failed_body(failed), failed.status, headers, "application/json")


async def on_hydrophone_error(request: Request, error: Exception) -> Response:
    """Exception handler for our own errors."""
    if not isinstance(error, HydrophoneError):
        raise TypeError("this handler is for our own errors") from error
    return error_response(error)


async def on_http_error(request: Request, error: Exception) -> Response:
    """Exception handler for what the framework refuses: unknown paths, wrong methods."""
    if not isinstance(error, HTTPException):
        raise TypeError("this handler is for the framework's errors") from error
    kind = _TYPE_BY_STATUS.get(error.status_code, "invalid_request")
    message = f"{request.method} {request.url.path}: {error.detail}"
    body = error_body(message=message, kind=kind, status=error.status_code, param=None)
    return Response(body, error.status_code, dict(error.headers or {}), "application/json")


async def on_unknown_error(request: Request, error: Exception) -> Response:
    """Exception handler for defects; the caller learns nothing of the inside."""
    message = "something went wrong inside the server; its log has the details"
    body = error_body(message=message, kind="internal_error", status=500, param=None)
    return Response(body, 500, media_type="application/json")
