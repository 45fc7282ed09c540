"""The client of one account."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Any, Self

from hydrophone.perplexity.account.capture import captured
from hydrophone.perplexity.account.history import History
from hydrophone.perplexity.account.quota import (
    Connector,
    Profile,
    Quota,
    Space,
    read_connectors,
    read_profile,
    read_quota,
    read_spaces,
)
from hydrophone.perplexity.account.tier import Account, AccountTier
from hydrophone.perplexity.client.conversation import AsyncConversation
from hydrophone.perplexity.client.log import set_up_log
from hydrophone.perplexity.config import ClientConfig, ConversationConfig, ModelMode
from hydrophone.perplexity.models.discovery import ModelList
from hydrophone.perplexity.models.ids import resolve
from hydrophone.perplexity.models.table import Model
from hydrophone.perplexity.session.token import read_token
from hydrophone.perplexity.session.transport import ORIGIN
from hydrophone.perplexity.session.web import WebSession
from hydrophone.perplexity.wire.thread import Thread
from hydrophone.types import Secret


class AsyncPerplexity:
    """Perplexity's web service with the session of one account. For one event loop.

    `session_token` is the value of the cookie `__Secure-next-auth.session-token`, or a line of
    cookies that it stands in. `on_token` is told of each token that the service gives in its place.
    `models_kept_in` is a file for the list of models, so that it is asked for once a day. Raises
    ValueError when there is no token in it. `origin` is for tests alone.
    """

    def __init__(
        self,
        session_token: str,
        config: ClientConfig | None = None,
        *,
        on_token: Callable[[Secret], None] | None = None,
        models_kept_in: Path | None = None,
        origin: str = ORIGIN,
    ) -> None:
        self._config = config or ClientConfig()
        set_up_log(self._config)
        try:
            token = read_token(session_token)
        finally:
            del session_token  # no traceback that shows its locals is to show it
        self._web = WebSession(token, self._config, origin=origin, on_token=on_token)
        self._account = Account(self._web)
        self.history = History(self._web)
        self.model_list = ModelList(self._web, kept_in=models_kept_in)

    def create_conversation(self, config: ConversationConfig | None = None) -> AsyncConversation:
        """A conversation, which begins with its first question."""
        return self._conversation(config, None)

    async def resume(
        self, uuid: str, config: ConversationConfig | None = None
    ) -> AsyncConversation:
        """A kept conversation, by its slug or the id of one of its entries, gone on with behind its
        last entry. Raises ThreadNotFound."""
        return self._conversation(config, await self.thread_of(uuid))

    async def thread_of(self, uuid: str) -> Thread:
        """By what names the service knows a kept conversation. Raises ThreadNotFound."""
        return (await self.history.read(uuid)).thread

    def going_on(
        self,
        thread: Thread,
        config: ConversationConfig,
        *,
        asks_back: bool = True,
        custom_model_mode: ModelMode | None = None,
    ) -> AsyncConversation:
        """A conversation behind the last entry of a thread, or a new one for an empty thread.

        `asks_back`: questions that research asks back are an error; else it goes on by itself.
        """
        held = config.but(
            research_interaction="manual" if asks_back else "auto",
            custom_model_mode=custom_model_mode,
        )
        return self._conversation(held, thread)

    async def models(self) -> Mapping[str, Model]:
        """The models of the moment, by their ids."""
        return await self.model_list.models()

    async def quota(self) -> Quota:
        """What is left of the account's quota. Raises PerplexityError."""
        return await read_quota(self._web)

    async def profile(self) -> Profile | None:
        """Whose session it is; None when it has ended. Raises PerplexityError."""
        return await read_profile(self._web)

    async def spaces(self) -> list[Space]:
        """The account's spaces. Raises PerplexityError."""
        return await read_spaces(self._web)

    async def connectors(self) -> list[Connector]:
        """The sources that the account has connected. Raises PerplexityError."""
        return await read_connectors(self._web)

    def adopted(self, conversation: AsyncConversation) -> AsyncConversation:
        """The conversation as one of this client's."""
        return conversation.moved(self._web, self._account, self.model_list)

    @property
    def token(self) -> Secret:
        """The session's token of this moment, which the service may have renewed."""
        return self._web.token

    async def account_tier(self) -> AccountTier:
        """The account's subscription. Raises AuthenticationError when the session has ended."""
        return await self._account.tier()

    async def capture(self, question: str | None = None) -> dict[str, Any]:
        """The shapes of what the service sends, without its contents, for a bug report; with a
        question, which costs quota, those of its answer too."""
        return await captured(self._web, resolve("best"), question)

    async def close(self) -> None:
        """Close all connections."""
        await self._web.close()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(self, *_: object) -> None:
        await self.close()

    def _conversation(
        self,
        config: ConversationConfig | None,
        thread: Thread | None,
    ) -> AsyncConversation:
        return AsyncConversation(
            self._web,
            self._account,
            self.model_list,
            self._config,
            config or ConversationConfig(),
            thread=thread,
        )
