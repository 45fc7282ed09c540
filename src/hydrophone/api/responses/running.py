"""Responses that are given at once, while they are: who may cancel them, and how."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

from hydrophone.types import CancelScope, Principal, Question, RequestContext


@dataclass(frozen=True, slots=True)
class RunningResponse:
    """One of them; `created_at` is seconds since 1970."""

    question: Question
    principal: Principal
    created_at: int
    cancel: CancelScope


class RunningResponses:
    """Those of this process, for one event loop."""

    def __init__(self) -> None:
        self._running: dict[str, RunningResponse] = {}

    @contextmanager
    def entered(
        self, question: Question, context: RequestContext, created_at: int
    ) -> Iterator[None]:
        """The response to a request runs meanwhile."""
        one = RunningResponse(question, context.principal, created_at, context.cancel)
        self._running[context.request_id] = one
        try:
            yield
        finally:
            self.leave(context.request_id)

    def leave(self, key: str) -> None:
        """The response has ended, though its last event may still be on its way."""
        self._running.pop(key, None)

    def find(self, key: str, principal: Principal) -> RunningResponse | None:
        """The caller's response of this request, if it runs."""
        found = self._running.get(key)
        same = found is not None and (found.principal.kind, found.principal.id) == (
            principal.kind,
            principal.id,
        )
        return found if same else None
