"""Perplexity's web session, as the settings say: whose it is, and what answers by it."""

from __future__ import annotations

import asyncio
import os
from collections.abc import Awaitable, Callable, Mapping, Sequence
from contextlib import AsyncExitStack
from dataclasses import dataclass
from typing import TYPE_CHECKING

from hydrophone.app.late import LateAnswerer
from hydrophone.app.session.keeping import OwnToken
from hydrophone.errors import NotConfigured
from hydrophone.ports import KeptConversation, SessionFigures
from hydrophone.settings import Settings
from hydrophone.types import Principal, Secret

if TYPE_CHECKING:
    from hydrophone.accounts.limits.pace import Pace
    from hydrophone.catalog import SessionModels
    from hydrophone.llm.base import TokenCounter
    from hydrophone.perplexity.answering.sessions import WebSessions
    from hydrophone.perplexity.client.perplexity import AsyncPerplexity
    from hydrophone.perplexity.login.store import TokenStore
    from hydrophone.perplexity.models.table import Model
    from hydrophone.ports import Answerer

AUTO = "perplexity-auto"
_MODELS_FILE = "perplexity-models.json"
_PACED = {"rate_limiting", "requests_per_minute"}
_LONG_CHARS = 20_000


@dataclass(frozen=True, slots=True)
class OwnSession:
    """The server's own session, by the token that it began with."""

    token: Secret


def own_session(settings: Settings) -> OwnSession | None:
    """The session of the settings, or the one that `hydrophone login` has kept; None without one,
    or when nothing may go out. Raises NotConfigured for what is no token."""
    if settings.offline:
        return None
    if settings.session_token is not None:
        from hydrophone.perplexity.session.token import read_token

        try:
            return OwnSession(read_token(settings.session_token.get_secret_value()))
        except ValueError as error:
            raise NotConfigured(f"PERPLEXITY_SESSION_TOKEN: {error}") from None
    from hydrophone.perplexity.login.store import TokenStore

    found = TokenStore(settings.data_dir.expanduser()).load()
    return None if found is None else OwnSession(found[0])


def token_store(settings: Settings) -> TokenStore | None:
    """Where a renewed token goes; None when it is to go nowhere."""
    if not settings.session_keep_renewed:
        return None
    from hydrophone.perplexity.login.store import TokenStore

    return TokenStore(settings.data_dir.expanduser())


def default_model(settings: Settings, own: OwnSession | None) -> str:
    """The model of a request that names none."""
    named = "default_model" in settings.model_fields_set
    if named or (own is None and settings.mode != "session"):
        return settings.default_model
    return AUTO


def inbound_keys(settings: Settings) -> list[Secret]:
    """The keys of the settings. OPENAI_API_KEY is often there for other programs: it counts where
    it stands in a `.env`, or beside a session token."""
    keys = [Secret(key.get_secret_value()) for key in settings.api_keys]
    other = settings.openai_api_key
    from_environment = os.environ.get("OPENAI_API_KEY")
    ours = settings.session_token is not None or not from_environment
    if other is not None and (ours or other.get_secret_value() != from_environment):
        keys.append(Secret(other.get_secret_value()))
    return keys


def pace_of(settings: Settings) -> Pace | None:
    """How often a caller may ask; None for any number."""
    if not settings.rate_limiting:
        return None
    from hydrophone.accounts.limits.pace import Pace

    return Pace(settings.requests_per_minute)


def paces_all(settings: Settings) -> bool:
    """Whether it binds every model, as somebody has set it."""
    return bool(_PACED & settings.model_fields_set)


class LateSessions:
    """Implements the port `Sessions`, and gives the catalog what it needs of them. What they are
    made of is loaded when the first is used: a server without one stays as light as it was."""

    def __init__(
        self,
        settings: Settings,
        stack: AsyncExitStack,
        own: OwnSession | None,
        counter: Callable[[], Awaitable[TokenCounter]],
    ) -> None:
        self._settings = settings
        self._stack = stack
        self._own = own
        self._counter = counter
        self._own_token = None if own is None else OwnToken(own.token, token_store(settings))
        self._built: WebSessions | None = None

    def models(self) -> SessionModels:
        """The models, and what answers for them."""
        from hydrophone.catalog import SessionModels

        return SessionModels(
            LateAnswerer(self._answerer),
            self._known,
            configured=self._own is not None,
            only=self._settings.mode == "session",
            takes_sonar=self._settings.session_sonar,
        )

    def conversations(
        self, principal: Principal, session: Secret | None
    ) -> Sequence[KeptConversation]:
        """See `Sessions`."""
        return () if self._built is None else self._built.conversations(principal, session)

    def forget(self, conversation: str, principal: Principal, session: Secret | None) -> None:
        """See `Sessions`."""
        self._sessions().forget(conversation, principal, session)

    def figures(self) -> SessionFigures:
        """See `Sessions`."""
        if self._built is None:
            return SessionFigures(0, 0, 0, 0)
        return self._built.figures()

    async def refresh_models(self, session: Secret | None, *, at_once: bool = True) -> int:
        """See `Sessions`."""
        return await self._sessions().refresh_models(session, at_once=at_once)

    def _known(self) -> Mapping[str, Model]:
        if self._built is not None:
            return self._built.known
        from hydrophone.perplexity.models.table import MODELS

        return MODELS

    async def _answerer(self) -> Answerer:
        from hydrophone.perplexity.answering.answerer import SessionAnswerer

        counter = await self._counter()

        async def count(text: str) -> int:
            if len(text) < _LONG_CHARS:
                return counter.count(text)
            return await asyncio.to_thread(counter.count, text)

        return SessionAnswerer(
            self._sessions(),
            name_of=self.models().name_of,
            count=count,
            deadline_s=self._settings.session_timeout_s,
            asks_back=self._settings.session_research == "manual",
            citation_style=self._settings.session_citations,
            lent=self._settings.session_connectors,
        )

    def _sessions(self) -> WebSessions:
        if self._built is not None:
            return self._built
        from hydrophone.perplexity.answering.kept import KeptConversations
        from hydrophone.perplexity.answering.pool import ClientPool
        from hydrophone.perplexity.answering.sessions import WebSessions

        settings = self._settings
        pool = ClientPool(self._client)
        self._stack.push_async_callback(pool.close)
        kept = KeptConversations(
            timeout_s=settings.conversation_timeout_s, most=settings.conversations_per_user
        )
        self._built = WebSessions(
            pool,
            kept,
            own=None if self._own is None else self._own.token,
            passthrough=settings.session_passthrough,
        )
        return self._built

    def _client(self, token: Secret) -> AsyncPerplexity:
        """A client of one account. When the server's own token is renewed, the new one is kept
        where the one before was; those of callers are never written."""
        from hydrophone.perplexity.client.perplexity import AsyncPerplexity
        from hydrophone.perplexity.config import ClientConfig
        from hydrophone.perplexity.session.transport import ORIGIN

        settings, own = self._settings, self._own_token
        ours = own if own is not None and own.first == token else None
        config = ClientConfig(
            timeout=settings.session_timeout_s,
            requests_per_second=settings.session_requests_per_second,
        )

        return AsyncPerplexity(
            (token if ours is None else ours.newest).reveal(),
            config,
            on_token=None if ours is None else ours.renew,
            models_kept_in=settings.data_dir.expanduser() / _MODELS_FILE,
            origin=settings.session_origin or ORIGIN,
        )
