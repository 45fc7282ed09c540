"""The only place that makes error bodies.

The gateway shape, as Perplexity's and OpenAI's clients read it: `{"error": {"message", "type",
"code", "param"?}}` with `code` the HTTP status as an integer (a string makes the AI SDK's error
parsing fail). A 422 also carries `detail`, the schema shape of Perplexity's OpenAPI document.
"""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from typing import Any

import orjson
from fastapi import Request
from fastapi.responses import Response
from pydantic import BaseModel, Field, ValidationError
from pydantic_core import ErrorDetails
from starlette.exceptions import HTTPException

from hydrophone.errors import AuthenticationError, HydrophoneError, RateLimited, RequestError
from hydrophone.types import Failed, JsonValue

_TYPE_BY_STATUS = {404: "not_found", 405: "method_not_allowed"}
_WRONG_TYPES = ("_type", "_parsing", "missing", "int_from_float")


class ErrorDetail(BaseModel):
    """What went wrong."""

    message: str = Field(description="What is wrong and what to do, for people.")
    type: str = Field(description="What is wrong, for programs.")
    code: int = Field(description="The HTTP status.")
    param: str | None = Field(default=None, description="The field that is wrong, if one is.")


class ErrorBody(BaseModel):
    """The body of every response that is an error; here for the OpenAPI document."""

    error: ErrorDetail


class SchemaErrorBody(ErrorBody):
    """The body of a 422."""

    detail: list[dict[str, Any]] = Field(description="Every place that is wrong: loc, msg, type.")


def _documented(description: str, model: str = "ErrorBody") -> dict[str, Any]:
    # By reference: for a model the framework would build a validator, for each route anew.
    reference = {"schema": {"$ref": f"#/components/schemas/{model}"}}
    return {"description": description, "content": {"application/json": reference}}


DOCUMENTED_ERRORS: Mapping[int | str, dict[str, Any]] = {
    400: _documented("A value is wrong, or the model is unknown."),
    401: _documented("The key is missing, malformed or wrong."),
    403: _documented("An open server does not answer this web page."),
    404: _documented("There is no such path."),
    413: _documented("The body is larger than the server's limit."),
    422: _documented("A field is missing or has the wrong type.", "SchemaErrorBody"),
    429: _documented("Too many requests; `Retry-After` says when again."),
    500: _documented("A defect; the server's log has the details."),
    502: _documented("A server that the answer needs has failed."),
    503: _documented("A setting, a key or a part is missing."),
    504: _documented("The time for the answer ran out."),
}


class SchemaError(RequestError):
    """The body has the wrong shape; `detail` tells each place, as pydantic found it."""

    status = 422

    def __init__(self, message: str, *, param: str | None, detail: Sequence[JsonValue]) -> None:
        super().__init__(message, param=param)
        self.detail = detail


def schema_error(error: ValidationError, body: JsonValue) -> HydrophoneError:
    """Wrong JSON types and missing fields are 422; a value out of its range is 400."""
    problems = error.errors(include_url=False, include_context=False)
    wrong_types = _wrong_types(problems, body)
    # A union reports each of its members; the one that got furthest is the one that was meant.
    problem, places = max(
        (
            (problem, _places(problem, body))
            for problem in wrong_types or problems
            if wrong_types or not _is_wrong_type(problem)
        ),
        key=lambda pair: len(pair[1]),
    )
    param = "".join(places).removeprefix(".") or None
    message = f"{param}: {problem['msg']}" if param else problem["msg"]
    if not wrong_types:
        return RequestError(message, param=param)
    detail: list[JsonValue] = [
        {"loc": ["body", *problem["loc"]], "msg": problem["msg"], "type": problem["type"]}
        for problem in problems
    ]
    return SchemaError(message, param=param, detail=detail)


def _wrong_types(problems: Sequence[ErrorDetails], body: JsonValue) -> list[ErrorDetails]:
    """The problems with types, but for those of a word that is none of the known ones where an
    object could stand as well: that is a wrong value."""
    unknown_words = {
        tuple(_places(problem, body))
        for problem in problems
        if problem["type"] == "literal_error" and isinstance(problem["input"], str)
    }
    wrong = (problem for problem in problems if _is_wrong_type(problem))
    return [problem for problem in wrong if tuple(_places(problem, body)) not in unknown_words]


def _is_wrong_type(problem: ErrorDetails) -> bool:
    return problem["type"].endswith(_WRONG_TYPES)


def _places(problem: ErrorDetails, body: JsonValue) -> list[str]:
    """Where in the body the problem is, as `.field` and `[index]`.

    Pydantic's own location also names the members of unions, which are found in no body.
    """
    places: list[str] = []
    value = body
    for part in problem["loc"]:
        if isinstance(part, str) and isinstance(value, Mapping) and part in value:
            places.append(f".{part}")
            value = value[part]
        elif isinstance(part, int) and isinstance(value, list) and part < len(value):
            places.append(f"[{part}]")
            value = value[part]
    return [*places, f".{problem['loc'][-1]}"] if problem["type"] == "missing" else places


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
    """Exception handler for defects."""
    return unknown_error_response()


def unknown_error_response() -> Response:
    """What a caller gets for a defect; nothing of the inside."""
    message = "something went wrong inside the server; its log has the details"
    body = error_body(message=message, kind="internal_error", status=500, param=None)
    return Response(body, 500, media_type="application/json")
