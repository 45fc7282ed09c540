"""What is done with responses that stay, behind the endpoints."""

from __future__ import annotations

from collections.abc import Sequence

import orjson
from fastapi import Request
from fastapi.responses import Response

from hydrophone.api.agent.answer import ResponseSoFar
from hydrophone.api.agent.head import ID_PREFIX, ResponseHead, key_of
from hydrophone.api.agent.response import response_body
from hydrophone.api.request import identify
from hydrophone.api.responses.conversation import turns_of_input
from hydrophone.api.responses.files import ResponseFile, files_of, find_file
from hydrophone.api.responses.follow import BEGINNING, follow
from hydrophone.api.responses.items import input_items
from hydrophone.api.responses.running import RunningResponse
from hydrophone.api.responses.shelf import ResponseShelf, StoredResponse
from hydrophone.api.sse import as_response
from hydrophone.errors import InvalidRequest
from hydrophone.ports import House
from hydrophone.types import JsonValue, Principal

_DIGITS = 15


class ResponseDoor:
    """Answers requests; each tells its caller's responses from those of others, which do not
    exist."""

    def __init__(self, house: House, shelf: ResponseShelf) -> None:
        self._house = house
        self._shelf = shelf

    async def get(self, request: Request) -> Response:
        """The response, or its events."""
        principal, response_id = await self._asked(request)
        streams = _flag(request, "stream")
        running = self._shelf.running.find(key_of(response_id), principal)
        if running is not None:
            return self._running(key_of(response_id), running, streams=streams)
        stored = await self._shelf.load(response_id, principal)
        if streams:
            after = _whole_number(request, "starting_after", BEGINNING)
            head, jobs = self._shelf.head(stored), self._shelf.jobs
            return as_response(await follow(jobs, stored.job, principal, head, after=after))
        return _json(await self._shelf.body(stored, principal))

    async def delete(self, request: Request) -> Response:
        """Delete a response that has ended, with what was asked."""
        principal, response_id = await self._asked(request)
        await self._shelf.forget(response_id, principal)
        shown = ID_PREFIX + key_of(response_id)
        return _json({"id": shown, "object": "response", "deleted": True})

    async def cancel(self, request: Request) -> Response:
        """Have a response stopped that is worked on; it ends a little later as cancelled."""
        principal, response_id = await self._asked(request)
        await self._shelf.cancel(response_id, principal)
        return _json({"response_id": ID_PREFIX + key_of(response_id), "status": "cancelling"})

    async def list_input(self, request: Request, *, most: int, listed: int) -> Response:
        """What was asked, with the conversation before it."""
        principal, response_id = await self._asked(request)
        stored = await self._shelf.load(response_id, principal)
        items = input_items(stored.job.id, turns_of_input(stored.question))
        return _json(_page(request, items, most=most, listed=listed))

    async def list_files(self, request: Request) -> Response:
        """The files of a response: a report of deep research has two, others have none."""
        stored, files = await self._files(request)
        created_at = (stored.job.ended_at_ms or stored.job.created_at_ms) // 1000
        return _json({"object": "list", "data": [one.shown(created_at) for one in files]})

    async def get_file(self, request: Request) -> Response:
        """A file of a response."""
        _, files = await self._files(request)
        found = find_file(files, request.path_params["file_id"])
        named = {"Content-Disposition": f'attachment; filename="{found.name}"'}
        return Response(found.body, headers=named, media_type=found.media_type)

    async def _asked(self, request: Request) -> tuple[Principal, str]:
        principal = await identify(request, self._house.accounts)
        return principal, request.path_params["response_id"]

    async def _files(self, request: Request) -> tuple[StoredResponse, Sequence[ResponseFile]]:
        principal, response_id = await self._asked(request)
        stored = await self._shelf.load(response_id, principal)
        return stored, files_of(await self._shelf.jobs.result(stored.job.id, principal))

    def _running(self, key: str, running: RunningResponse, *, streams: bool) -> Response:
        if streams:
            raise InvalidRequest(
                "this response goes out on another connection; only what has ended, or is worked "
                "on in the background, can be streamed again",
                param="stream",
            )
        head = ResponseHead(key, running.created_at, running.question, self._house.models)
        return _json(response_body(head, ResponseSoFar(key), "in_progress"))


def _flag(request: Request, name: str) -> bool:
    given = request.query_params.get(name, "false").lower()
    if given not in ("true", "false", "1", "0"):
        raise InvalidRequest(f"{name} must be true or false", param=name)
    return given in ("true", "1")


def _whole_number(request: Request, name: str, default: int) -> int:
    given = request.query_params.get(name)
    if given is None:
        return default
    if not (given.isascii() and given.isdecimal() and len(given) <= _DIGITS):
        raise InvalidRequest(f"{name} must be a whole number from 0 upwards", param=name)
    return int(given)


def _page(
    request: Request, items: Sequence[dict[str, JsonValue]], *, most: int, listed: int
) -> dict[str, JsonValue]:
    """The items that the request asks for, with OpenAI's cursors."""
    order = request.query_params.get("order", "desc")
    if order not in ("asc", "desc"):
        raise InvalidRequest("order must be asc or desc", param="order")
    limit = _whole_number(request, "limit", listed)
    if not 1 <= limit <= most:
        raise InvalidRequest(f"limit must be from 1 to {most}", param="limit")
    ordered = list(items) if order == "asc" else list(reversed(items))
    ids = [one["id"] for one in ordered]
    after = request.query_params.get("after")
    if after is not None and after not in ids:
        raise InvalidRequest("after must be the id of an item of this response", param="after")
    begin = 0 if after is None else ids.index(after) + 1
    shown = ordered[begin : begin + limit]
    return {
        "object": "list",
        "data": list(shown),
        "first_id": shown[0]["id"] if shown else "",
        "last_id": shown[-1]["id"] if shown else "",
        "has_more": begin + limit < len(ordered),
    }


def _json(body: dict[str, JsonValue]) -> Response:
    return Response(orjson.dumps(body), media_type="application/json")
