"""The bodies of async Sonar's answers, for the OpenAPI document alone."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from hydrophone.api.bodies import ChatCompletion, Shape


class AsyncListed(Shape):
    """A chat request that was taken in, as a list shows it. Times are seconds since 1970."""

    id: str
    model: str = Field(description="The model id as it was sent.")
    status: Literal["CREATED", "IN_PROGRESS", "COMPLETED", "FAILED"]
    created_at: int
    started_at: int | None = None
    completed_at: int | None = None
    failed_at: int | None = None


class AsyncChatCompletion(AsyncListed):
    """A chat request that was taken in."""

    response: ChatCompletion | None = Field(default=None, description="When it is COMPLETED.")
    error_message: str | None = Field(default=None, description="When it has FAILED.")


class AsyncChatList(Shape):
    """Some of a caller's requests, the newest first."""

    requests: list[AsyncListed]
    next_token: str | None = Field(default=None, description="Gives those behind them.")


ASYNC_BODIES: tuple[type[Shape], ...] = (AsyncChatCompletion, AsyncChatList)
