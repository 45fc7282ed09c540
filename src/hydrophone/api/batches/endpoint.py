"""/v1/batches: the lines of a file are answered in the background."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response

from hydrophone.api.batches.shapes import batch_object
from hydrophone.api.files.endpoint import kept_seconds
from hydrophone.api.files.listing import after_of, limit_of, list_body, listing
from hydrophone.api.request import BareRoute, add_bodiless, add_post, identify, parse, read_body
from hydrophone.errors import InvalidRequest, NotConfigured
from hydrophone.ports import Batches, BatchOrder, House

if TYPE_CHECKING:
    from hydrophone.api.batches.schema import BatchRequest

PATHS: Sequence[str] = ("/v1/batches", "/batches")
ONE: Sequence[str] = [f"{path}/{{batch_id}}" for path in PATHS]
CANCEL: Sequence[str] = [f"{path}/cancel" for path in ONE]
RESPONSES, CHAT, EMBEDDINGS = "/v1/responses", "/v1/chat/completions", "/v1/embeddings"
ENDPOINTS: Sequence[str] = (RESPONSES, CHAT, EMBEDDINGS)
MOST_LISTED = 100
LISTED = 20
MOST_NOTES, NAME_CHARS, NOTE_CHARS = 16, 64, 512


def batches_router(house: House, *, max_body_bytes: int) -> APIRouter:
    """The endpoints of batches, with and without /v1."""
    router = APIRouter(tags=["batches"], route_class=BareRoute)

    async def create_batch(request: Request) -> Response:
        """Have the lines of a file answered. An `Idempotency-Key` makes a second request of the
        same key the same batch."""
        from hydrophone.api.batches.schema import BatchRequest

        principal = await identify(request, house.accounts)
        batches = _batches(house)
        body = parse(BatchRequest, await read_body(request, max_body_bytes))
        key = request.headers.get("idempotency-key")
        batch = await batches.create(_order(body), principal, idempotency_key=key)
        return JSONResponse(batch_object(batch))

    async def list_batches(request: Request) -> Response:
        """Your batches, the newest first."""
        principal = await identify(request, house.accounts)
        limit = limit_of(request, default=LISTED, most=MOST_LISTED)
        found = await _batches(house).batches(principal, limit=limit, after=after_of(request))
        data = [batch_object(batch) for batch in found.batches]
        return JSONResponse(list_body(data, more=found.more))

    async def get_batch(request: Request) -> Response:
        """Where a batch stands."""
        principal = await identify(request, house.accounts)
        batch = await _batches(house).batch(request.path_params["batch_id"], principal)
        return JSONResponse(batch_object(batch))

    async def cancel_batch(request: Request) -> Response:
        """Answer no more of its lines; what has been answered is kept."""
        principal = await identify(request, house.accounts)
        batch = await _batches(house).cancel(request.path_params["batch_id"], principal)
        return JSONResponse(batch_object(batch))

    add_post(
        router, PATHS, create_batch, schema="BatchRequest", answer="The batch, to come back to."
    )
    add_bodiless(
        router,
        "GET",
        PATHS,
        list_batches,
        answer="Your batches.",
        errors=(400,),
        query=listing(default=LISTED, most=MOST_LISTED),
    )
    add_bodiless(router, "GET", ONE, get_batch, answer="The batch.", errors=(404,))
    add_bodiless(router, "POST", CANCEL, cancel_batch, answer="The batch.", errors=(400, 404))
    return router


def _batches(house: House) -> Batches:
    if house.batches is None:
        raise NotConfigured("this server takes no batches")
    return house.batches


def _order(body: BatchRequest) -> BatchOrder:
    _check_metadata(body.metadata or {})
    keep_s = None
    if body.output_expires_after is not None:
        keep_s = kept_seconds(body.output_expires_after.seconds, "output_expires_after.seconds")
    return BatchOrder(body.input_file_id, body.endpoint, body.metadata, keep_s)


def _check_metadata(metadata: Mapping[str, str]) -> None:
    fits = all(
        len(name) <= NAME_CHARS and len(text) <= NOTE_CHARS for name, text in metadata.items()
    )
    if len(metadata) > MOST_NOTES or not fits:
        raise InvalidRequest(
            f"metadata has at most {MOST_NOTES} names of {NAME_CHARS} characters, with texts of "
            f"{NOTE_CHARS}",
            param="metadata",
        )
