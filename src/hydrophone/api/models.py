"""GET /models: what can be asked."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from hydrophone.api.errors import DOCUMENTED_ERRORS
from hydrophone.api.request import caller, models_for
from hydrophone.ports import House, ModelCard
from hydrophone.types import JsonValue

# By hand: a parameter of the function makes the framework load 30 ms of validators at start.
_DOCUMENTED = {
    "parameters": [{"name": "model", "in": "path", "required": True, "schema": {"type": "string"}}]
}


def models_router(house: House) -> APIRouter:
    """The list of models, and one of them, with and without /v1."""
    router = APIRouter(tags=["models"])

    @router.get("/v1/models")
    @router.get("/models", include_in_schema=False)
    async def list_models(request: Request) -> JSONResponse:
        """All model ids that can be asked."""
        _, session = await caller(request, house.accounts)
        if session is not None and house.sessions is not None:
            await house.sessions.refresh_models(session, at_once=False)
        data = [_model_object(card) for card in models_for(house.models, session).cards()]
        return JSONResponse({"object": "list", "data": data})

    @router.get(
        "/v1/models/{model:path}",
        responses={status: DOCUMENTED_ERRORS[status] for status in (400, 404)},
        openapi_extra=_DOCUMENTED,
    )
    @router.get("/models/{model:path}", include_in_schema=False)
    async def get_model(request: Request) -> JSONResponse:
        """One model; 400 `invalid_model` when there is none of this id."""
        _, session = await caller(request, house.accounts)
        card = models_for(house.models, session).card(request.path_params["model"])
        return JSONResponse(_model_object(card))

    return router


def _model_object(card: ModelCard) -> dict[str, JsonValue]:
    body: dict[str, JsonValue] = {
        "id": card.id,
        "object": "model",
        "created": card.created,
        "owned_by": card.owned_by,
    }
    limits = {"context_window": card.context_tokens, "max_output_tokens": card.max_output_tokens}
    body |= {name: value for name, value in limits.items() if value is not None}
    if card.price.input_usd or card.price.output_usd:
        body["pricing"] = {"input": card.price.input_usd, "output": card.price.output_usd}
    return body
