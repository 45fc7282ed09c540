"""/v1/files: files come in, are listed, read and deleted."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast
from urllib.parse import quote

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse, Response
from starlette.requests import ClientDisconnect
from starlette.types import Receive, Scope, Send

from hydrophone.api.errors import DOCUMENTED_ERRORS, error_response
from hydrophone.api.files.form import Form, read_form
from hydrophone.api.files.listing import after_of, limit_of, list_body, listing
from hydrophone.api.files.shapes import file_object
from hydrophone.api.request import QueryParameter, add_bodiless, identify
from hydrophone.api.sse import as_response, unless_disconnected
from hydrophone.errors import HydrophoneError, InvalidRequest, NotConfigured
from hydrophone.ports import FilePurpose, Files, House, StoredFile
from hydrophone.types import Principal

PATHS: Sequence[str] = ("/v1/files", "/files")
ONE: Sequence[str] = [f"{path}/{{file_id}}" for path in PATHS]
CONTENT: Sequence[str] = [f"{path}/content" for path in ONE]
MOST_LISTED = 10_000
PURPOSES: Sequence[FilePurpose] = ("batch", "batch_output")
LEAST_KEPT_S, MOST_KEPT_S = 3_600, 2_592_000
_ANCHOR, _SECONDS = "expires_after[anchor]", "expires_after[seconds]"
_LISTING = (
    *listing(default=MOST_LISTED, most=MOST_LISTED),
    QueryParameter(
        "order", "The newest first, or the oldest.", {"type": "string", "enum": ["asc", "desc"]}
    ),
    QueryParameter("purpose", "Only these.", {"type": "string", "enum": [*PURPOSES]}),
)
_FORM = {
    "required": True,
    "content": {
        "multipart/form-data": {
            "schema": {
                "type": "object",
                "required": ["file", "purpose"],
                "properties": {
                    "file": {"type": "string", "format": "binary"},
                    "purpose": {"type": "string", "enum": ["batch"]},
                    _ANCHOR: {"type": "string", "enum": ["created_at"]},
                    _SECONDS: {
                        "type": "integer",
                        "minimum": LEAST_KEPT_S,
                        "maximum": MOST_KEPT_S,
                    },
                },
            }
        }
    },
}


def files_router(house: House) -> APIRouter:
    """The endpoints of files, with and without /v1."""
    router = APIRouter(tags=["files"])

    async def create_file(request: Request) -> Response:
        """Send a file for a batch: a form with `file` and `purpose=batch`."""
        principal = await identify(request, house.accounts)
        files = _files(house)
        try:
            async with files.incoming() as incoming:
                form = await read_form(request, incoming)
                purpose, keep_s = _purpose(form), _keep_s(form)
                name = form.file_name or ""
                file = await incoming.keep(name, purpose, principal, keep_s=keep_s)
        except ClientDisconnect:
            return Response(status_code=400)  # nobody is there to read it
        return JSONResponse(file_object(file))

    async def list_files(request: Request) -> Response:
        """Your files."""
        principal = await identify(request, house.accounts)
        found = await _files(house).files(
            principal,
            purpose=_listed_purpose(request),
            limit=limit_of(request, default=MOST_LISTED, most=MOST_LISTED),
            after=after_of(request),
            oldest_first=_oldest_first(request),
        )
        data = [file_object(file) for file in found.files]
        return JSONResponse(list_body(data, more=found.more))

    async def get_file(request: Request) -> Response:
        """What is known of a file."""
        principal = await identify(request, house.accounts)
        file = await _files(house).file(request.path_params["file_id"], principal)
        return JSONResponse(file_object(file))

    async def delete_file(request: Request) -> Response:
        """Delete a file for good; not while a batch reads it."""
        principal = await identify(request, house.accounts)
        file_id = request.path_params["file_id"]
        await _files(house).delete(file_id, principal)
        return JSONResponse({"id": file_id, "object": "file", "deleted": True})

    async def get_content(request: Request) -> Response:
        """The file itself."""
        principal = await identify(request, house.accounts)
        files = _files(house)
        file = await files.file(request.path_params["file_id"], principal)
        return as_response(_Content(files, file, principal))

    for path in PATHS:
        router.add_api_route(
            path,
            create_file,
            methods=["POST"],
            openapi_extra={"requestBody": _FORM},
            responses={code: DOCUMENTED_ERRORS[code] for code in (400, 413)},
            include_in_schema=path == PATHS[0],
            response_model=None,
        )
    add_bodiless(
        router, "GET", PATHS, list_files, answer="Your files.", errors=(400,), query=_LISTING
    )
    add_bodiless(router, "GET", ONE, get_file, answer="The file.", errors=(404,))
    add_bodiless(router, "DELETE", ONE, delete_file, answer="It is gone.", errors=(400, 404))
    add_bodiless(
        router,
        "GET",
        CONTENT,
        get_content,
        answer="Its bytes.",
        errors=(404,),
        media_types=("application/octet-stream",),
    )
    return router


class _Content:
    """An ASGI response that sends a file piece by piece."""

    def __init__(self, files: Files, file: StoredFile, principal: Principal) -> None:
        self._files = files
        self._file = file
        self._principal = principal

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Send it, unless the caller goes away first."""

        async def work() -> None:
            try:
                await self._send(send)
            except HydrophoneError as error:  # only before the first byte
                await error_response(error)(scope, receive, send)

        await unless_disconnected(receive, work())

    async def _send(self, send: Send) -> None:
        async with self._files.content(self._file.id, self._principal) as pieces:
            await send({"type": "http.response.start", "status": 200, "headers": self._headers()})
            async for piece in pieces:
                await send({"type": "http.response.body", "body": piece, "more_body": True})
            await send({"type": "http.response.body", "body": b""})

    def _headers(self) -> list[tuple[bytes, bytes]]:
        name = quote(self._file.name, safe="")
        return [
            (b"content-type", b"application/octet-stream"),
            (b"content-length", str(self._file.size_bytes).encode()),
            (b"content-disposition", f"attachment; filename*=UTF-8''{name}".encode()),
            # What a caller has sent must never run as a page of this server.
            (b"x-content-type-options", b"nosniff"),
        ]


def _files(house: House) -> Files:
    if house.files is None:
        raise NotConfigured("this server keeps no files")
    return house.files


def _purpose(form: Form) -> FilePurpose:
    if form.fields.get("purpose") != "batch":
        raise InvalidRequest("purpose must be batch", param="purpose")
    return "batch"


def _keep_s(form: Form) -> int | None:
    """The seconds after which the caller wants the file gone."""
    anchor, seconds = form.fields.get(_ANCHOR), form.fields.get(_SECONDS)
    if anchor is None and seconds is None:
        return None
    if anchor != "created_at":
        raise InvalidRequest("the anchor must be created_at", param=_ANCHOR)
    return kept_seconds(int(seconds) if seconds and seconds.isdecimal() else None, _SECONDS)


def kept_seconds(seconds: int | None, param: str) -> int:
    """The seconds, when they are within what OpenAI allows. Raises InvalidRequest."""
    if seconds is None or not LEAST_KEPT_S <= seconds <= MOST_KEPT_S:
        span = f"{LEAST_KEPT_S} to {MOST_KEPT_S}"
        raise InvalidRequest(f"{param} must be from {span} seconds", param=param)
    return seconds


def _listed_purpose(request: Request) -> FilePurpose | None:
    purpose = request.query_params.get("purpose")
    if purpose and purpose not in PURPOSES:
        raise InvalidRequest(f"purpose must be one of: {', '.join(PURPOSES)}", param="purpose")
    return cast("FilePurpose", purpose) if purpose else None


def _oldest_first(request: Request) -> bool:
    order = request.query_params.get("order") or "desc"
    if order not in ("asc", "desc"):
        raise InvalidRequest("order must be asc or desc", param="order")
    return order == "asc"
