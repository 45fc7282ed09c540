"""Responses that stay: GET, the stream again, cancel, delete, their input and their files."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from fastapi import APIRouter, Request
from fastapi.responses import Response

from hydrophone.api.request import BareRoute, QueryParameter, add_bodiless
from hydrophone.ports import House

if TYPE_CHECKING:
    from hydrophone.api.responses.door import ResponseDoor
    from hydrophone.api.responses.shelf import ResponseShelf

BASES: Sequence[str] = ("/v1/responses", "/v1/agent", "/responses", "/agent")
MOST_LISTED = 100
LISTED = 20
_RESUMING = (
    QueryParameter("stream", "The response as a stream, from its beginning.", {"type": "boolean"}),
    QueryParameter(
        "starting_after",
        "With `stream`: only the events behind this sequence number.",
        {"type": "integer", "minimum": 0},
    ),
)
_LISTING = (
    QueryParameter(
        "limit",
        f"How many at most; {LISTED} without.",
        {"type": "integer", "minimum": 1, "maximum": MOST_LISTED},
    ),
    QueryParameter("order", "`desc`, the newest first, without.", {"enum": ["asc", "desc"]}),
    QueryParameter("after", "The id of an item: gives those behind it.", {"type": "string"}),
)


def responses_router(house: House, shelf: ResponseShelf) -> APIRouter:
    """What can be done with responses that stay, under all their paths."""
    router = APIRouter(tags=["responses"], route_class=BareRoute)
    endpoints = _Endpoints(house, shelf)
    one = [f"{base}/{{response_id}}" for base in BASES]
    _add_whole(router, endpoints, one)
    _add_parts(router, endpoints, one)
    return router


def _add_whole(router: APIRouter, endpoints: _Endpoints, one: Sequence[str]) -> None:
    """What is done with a response as a whole."""
    add_bodiless(
        router,
        "GET",
        one,
        endpoints.get_response,
        answer="The response, or with `stream=true` its events.",
        errors=(400, 404),
        query=_RESUMING,
        media_types=("application/json", "text/event-stream"),
    )
    delete, cancel = endpoints.delete_response, endpoints.cancel_response
    add_bodiless(router, "DELETE", one, delete, answer="It is deleted.", errors=(400, 404))
    paths = [f"{path}/cancel" for path in one]
    add_bodiless(router, "POST", paths, cancel, answer="It will stop.", errors=(400, 404))


def _add_parts(router: APIRouter, endpoints: _Endpoints, one: Sequence[str]) -> None:
    """What belongs to a response."""
    add_bodiless(
        router,
        "GET",
        [f"{path}/input_items" for path in one],
        endpoints.list_input,
        answer="What was asked.",
        errors=(400, 404),
        query=_LISTING,
    )
    paths = [f"{path}/files" for path in one]
    add_bodiless(router, "GET", paths, endpoints.list_files, answer="Its files.", errors=(404,))
    add_bodiless(
        router,
        "GET",
        [f"{path}/{{file_id}}/content" for path in paths],
        endpoints.get_file,
        answer="The file.",
        errors=(404,),
        media_types=("text/markdown", "application/json"),
    )


class _Endpoints:
    """What they do is loaded when the first of them is asked: a server starts without it."""

    def __init__(self, house: House, shelf: ResponseShelf) -> None:
        self._house = house
        self._shelf = shelf

    def _door(self) -> ResponseDoor:
        from hydrophone.api.responses.door import ResponseDoor

        return ResponseDoor(self._house, self._shelf)

    async def get_response(self, request: Request) -> Response:
        """A response as it stands, also while it is worked on in the background. With
        `stream=true` its events, from the beginning or behind `starting_after`, and those to come
        as they come."""
        return await self._door().get(request)

    async def delete_response(self, request: Request) -> Response:
        """Delete a response that has ended, with what was asked."""
        return await self._door().delete(request)

    async def cancel_response(self, request: Request) -> Response:
        """Have a response stopped that is worked on; it ends a little later as cancelled."""
        return await self._door().cancel(request)

    async def list_input(self, request: Request) -> Response:
        """What was asked, with the conversation before it."""
        return await self._door().list_input(request, most=MOST_LISTED, listed=LISTED)

    async def list_files(self, request: Request) -> Response:
        """The files of a response: a report of deep research has two, others have none."""
        return await self._door().list_files(request)

    async def get_file(self, request: Request) -> Response:
        """A file of a response."""
        return await self._door().get_file(request)
