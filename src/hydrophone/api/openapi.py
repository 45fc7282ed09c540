"""The OpenAPI document: what the framework finds out, and what endpoints read and write by hand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from hydrophone.api.errors import DOCUMENTED_ERRORS, ErrorBody, SchemaErrorBody

_ERRORS = (ErrorBody, SchemaErrorBody)
# What the endpoints answer with, as JSON.
_ANSWERS: Mapping[tuple[str, str], str] = {
    ("/v1/chat/completions", "post"): "ChatCompletion",
    ("/v1/completions", "post"): "TextCompletion",
    ("/v1/search", "post"): "SearchAnswer",
    ("/v1/responses", "post"): "ResponseObject",
    ("/v1/responses/{response_id}", "get"): "ResponseObject",
    ("/v1/responses/{response_id}", "delete"): "DeletedResponse",
    ("/v1/responses/{response_id}/cancel", "post"): "CancelledResponse",
    ("/v1/responses/{response_id}/files", "get"): "ResponseFileList",
    ("/v1/responses/{response_id}/input_items", "get"): "InputItems",
    ("/v1/async/sonar", "post"): "AsyncChatCompletion",
    ("/v1/async/sonar", "get"): "AsyncChatList",
    ("/v1/async/sonar/{request_id}", "get"): "AsyncChatCompletion",
    ("/v1/embeddings", "post"): "EmbeddingList",
    ("/v1/contextualizedembeddings", "post"): "ContextualizedList",
    ("/generate_auth_token", "post"): "GeneratedToken",
    ("/v1/files", "post"): "KeptFile",
    ("/v1/files", "get"): "KeptFileList",
    ("/v1/files/{file_id}", "get"): "KeptFile",
    ("/v1/files/{file_id}", "delete"): "DeletedFile",
    ("/v1/batches", "post"): "BatchObject",
    ("/v1/batches", "get"): "BatchObjects",
    ("/v1/batches/{batch_id}", "get"): "BatchObject",
    ("/v1/batches/{batch_id}/cancel", "post"): "BatchObject",
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


def _requests() -> Sequence[type[BaseModel]]:
    """The bodies of requests; loaded when the document is asked for."""
    from hydrophone.api.agent.asked.schema import AgentRequest
    from hydrophone.api.batches.schema import BatchRequest
    from hydrophone.api.chat.schema import ChatRequest
    from hydrophone.api.completions import CompletionRequest
    from hydrophone.api.embeddings.schema import ContextualizedRequest, EmbeddingRequest
    from hydrophone.api.events import EventsRequest
    from hydrophone.api.search.schema import SearchRequest
    from hydrophone.api.side.schema import GenerateTokenRequest, RevokeTokenRequest
    from hydrophone.api.sonar_async.schema import AsyncChatRequest

    return (
        AgentRequest,
        BatchRequest,
        ChatRequest,
        CompletionRequest,
        EventsRequest,
        SearchRequest,
        AsyncChatRequest,
        EmbeddingRequest,
        ContextualizedRequest,
        GenerateTokenRequest,
        RevokeTokenRequest,
    )


def _definitions() -> dict[str, Any]:
    from hydrophone.api.agent.bodies import RESPONSE_BODIES
    from hydrophone.api.batches.bodies import BATCH_BODIES
    from hydrophone.api.bodies import ANSWER_BODIES
    from hydrophone.api.files.bodies import FILE_BODIES
    from hydrophone.api.responses.bodies import STAYING_BODIES
    from hydrophone.api.side.bodies import SIDE_BODIES
    from hydrophone.api.sonar_async.bodies import ASYNC_BODIES

    bodies = (
        *_requests(),
        *_ERRORS,
        *ANSWER_BODIES,
        *ASYNC_BODIES,
        *STAYING_BODIES,
        *RESPONSE_BODIES,
        *SIDE_BODIES,
        *FILE_BODIES,
        *BATCH_BODIES,
    )
    models = [(body, "validation") for body in bodies]
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
