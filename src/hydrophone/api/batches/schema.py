"""The body of POST /v1/batches."""

from __future__ import annotations

from typing import Literal

from pydantic import Field

from hydrophone.api.request import Body


class OutputExpiry(Body):
    """When the files that a batch makes expire."""

    anchor: Literal["created_at"]
    seconds: int


class BatchRequest(Body):
    """A batch: the file with its lines, and the endpoint that they ask."""

    input_file_id: str = Field(description="A file that was sent with `purpose=batch`.")
    endpoint: str = Field(description="The `url` of every line.")
    completion_window: Literal["24h"] | None = Field(
        default=None, description="What has not been answered by then, is given up."
    )
    metadata: dict[str, str] | None = Field(
        default=None, description="Your own notes: 16 of up to 64 and 512 characters."
    )
    output_expires_after: OutputExpiry | None = Field(
        default=None, description="Have the output expire sooner than the server would."
    )
