"""The body of POST /v1/async/sonar."""

from __future__ import annotations

from pydantic import Field

from hydrophone.api.chat.schema import ChatRequest
from hydrophone.api.request import Body


class AsyncChatRequest(Body):
    """A chat request that is answered in the background."""

    request: ChatRequest = Field(
        description="The body of a chat request; `stream` and `stream_mode` have no effect."
    )
    idempotency_key: str | None = Field(
        default=None,
        description=(
            "Sent again with the same request, gives the request that is there already instead of "
            "a second one; 1 to 255 printable characters."
        ),
    )
