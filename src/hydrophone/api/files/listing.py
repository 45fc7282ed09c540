"""Which part of a list is wanted, and how it is shown: as OpenAI's lists are."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Final

from fastapi import Request

from hydrophone.api.request import QueryParameter
from hydrophone.errors import InvalidRequest
from hydrophone.types import JsonValue

_ID: Final = re.compile(r"[a-z]+[-_][0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}")
_DIGITS = 9


def limit_of(request: Request, *, default: int, most: int) -> int:
    """How many are wanted at most. Raises InvalidRequest."""
    given = request.query_params.get("limit") or str(default)
    fits = given.isascii() and given.isdecimal() and len(given) <= _DIGITS
    if not fits or not 1 <= int(given) <= most:
        raise InvalidRequest(f"limit must be from 1 to {most}", param="limit")
    return int(given)


def after_of(request: Request) -> str | None:
    """The id of the last one that is known already. Raises InvalidRequest."""
    given = request.query_params.get("after")
    if given and not _ID.fullmatch(given):
        raise InvalidRequest("after must be an id of the list before", param="after")
    return given or None


def list_body(data: Sequence[dict[str, JsonValue]], *, more: bool) -> dict[str, JsonValue]:
    """The list as it goes out."""
    return {
        "object": "list",
        "data": list(data),
        "first_id": data[0]["id"] if data else None,
        "last_id": data[-1]["id"] if data else None,
        "has_more": more,
    }


def listing(*, default: int, most: int) -> tuple[QueryParameter, QueryParameter]:
    """The parameters of a list, for the document."""
    counts = {"type": "integer", "minimum": 1, "maximum": most, "default": default}
    return (
        QueryParameter("limit", "How many at most.", counts),
        QueryParameter(
            "after", "The last id of the list before: gives those behind it.", {"type": "string"}
        ),
    )
