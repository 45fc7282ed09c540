"""The bodies of batches, for the OpenAPI document alone."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from hydrophone.api.bodies import Shape
from hydrophone.ports import BatchStatus


class BatchErrorShape(Shape):
    """What is wrong with a line of the input file, or with the file."""

    code: str
    message: str
    line: int | None = Field(default=None, description="Counted from 1.")
    param: str | None = None


class BatchErrorsShape(Shape):
    """What is wrong with the input file, up to a hundred things."""

    object: Literal["list"]
    data: list[BatchErrorShape]


class BatchCountsShape(Shape):
    """How many lines there are, have an answer, and have ended without one."""

    total: int
    completed: int
    failed: int


class CachedTokensShape(Shape):
    """Always none."""

    cached_tokens: int


class ReasoningTokensShape(Shape):
    """Of the tokens that were written."""

    reasoning_tokens: int


class BatchUsageShape(Shape):
    """The tokens of all lines that have ended."""

    input_tokens: int
    input_tokens_details: CachedTokensShape
    output_tokens: int
    output_tokens_details: ReasoningTokensShape
    total_tokens: int


class BatchObject(Shape):
    """A batch and where it stands. Times are seconds since 1970."""

    id: str
    object: Literal["batch"]
    endpoint: str
    errors: BatchErrorsShape | None
    input_file_id: str
    completion_window: Literal["24h"]
    status: BatchStatus
    output_file_id: str | None = Field(description="The lines that have an answer.")
    error_file_id: str | None = Field(description="The lines that have none, and why.")
    created_at: int
    in_progress_at: int | None
    expires_at: int
    finalizing_at: int | None
    completed_at: int | None
    failed_at: int | None
    expired_at: int | None
    cancelling_at: int | None
    cancelled_at: int | None
    request_counts: BatchCountsShape
    usage: BatchUsageShape
    metadata: dict[str, str] | None


class BatchObjects(Shape):
    """Some of a caller's batches, the newest first."""

    object: Literal["list"]
    data: list[BatchObject]
    first_id: str | None
    last_id: str | None
    has_more: bool = Field(description="Whether older ones lie behind them.")


BATCH_BODIES: tuple[type[Shape], ...] = (BatchObject, BatchObjects)
