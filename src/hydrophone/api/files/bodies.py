"""The bodies of files, for the OpenAPI document alone."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from hydrophone.api.bodies import Shape


class KeptFile(Shape):
    """A file that is kept. Times are seconds since 1970."""

    id: str
    object: Literal["file"]
    bytes: int
    created_at: int
    expires_at: int
    filename: str
    purpose: Literal["batch", "batch_output"]
    status: Literal["processed"]


class KeptFileList(Shape):
    """Some of a caller's files."""

    object: Literal["list"]
    data: list[KeptFile]
    first_id: str | None
    last_id: str | None
    has_more: bool = Field(description="Whether others lie behind them.")


class DeletedFile(Shape):
    """A file that is gone."""

    id: str
    object: Literal["file"]
    deleted: Literal[True]


FILE_BODIES: tuple[type[Shape], ...] = (KeptFile, KeptFileList, DeletedFile)
