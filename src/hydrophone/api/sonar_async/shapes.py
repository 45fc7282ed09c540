"""Jobs as async Sonar shows them. A cancelled one has failed: the dialect knows no other word."""

from __future__ import annotations

from collections.abc import Sequence

import orjson

from hydrophone.api.chat.answer import AnswerSoFar
from hydrophone.api.chat.dialect import completion_body
from hydrophone.api.chat.head import ChatHead
from hydrophone.ports import Job, JobStatus, ModelCard
from hydrophone.types import Event, Meter, Question

_STATUS: dict[JobStatus, str] = {
    "queued": "CREATED",
    "running": "IN_PROGRESS",
    "done": "COMPLETED",
    "failed": "FAILED",
    "cancelled": "FAILED",
}


def request_object(job: Job) -> dict[str, object]:
    """A request as lists show it; times are seconds since 1970."""
    # What a stopping server gives back to the queue has been begun all the same.
    begun = job.status == "queued" and job.started_at_ms is not None
    body: dict[str, object] = {
        "id": job.id,
        "model": job.model,
        "created_at": job.created_at_ms // 1000,
        "status": "IN_PROGRESS" if begun else _STATUS[job.status],
    }
    if job.started_at_ms is not None:
        body["started_at"] = job.started_at_ms // 1000
    if job.ended_at_ms is not None:
        ended = "completed_at" if job.status == "done" else "failed_at"
        body[ended] = job.ended_at_ms // 1000
    return body


def whole_request(job: Job, question: Question, card: ModelCard, events: Sequence[Event]) -> bytes:
    """A request by itself: with the chat's body when it is answered, or why it failed.

    `events` are the job's when it has ended.
    """
    body = request_object(job)
    if job.status == "done":
        body["response"] = orjson.Fragment(completion_of(job, question, card, events))
    elif job.ended:
        body["error_message"] = job.error or "the request failed"
    return orjson.dumps(body)


def completion_of(job: Job, question: Question, card: ModelCard, events: Sequence[Event]) -> bytes:
    """The chat's body for a job that was answered; `events` are all of it."""
    head = ChatHead(job.id, job.created_at_ms // 1000, question, card)
    answer, meter = AnswerSoFar(aloud=head.thinks_aloud), Meter()
    meter.pro_search = job.pro_search
    for event in events:
        answer.take(event)
    return completion_body(head, answer, meter)
