"""GET /v1/pages/{version}: the text that a citation points into, as it was when it was cited."""

from __future__ import annotations

from fastapi import APIRouter, Request
from fastapi.responses import JSONResponse

from hydrophone.api.errors import DOCUMENTED_ERRORS
from hydrophone.api.request import identify
from hydrophone.errors import InvalidRequest, NotFound
from hydrophone.ports import House, KeptPage
from hydrophone.types import JsonValue

CONTEXT_CHARS = 300
_DIGITS = 9
# By hand: a parameter of the function makes the framework load 30 ms of validators at start.
_DOCUMENTED = {
    "parameters": [
        {
            "name": "version",
            "in": "path",
            "required": True,
            "description": "SHA-256 of the text in UTF-8, in hex, as citations name it.",
            "schema": {"type": "string", "pattern": "^[0-9a-f]{64}$"},
        },
        *(
            {
                "name": name,
                "in": "query",
                "description": f"Code point of the text at which the excerpt {does}.",
                "schema": {"type": "integer", "minimum": 0},
            }
            for name, does in (("start", "begins"), ("end", "has ended"))
        ),
    ]
}


def pages_router(house: House) -> APIRouter:
    """The endpoint of cited pages."""
    router = APIRouter(tags=["pages"])

    @router.get(
        "/v1/pages/{version}",
        responses={status: DOCUMENTED_ERRORS[status] for status in (400, 404)},
        openapi_extra=_DOCUMENTED,
    )
    async def get_page(request: Request) -> JSONResponse:
        """A page that was cited to you, whole, or with `start` and `end` a piece of it."""
        principal = await identify(request, house.accounts)
        if house.kept_pages is None:
            raise NotFound("this server keeps no pages")
        page = await house.kept_pages.page(request.path_params["version"], principal)
        span = [_offset(request, name) for name in ("start", "end")]
        return JSONResponse(_whole(page) if span == [None, None] else _excerpt(page, *span))

    return router


def _offset(request: Request, name: str) -> int | None:
    value = request.query_params.get(name)
    if value is None:
        return None
    if not (value.isascii() and value.isdecimal() and len(value) <= _DIGITS):
        raise InvalidRequest(f"{name} must be a whole number from 0 upwards", param=name)
    return int(value)


def _whole(page: KeptPage) -> dict[str, JsonValue]:
    return {**_head(page), "text": page.text}


def _excerpt(page: KeptPage, start: int | None, end: int | None) -> dict[str, JsonValue]:
    """The piece with what stands around it."""
    length = len(page.text)
    start, end = start or 0, length if end is None else end
    if not start <= end <= length:
        raise InvalidRequest(
            f"start and end must be in order and within the text, which has {length} code points",
            param="start" if start > length else "end",
        )
    return {
        **_head(page),
        "start": start,
        "end": end,
        "text": page.text[start:end],
        "before": page.text[max(0, start - CONTEXT_CHARS) : start],
        "after": page.text[end : end + CONTEXT_CHARS],
    }


def _head(page: KeptPage) -> dict[str, JsonValue]:
    return {
        "object": "page",
        "version": page.version,
        "url": page.url,
        "title": page.title,
        "read_at": page.read_at.isoformat(),
    }
