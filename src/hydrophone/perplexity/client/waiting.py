"""The client and its conversations for programs that wait for each answer."""

from __future__ import annotations

import threading
from collections.abc import Callable, Coroutine, Iterator, Mapping, Sequence
from typing import Any, Self, TypeVar

from hydrophone.perplexity.account.history import (
    Export,
    ExportFormat,
    KeptThread,
    ThreadSummary,
)
from hydrophone.perplexity.account.quota import Connector, Profile, Quota, Space
from hydrophone.perplexity.account.tier import AccountTier
from hydrophone.perplexity.client.background import Background
from hydrophone.perplexity.client.conversation import HALF_READ, AsyncConversation
from hydrophone.perplexity.client.perplexity import AsyncPerplexity
from hydrophone.perplexity.client.reading import Reading
from hydrophone.perplexity.client.response import Response
from hydrophone.perplexity.config import ClientConfig, ConversationConfig
from hydrophone.perplexity.files.inputs import FileInput
from hydrophone.perplexity.models.table import Model
from hydrophone.perplexity.session.transport import ORIGIN
from hydrophone.perplexity.wire.results import SearchResultItem
from hydrophone.types import Notice, Secret

_Done = TypeVar("_Done")


class Perplexity:
    """Perplexity's web service with the session of one account; see `AsyncPerplexity`.

    Create it once and use it from any thread, in a notebook, and after a fork.
    """

    def __init__(
        self,
        session_token: str,
        config: ClientConfig | None = None,
        *,
        on_token: Callable[[Secret], None] | None = None,
        origin: str = ORIGIN,
    ) -> None:
        token = Secret(session_token)
        del session_token  # no traceback that shows its locals is to show it
        self._config = config or ClientConfig()
        self._on_token = on_token
        self._origin = origin
        self._lock = threading.RLock()  # a finalizer may close in a thread that has it
        self._background: Background | None = None
        self._client = self._opened(token)

    def create_conversation(self, config: ConversationConfig | None = None) -> Conversation:
        """A conversation, which begins with its first question."""
        return Conversation(self, self._client.create_conversation(config))

    def resume(self, uuid: str, config: ConversationConfig | None = None) -> Conversation:
        """A kept conversation, gone on with behind its last entry; see `AsyncPerplexity.resume`."""
        return Conversation(self, self._run(lambda client: client.resume(uuid, config)))

    def threads(
        self, *, search: str = "", space_uuid: str | None = None, most: int | None = 50
    ) -> list[ThreadSummary]:
        """The kept conversations, the newest first; see `History.threads`."""

        async def listed(client: AsyncPerplexity) -> list[ThreadSummary]:
            found = client.history.threads(search=search, space_uuid=space_uuid, most=most)
            return [one async for one in found]

        return self._run(listed)

    def read_thread(self, key: str) -> KeptThread:
        """A kept conversation; see `History.read`."""
        return self._run(lambda client: client.history.read(key))

    def rename_thread(self, key: str, title: str) -> None:
        """Give a kept conversation another title; see `History.rename`."""
        self._run(lambda client: client.history.rename(key, title))

    def share_thread(self, key: str, *, public: bool) -> None:
        """Let whoever has its address read a kept conversation, or nobody; see `History.share`."""
        self._run(lambda client: client.history.share(key, public=public))

    def delete_thread(self, key: str) -> None:
        """Delete a kept conversation for good; see `History.delete`."""
        self._run(lambda client: client.history.delete(key))

    def export_thread(self, key: str, kind: ExportFormat = "md") -> Export:
        """The last answer of a kept conversation as a file; see `History.export`."""
        return self._run(lambda client: client.history.export(key, kind))

    def models(self) -> Mapping[str, Model]:
        """The models of the moment, by their ids."""
        return self._run(lambda client: client.models())

    def quota(self) -> Quota:
        """What is left of the account's quota."""
        return self._run(lambda client: client.quota())

    def profile(self) -> Profile | None:
        """Whose session it is; None when it has ended."""
        return self._run(lambda client: client.profile())

    def spaces(self) -> list[Space]:
        """The account's spaces."""
        return self._run(lambda client: client.spaces())

    def connectors(self) -> list[Connector]:
        """The sources that the account has connected."""
        return self._run(lambda client: client.connectors())

    def account_tier(self) -> AccountTier:
        """The account's subscription. Raises AuthenticationError when the session has ended."""
        return self._run(lambda client: client.account_tier())

    def close(self) -> None:
        """Stop all answers that are still read, whose readers get a RuntimeError, and close all
        connections."""
        if (background := self._background) is not None:
            background.close()

    def __del__(self) -> None:
        if (background := getattr(self, "_background", None)) is not None:
            background.abandon()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self.close()

    def _opened(self, token: Secret) -> AsyncPerplexity:
        return AsyncPerplexity(
            token.reveal(), self._config, on_token=self._on_token, origin=self._origin
        )

    def _live(self) -> tuple[Background, AsyncPerplexity]:
        """What runs work in this process; after a fork, or a close, it is made anew."""
        with self._lock:
            background = self._background
            if background is None or not background.lives:
                if background is not None:
                    self._client = self._opened(self._client.token)
                background = self._background = Background(self._client.close)
            return background, self._client

    def _run(self, work: Callable[[AsyncPerplexity], Coroutine[Any, Any, _Done]]) -> _Done:
        background, client = self._live()
        return background.run(work(client))


class Conversation:
    """Questions that follow one another; see `AsyncConversation`.

    `for response in conversation.ask("…", stream=True)` reads an answer while it comes in.
    """

    def __init__(self, client: Perplexity, inner: AsyncConversation) -> None:
        self._client = client
        self._inner = inner
        self._is_unread = False
        self._reading: Reading[Response] | None = None

    def ask(
        self,
        query: str,
        model: str | None = None,
        files: Sequence[FileInput] | None = None,
        citation_mode: str | None = None,
        stream: bool = False,
    ) -> Self:
        """Ask and wait for the answer; with `stream` read it by iterating over the conversation.

        Raises what `AsyncConversation.ask` raises, and RuntimeError when the client is closed
        meanwhile, or within the stream of the answer before, which is to be read or closed first.
        """
        if not stream:
            self._check_turn()

        async def work(client: AsyncPerplexity) -> None:
            self._inner = client.adopted(self._inner)
            await self._inner.ask(query, model, files, citation_mode, stream)

        self._client._run(work)
        self._is_unread = stream
        return self

    def __iter__(self) -> Iterator[Response]:
        if self._is_unread:
            self._check_turn()
        background, _ = self._client._live()
        reading = Reading(background, aiter(self._inner))
        if self._is_unread:
            self._is_unread, self._reading = False, reading
        try:
            while (response := reading.next()) is not None:
                yield response
        finally:
            reading.leave()

    def _check_turn(self) -> None:
        """Raise RuntimeError where this thread would wait for what it has to read itself."""
        if self._reading is not None and self._reading.is_held:
            raise RuntimeError(HALF_READ)

    @property
    def answer(self) -> str | None:
        """The text of the last answer; None before the first."""
        return self._inner.answer

    @property
    def title(self) -> str | None:
        """The title that the service gave the conversation."""
        return self._inner.title

    @property
    def search_results(self) -> list[SearchResultItem]:
        """The sources of the last answer: `[1]` is the first."""
        return self._inner.search_results

    @property
    def uuid(self) -> str | None:
        """The id of the conversation's last entry; `Perplexity.resume` goes on with it."""
        return self._inner.uuid

    @property
    def notices(self) -> Sequence[Notice]:
        """What should be known of how the last answer came to be."""
        return self._inner.notices

    @property
    def related(self) -> Sequence[str]:
        """Questions that one could ask next."""
        return self._inner.related
