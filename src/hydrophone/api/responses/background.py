"""A response in the background, as the request that begins it is answered."""

from __future__ import annotations

import orjson
from fastapi.responses import Response

from hydrophone.api.responses.follow import follow
from hydrophone.api.responses.shelf import ResponseShelf
from hydrophone.api.sse import as_response
from hydrophone.types import Principal, Question


async def begin_in_background(
    shelf: ResponseShelf, question: Question, principal: Principal, *, stream: bool
) -> Response:
    """Take the question in; its response as it stands, or its stream, which may be left and taken
    up again. Raises what the port `Jobs` raises."""
    stored = await shelf.submit(question, principal)
    if stream:
        return as_response(await follow(shelf.jobs, stored.job, principal, shelf.head(stored)))
    body = orjson.dumps(await shelf.body(stored, principal))
    return Response(body, media_type="application/json")
