"""The OpenAPI document: what the framework finds out, and what endpoints read and write by hand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic.json_schema import models_json_schema

from hydrophone.api.chat.schema import ChatRequest
from hydrophone.api.completions import CompletionRequest
from hydrophone.api.errors import DOCUMENTED_ERRORS, ErrorBody, SchemaErrorBody
from hydrophone.api.events import EventsRequest
from hydrophone.api.search.schema import SearchRequest

_BODIES = (ChatRequest, CompletionRequest, EventsRequest, SearchRequest)
_ERRORS = (ErrorBody, SchemaErrorBody)
# What the endpoints answer with, as JSON.
_ANSWERS: Mapping[tuple[str, str], str] = {
    ("/v1/chat/completions", "post"): "ChatCompletion",
    ("/v1/completions", "post"): "TextCompletion",
    ("/v1/search", "post"): "SearchAnswer",
    ("/health", "get"): "Health",
    ("/stats", "get"): "Stats",
    ("/v1/models", "get"): "ModelList",
    ("/v1/models/{model}", "get"): "ModelObject",
}
_REF = "#/components/schemas/{model}"
_METHODS = frozenset({"get", "post", "put", "delete", "head"})
# What may befall every request, and every request that needs a key.
_ALWAYS = (403, 500)
_WITH_KEY = (401, 503)


def openapi_document(application: FastAPI) -> dict[str, Any]:
    """The document, made when it is asked for the first time."""
    if application.openapi_schema is None:
        document = get_openapi(
            title=application.title,
            version=application.version,
            summary=application.summary,
            routes=application.routes,
        )
        components = document.setdefault("components", {})
        components["schemas"] = _definitions()
        components["securitySchemes"] = {"key": {"type": "http", "scheme": "bearer"}}
        document["security"] = [{"key": []}, {}]
        for path, method, operation in _operations(document):
            _complete(operation, answer=_ANSWERS.get((path, method)))
        application.openapi_schema = document
    return application.openapi_schema


def _definitions() -> dict[str, Any]:
    from hydrophone.api.bodies import ANSWER_BODIES

    models = [(body, "validation") for body in (*_BODIES, *_ERRORS, *ANSWER_BODIES)]
    _, definitions = models_json_schema(models, ref_template=_REF)  # type: ignore[arg-type]
    found: dict[str, Any] = definitions["$defs"]
    return found


def _operations(document: Mapping[str, Any]) -> Iterator[tuple[str, str, dict[str, Any]]]:
    for path, methods in document["paths"].items():
        yield from ((path, method, one) for method, one in methods.items() if method in _METHODS)


def _complete(operation: dict[str, Any], *, answer: str | None) -> None:
    """Add what the endpoint writes by hand, and the errors that it does not raise itself."""
    responses = operation["responses"]
    if answer is not None:
        responses["200"].setdefault("content", {})["application/json"] = _schema(answer)
    if "requestBody" not in operation:  # the framework's own check of a path is never the one
        responses.pop("422", None)
    needs_key = operation.get("security") != []
    for status in (*_ALWAYS, *(_WITH_KEY if needs_key else ())):
        description = DOCUMENTED_ERRORS[status]["description"]
        error = {"description": description, "content": {"application/json": _schema("ErrorBody")}}
        responses.setdefault(str(status), error)


def _schema(name: str) -> dict[str, Any]:
    return {"schema": {"$ref": _REF.format(model=name)}}
