"""POST and GET /v1/async/sonar: chat requests that are answered in the background."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import Response

from hydrophone.api.chat.endpoint import LARGE_BODY_BYTES
from hydrophone.api.chat.question import to_question
from hydrophone.api.chat.schema import ChatRequest
from hydrophone.api.files.listing import limit_of
from hydrophone.api.request import (
    BareRoute,
    QueryParameter,
    add_bodiless,
    add_post,
    caller,
    identify,
    models_for,
    parse,
    read_body,
    refuse_session,
)
from hydrophone.api.sampling import read_asked
from hydrophone.errors import InvalidModel, NotConfigured, NotFound
from hydrophone.ports import House, Job, Jobs, ModelCard, Models
from hydrophone.types import Principal, Question

if TYPE_CHECKING:
    from hydrophone.api.sonar_async.schema import AsyncChatRequest

DOOR = "async"
PATHS: Sequence[str] = (
    "/v1/async/sonar",
    "/async/chat/completions",
    "/v1/async/chat/completions",
    "/async/sonar",
)
MOST_LISTED = 100
LISTED = 20
_LISTING = (
    QueryParameter(
        "limit",
        f"How many at most; {LISTED} without.",
        {"type": "integer", "minimum": 1, "maximum": MOST_LISTED},
    ),
    QueryParameter(
        "next_token", "That of the list before: gives those behind it.", {"type": "string"}
    ),
)


def async_sonar_router(
    house: House,
    *,
    max_body_bytes: int,
    default_model: str,
    strict: bool = False,
    pro_search: bool = True,
) -> APIRouter:
    """Async Sonar under all its paths. `strict` and `pro_search` as in `to_question`."""
    router = APIRouter(tags=["async"], route_class=BareRoute)
    endpoints = _Endpoints(
        house,
        max_body_bytes,
        default_model,
        partial(to_question, strict=strict, pro_search=pro_search),
    )
    create, one = endpoints.create_request, [f"{path}/{{request_id}}" for path in PATHS]
    answer = "The request as it stands."
    add_post(router, PATHS, create, schema="AsyncChatRequest", answer=answer)
    add_bodiless(
        router,
        "GET",
        PATHS,
        endpoints.list_requests,
        answer="Your requests.",
        errors=(400,),
        query=_LISTING,
    )
    add_bodiless(router, "GET", one, endpoints.get_request, answer=answer, errors=(404,))
    return router


class _Endpoints:
    """`read` makes a question of a chat body and a model id."""

    def __init__(
        self,
        house: House,
        max_body_bytes: int,
        default_model: str,
        read: Callable[[ChatRequest, str], Question],
    ) -> None:
        self._house = house
        self._max_body_bytes = max_body_bytes
        self._default_model = default_model
        self._read = read

    async def create_request(self, request: Request) -> Response:
        """Have a chat request answered in the background; it survives a restart of the server."""
        principal, session = await caller(request, self._house.accounts)
        jobs = self._jobs
        raw = await read_body(request, self._max_body_bytes)
        body = self._body(raw, models_for(self._house.models, session))
        model = body.request.model_or(self._default_model)
        refuse_session(session, self._house.models, (model,), param="model")
        self._house.models.card(model)
        read = partial(self._read, body.request, model)
        question = read() if len(raw) < LARGE_BODY_BYTES else await asyncio.to_thread(read)
        key = body.idempotency_key
        job = await jobs.submit(question, principal, door=DOOR, idempotency_key=key)
        return _json(await self._whole(job, principal))

    async def list_requests(self, request: Request) -> Response:
        """Your requests, the newest first, without their answers."""
        from hydrophone.api.sonar_async.shapes import request_object

        principal = await identify(request, self._house.accounts)
        token = request.query_params.get("next_token") or None
        limit = limit_of(request, default=LISTED, most=MOST_LISTED)
        page = await self._jobs.jobs(principal, door=DOOR, limit=limit, token=token)
        body: dict[str, object] = {"requests": [request_object(job) for job in page.jobs]}
        if page.next_token is not None:
            body["next_token"] = page.next_token
        return _json(orjson.dumps(body))

    async def get_request(self, request: Request) -> Response:
        """Where a request stands, and its answer once there is one."""
        principal = await identify(request, self._house.accounts)
        job = await self._jobs.job(request.path_params["request_id"], principal)
        if job.door != DOOR:
            raise NotFound("there is no such request")
        return _json(await self._whole(job, principal))

    def _body(self, raw: bytes, models: Models) -> AsyncChatRequest:
        from hydrophone.api.sonar_async.schema import AsyncChatRequest

        return read_asked(
            lambda body: parse(AsyncChatRequest, body),
            raw,
            models,
            lambda asked: (asked.request.model_or(self._default_model),),
            inside="request",
        )

    @property
    def _jobs(self) -> Jobs:
        if self._house.jobs is None:
            raise NotConfigured("this server answers nothing in the background")
        return self._house.jobs

    async def _whole(self, job: Job, principal: Principal) -> bytes:
        from hydrophone.api.sonar_async.shapes import whole_request

        question = await self._jobs.question(job.id, principal)
        events = await self._jobs.result(job.id, principal) if job.ended else ()
        return whole_request(job, question, self._card(job.model), events)

    def _card(self, model: str) -> ModelCard:
        """The model's; one that is no longer there is told of all the same, without a price."""
        try:
            return self._house.models.card(model)
        except InvalidModel:
            return ModelCard(model, 0, "")


def _json(body: bytes) -> Response:
    return Response(body, media_type="application/json")
