"""Who calls a tool, and how the call is stopped from elsewhere."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import Any, TypeAlias

from mcp.server.context import CallNext, HandlerResult, ServerRequestContext
from starlette.requests import Request

from hydrophone.errors import Forbidden
from hydrophone.mcp.scope import PRINCIPAL, SESSION, SESSION_HEADER
from hydrophone.ports import House
from hydrophone.types import LOCAL, CancelScope, Principal, RequestContext, Secret

HouseSource: TypeAlias = Callable[[], Awaitable[House]]
Message: TypeAlias = ServerRequestContext[Any, Any]
DOOR = "mcp"
_CANCELLED = "notifications/cancelled"
_Key: TypeAlias = tuple[str, str, str]


class Calls:
    """The calls that run, so that a notification can stop the one it names.

    Over HTTP every request stands by itself, so that a server that was started anew goes on with
    its callers. A session is only a name by which the calls of one client are told apart.
    """

    def __init__(self) -> None:
        self._running: dict[_Key, CancelScope] = {}

    @contextmanager
    def running(self, call: Message) -> Iterator[RequestContext]:
        """The context of a call, which can be stopped until this is left. Raises Forbidden."""
        context = RequestContext(principal=caller(call), credential=_session(call), door=DOOR)
        key = _key(call.request, call.request_id)
        if key is None:
            yield context
            return
        self._running[key] = context.cancel
        try:
            yield context
        finally:
            if self._running.get(key) is context.cancel:
                del self._running[key]

    def stop_all(self, principal: Principal, session: str) -> None:
        """Stop all calls of a session that has ended."""
        for key, scope in list(self._running.items()):
            if key[:2] == (principal.id, session):
                scope.cancel()

    async def heed_cancellations(self, ctx: Message, call_next: CallNext) -> HandlerResult:
        """Middleware of the server: brings a notification and the call that it means together
        where each request has a connection of its own."""
        if ctx.method == _CANCELLED:
            key = _key(ctx.request, (ctx.params or {}).get("requestId"))
            scope = None if key is None else self._running.get(key)
            if scope is not None:
                scope.cancel()
        return await call_next(ctx)


@dataclass(frozen=True, slots=True)
class Desk:
    """What the tools work with. The first call may have to wait until `house` is built."""

    house: HouseSource
    default_model: str
    calls: Calls = field(default_factory=Calls)


def caller(message: Message) -> Principal:
    """Who sent a message. Raises Forbidden where nobody has asked for a key."""
    if message.request is None:  # over standard input: who has started this process
        return LOCAL
    principal = message.request.scope.get(PRINCIPAL)
    if not isinstance(principal, Principal):
        raise Forbidden(
            "this server was started without a check of keys; start it with `hydrophone serve`, "
            "which serves /mcp, or over standard input"
        )
    return principal


def _session(message: Message) -> Secret | None:
    session = None if message.request is None else message.request.scope.get(SESSION)
    return session if isinstance(session, Secret) else None


def _key(request: object, request_id: object) -> _Key | None:
    if not isinstance(request, Request) or request_id is None:
        return None
    session = request.headers.get(SESSION_HEADER)
    principal = request.scope.get(PRINCIPAL)
    if session is None or not isinstance(principal, Principal):
        return None
    return principal.id, session, repr(request_id)
