"""Batches as OpenAI's and Perplexity's clients know them."""

from __future__ import annotations

from hydrophone.ports import Batch, BatchStatus
from hydrophone.types import JsonValue

_ENDED_AT: dict[BatchStatus, str] = {
    "failed": "failed_at",
    "completed": "completed_at",
    "expired": "expired_at",
    "cancelled": "cancelled_at",
}


def batch_object(batch: Batch) -> dict[str, JsonValue]:
    """A batch; times are seconds since 1970."""
    order, counts = batch.order, batch.counts
    metadata: JsonValue = None if order.metadata is None else dict(order.metadata)
    return {
        "id": batch.id,
        "object": "batch",
        "endpoint": order.endpoint,
        "errors": _errors(batch),
        "input_file_id": order.input_file_id,
        "completion_window": "24h",
        "status": batch.status,
        "output_file_id": batch.output_file_id,
        "error_file_id": batch.error_file_id,
        "created_at": batch.created_at_ms // 1000,
        "in_progress_at": _seconds(batch.in_progress_at_ms),
        "expires_at": batch.expires_at_ms // 1000,
        "finalizing_at": _seconds(batch.finalizing_at_ms),
        "completed_at": None,
        "failed_at": None,
        "expired_at": None,
        "cancelling_at": _seconds(batch.cancelling_at_ms),
        "cancelled_at": None,
        "request_counts": {
            "total": counts.total,
            "completed": counts.completed,
            "failed": counts.failed,
        },
        "usage": _usage(batch),
        "metadata": metadata,
        **_ended(batch),
    }


def _ended(batch: Batch) -> dict[str, JsonValue]:
    if batch.ended_at_ms is None:
        return {}
    return {_ENDED_AT[batch.status]: batch.ended_at_ms // 1000}


def _seconds(at_ms: int | None) -> int | None:
    return None if at_ms is None else at_ms // 1000


def _errors(batch: Batch) -> JsonValue:
    if not batch.errors:
        return None
    data: list[JsonValue] = [
        {"code": one.code, "line": one.line, "message": one.message, "param": one.param}
        for one in batch.errors
    ]
    return {"object": "list", "data": data}


def _usage(batch: Batch) -> JsonValue:
    usage = batch.usage
    return {
        "input_tokens": usage.input_tokens,
        "input_tokens_details": {"cached_tokens": 0},
        "output_tokens": usage.output_tokens,
        "output_tokens_details": {"reasoning_tokens": usage.reasoning_tokens},
        "total_tokens": usage.input_tokens + usage.output_tokens,
    }
