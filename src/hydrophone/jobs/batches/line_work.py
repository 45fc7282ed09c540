"""What the work on any line has in common: its body, and its end."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

from hydrophone.errors import InternalError, InvalidRequest, StorageError
from hydrophone.jobs.batches.line_rows import LineEnd, LinePlace, LineResult, end_line
from hydrophone.jobs.batches.outputs import answered_line, pack_line
from hydrophone.jobs.batches.rows import BatchLease
from hydrophone.jobs.batches.validation import read_line
from hydrophone.ports import BatchReply, BatchUsage
from hydrophone.storage.state import State
from hydrophone.types import JsonValue, Principal, Usage

DOOR = "batch"
_GOOD = range(200, 300)
_log = logging.getLogger(__name__)


class BatchLost(Exception):
    """Another process has taken the batch over; nothing more may be written."""


class Lines(Protocol):
    """A way to work on the lines of one batch. All methods raise BatchLost and StorageError."""

    async def answer(self, place: LinePlace) -> None:
        """Work on a line until it has ended, or the batch is to stop."""

    async def stop(self) -> None:
        """Stop the lines that are worked on."""

    async def settle(self) -> None:
        """Leave nothing at work for lines that will not be answered any more."""


@dataclass(frozen=True, slots=True)
class LineDesk:
    """Reads and ends the lines of one batch; `stopping` is set when the batch is to stop."""

    state: State
    path: Path
    principal: Principal
    lease: BatchLease
    stopping: asyncio.Event

    def body(self, place: LinePlace) -> Mapping[str, JsonValue]:
        """What the line asks. Blocks. Raises StorageError and InvalidRequest."""
        try:
            with self.path.open("rb") as file:
                body = read_line(file, place)["body"]
        except (OSError, ValueError, KeyError) as error:
            raise StorageError(f"the input file of a batch cannot be read: {error}") from error
        if not isinstance(body, Mapping):
            raise InvalidRequest("body must be a JSON object", param="body")
        return body

    async def end(
        self, place: LinePlace, request_id: str, reply: BatchReply, usage: BatchUsage
    ) -> None:
        """The line has ended with this reply."""
        end: LineEnd = "completed" if reply.status in _GOOD else "failed"
        line = answered_line(place.custom_id, request_id, reply)
        packed = await asyncio.to_thread(pack_line, line)
        async with self.state.writing() as connection:
            result = LineResult(place.number, end, packed, usage)
            if not await end_line(connection, self.lease, result):
                raise BatchLost

    def defect(self, place: LinePlace, error: Exception) -> InternalError:
        """What is said of a defect in one line, which must not keep the others from their ends."""
        _log.error("line %d of %s failed", place.number, self.lease.batch_id, exc_info=error)
        return InternalError("something went wrong inside the server; its log has the details")


def usage_of(usage: Usage) -> BatchUsage:
    """The tokens of a line as the batch counts them."""
    return BatchUsage(usage.prompt_tokens, usage.completion_tokens, usage.reasoning_tokens)
