"""The web sessions of a server: its own and its callers', their conversations and their models."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass
from time import time

from hydrophone.errors import AuthenticationError, HydrophoneError, NotFound
from hydrophone.perplexity.answering.failures import translated
from hydrophone.perplexity.answering.kept import KeptConversations
from hydrophone.perplexity.answering.pool import ClientPool, Leased, account_of
from hydrophone.perplexity.models.table import MODELS, Model
from hydrophone.ports import KeptConversation, SessionFigures
from hydrophone.types import Principal, RequestContext, Secret

_ASKED_S = 10.0
_log = logging.getLogger(__name__)


@dataclass(frozen=True, slots=True)
class InUse:
    """A session that a request is answered with. `own`: it is the server's."""

    leased: Leased
    own: bool


class WebSessions:
    """Implements the port `Sessions`. `own` is the server's session, for whoever brings none;
    without `passthrough` a server that has one takes no other from callers that need no key."""

    def __init__(
        self,
        pool: ClientPool,
        kept: KeptConversations,
        *,
        own: Secret | None = None,
        passthrough: bool = True,
        clock: Callable[[], float] = time,
    ) -> None:
        self.kept = kept
        self._pool = pool
        self._own = own
        self._passthrough = passthrough
        self._clock = clock
        self._known: Mapping[str, Model] = MODELS
        self._refreshed_at: float | None = None

    @property
    def known(self) -> Mapping[str, Model]:
        """The models, by their ids."""
        return self._known

    @asynccontextmanager
    async def of(self, context: RequestContext) -> AsyncIterator[InUse]:
        """The session that a request is answered with. Raises AuthenticationError without one, and
        what goes wrong inside as an error of the house."""
        async with self._using(self._taken(context.principal, context.credential)) as used:
            yield used

    def conversations(
        self, principal: Principal, session: Secret | None
    ) -> Sequence[KeptConversation]:
        """See `Sessions`."""
        token = self._taken(principal, session) or self._own
        return () if token is None else self.kept.of(principal.id, account_of(token))

    def forget(self, conversation: str, principal: Principal, session: Secret | None) -> None:
        """See `Sessions`."""
        token = self._taken(principal, session) or self._own
        if token is None:
            raise NotFound("there is no such conversation: conversations are those of a session")
        self.kept.forget(conversation, principal.id, account_of(token))

    def figures(self) -> SessionFigures:
        """See `Sessions`."""
        conversations, callers, messages = self.kept.counts()
        return SessionFigures(
            accounts=len(self._pool),
            conversations=conversations,
            callers=callers,
            messages=messages,
            refreshed_at=self._refreshed_at,
        )

    async def refresh_models(self, session: Secret | None, *, at_once: bool = True) -> int:
        """See `Sessions`."""
        try:
            async with asyncio.timeout(_ASKED_S), self._using(session) as used:
                listed = used.leased.client.model_list
                known = await (listed.refresh() if at_once else listed.models())
        except (TimeoutError, HydrophoneError) as error:
            if at_once:
                raise
            _log.info("which models there are is not known: %s", error)
            return len(self._known)
        if at_once or (known is not self._known and known is not MODELS):
            self._known, self._refreshed_at = known, self._clock()
        return len(known)

    def _taken(self, principal: Principal, brought: Secret | None) -> Secret | None:
        """The session that a caller brings, where it is taken."""
        if principal.kind == "local" and self._own is not None and not self._passthrough:
            return None
        return brought

    @asynccontextmanager
    async def _using(self, brought: Secret | None) -> AsyncIterator[InUse]:
        token = brought or self._own
        if token is None:
            raise AuthenticationError(
                "this needs a session of Perplexity: send your token in the header "
                "`X-Perplexity-Session-Token`, or have the server signed in by `hydrophone login`"
            )
        own = brought is None
        with translated(own=own):
            async with self._pool.lease(token) as leased:
                yield InUse(leased, own)
