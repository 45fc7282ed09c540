"""The bodies of what is told of responses that stay, for the OpenAPI document alone."""

from __future__ import annotations

from typing import Any, Literal

from pydantic import Field

from hydrophone.api.bodies import Shape


class CancelledResponse(Shape):
    """A response will stop."""

    response_id: str
    status: Literal["cancelling"]


class DeletedResponse(Shape):
    """A response is gone."""

    id: str
    object: Literal["response"]
    deleted: Literal[True]


class InputItems(Shape):
    """Some of what was asked, with OpenAI's cursors."""

    object: Literal["list"]
    data: list[dict[str, Any]] = Field(description="Items as a request holds them, with ids.")
    first_id: str
    last_id: str
    has_more: bool


class ResponseFileShape(Shape):
    """A file of a response."""

    id: str = Field(description="Holds within its response.")
    object: Literal["file"]
    filename: str
    bytes: int
    created_at: int = Field(description="Seconds since 1970.")


class ResponseFileList(Shape):
    """The files of a response."""

    object: Literal["list"]
    data: list[ResponseFileShape]


STAYING_BODIES: tuple[type[Shape], ...] = (
    CancelledResponse,
    DeletedResponse,
    InputItems,
    ResponseFileList,
)
