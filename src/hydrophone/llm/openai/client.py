"""The ChatModel for any endpoint that speaks the OpenAI chat completions API."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator
from contextlib import aclosing, asynccontextmanager, closing
from typing import TYPE_CHECKING
from urllib.parse import urlsplit, urlunsplit

from hydrophone.errors import HydrophoneError, NotConfigured
from hydrophone.llm.base import ModelDelta, ModelReply, ModelRequest
from hydrophone.llm.fold import folded
from hydrophone.llm.openai.failures import (
    Limits,
    ModelAddressWrong,
    ModelFailed,
    ModelRefusedRequest,
    ModelUnreachable,
    translate_error_object,
)
from hydrophone.llm.openai.sse import EventReader
from hydrophone.llm.openai.wire import (
    ErrorInside,
    ReplyReader,
    context_tokens,
    is_llama_cpp,
    model_ids,
    model_owner,
    request_body,
    served_context_tokens,
)
from hydrophone.types import JsonFormat, RegexFormat, Secret

if TYPE_CHECKING:
    from hydrophone.llm.openai.transport import Incoming, Transport
    from hydrophone.llm.structured.learning import FormsTaken

_CHAT = "chat/completions"
_PROPS = "/props"  # llama.cpp's, beside /v1
_DONE = b"[DONE]"
_LIST_DEADLINE_S = 10.0
_WINDOW_DEADLINE_S = 2.0


class OpenAIModel:
    """A ChatModel behind `url`, the endpoint's base ("http://127.0.0.1:11434/v1").

    Connections are shared by all requests and belong to the event loop of the first one. Raises
    ModelAddressWrong when `url` is no HTTP address.
    """

    def __init__(
        self,
        url: str,
        *,
        key: Secret | None = None,
        name: str | None = None,
        limits: Limits | None = None,
    ) -> None:
        self._base = _base_url(url)
        self._key = key
        self._limits = limits or Limits()
        self._where = urlsplit(self._base).netloc
        self.name = name or self._where
        self._transport: Transport | None = None
        self._forms: FormsTaken | None = None

    @asynccontextmanager
    async def stream(self, request: ModelRequest) -> AsyncGenerator[AsyncIterator[ModelDelta]]:
        """The reply as it is written; see ChatModel. Leaving early drops the connection at once."""
        with closing(await self._send(request, stream=True)) as incoming:
            read = self._streamed if incoming.streamed else self._whole
            async with aclosing(read(incoming)) as deltas:
                yield deltas

    async def complete(self, request: ModelRequest) -> ModelReply:
        """The whole reply at once; see ChatModel."""
        with closing(await self._send(request, stream=False)) as incoming:
            return folded(self._read_whole(await incoming.read_all()))

    async def models(self) -> list[str]:
        """The ids of the endpoint's models. Raises what `complete` raises."""
        return model_ids(await self._listed())

    async def context_tokens(self, model: str) -> int | None:
        """How many tokens a model can read and write together, as the endpoint tells it; None when
        it does not, or not within two seconds."""
        try:
            async with asyncio.timeout(_WINDOW_DEADLINE_S):
                body = await self._listed()
                props = await self._get(_PROPS) if is_llama_cpp(body) else b""
                return served_context_tokens(props) or context_tokens(body, model)
        except (TimeoutError, HydrophoneError):
            return None

    async def close(self) -> None:
        """Close all connections; a later request opens new ones."""
        transport, self._transport = self._transport, None
        if transport is not None:
            await transport.close()

    async def _listed(self) -> bytes:
        return await self._get("models")

    async def _get(self, path: str) -> bytes:
        deadline = asyncio.get_running_loop().time() + _LIST_DEADLINE_S
        opening = self._open().open("GET", path, None, deadline=deadline)
        with closing(await opening) as incoming:
            return await incoming.read_all()

    def _open(self) -> Transport:
        if self._transport is None:
            try:
                from hydrophone.llm.openai.transport import Transport
            except ImportError as error:
                raise NotConfigured(
                    f"a library for language models is missing ({error.name}): "
                    "pip install 'hydrophone[api]'"
                ) from error
            self._transport = Transport(self._base, self._key, self._limits, self._where)
        return self._transport

    async def _send(self, request: ModelRequest, *, stream: bool) -> Incoming:
        deadline = asyncio.get_running_loop().time() + request.deadline_s
        if request.response_format is not None:
            return await self._send_formatted(request, request.response_format, stream, deadline)
        body = request_body(request, stream=stream)
        return await self._open().open("POST", _CHAT, body, deadline=deadline)

    async def _send_formatted(
        self, request: ModelRequest, wanted: JsonFormat | RegexFormat, stream: bool, deadline: float
    ) -> Incoming:
        """Send a request in the form that binds the model most, of those that the endpoint takes
        for the format that is wanted."""
        from hydrophone.llm.structured.forms import Form, fields
        from hydrophone.llm.structured.learning import FormsTaken

        async def send(form: Form) -> Incoming:
            more = await asyncio.to_thread(fields, wanted, form)
            body = request_body(request, stream=stream, more=more)
            return await self._open().open("POST", _CHAT, body, deadline=deadline)

        async def owner() -> str:
            return model_owner(await self._listed(), request.model)

        if self._forms is None:
            self._forms = FormsTaken()
        refusals = (ModelRefusedRequest, ModelFailed)
        return await self._forms.first_taken(wanted, send, refusals, owner=owner)

    async def _whole(self, incoming: Incoming) -> AsyncGenerator[ModelDelta]:
        for delta in self._read_whole(await incoming.read_all()):
            yield delta

    def _read_whole(self, body: bytes) -> list[ModelDelta]:
        reader = ReplyReader()
        deltas = [self._read(reader, body)]
        if not reader.finished:
            deltas.append(reader.close())
        return [delta for delta in deltas if delta is not None]

    async def _streamed(self, incoming: Incoming) -> AsyncGenerator[ModelDelta]:
        events, reader = EventReader(), ReplyReader()
        piece, done = b"-", False
        while piece and not done:
            piece = await incoming.read()
            for data in events.feed(piece) if piece else events.close():
                if data == _DONE:
                    done = True
                    break
                delta = self._read(reader, data)
                if delta is not None:
                    yield delta
        if not reader.finished:
            if not done:
                raise ModelUnreachable(
                    f"the model endpoint {self._where} broke off in the middle of its reply"
                )
            yield reader.close()
        if done:
            await incoming.drain()

    def _read(self, reader: ReplyReader, body: bytes) -> ModelDelta | None:
        try:
            return reader.read(body)
        except ErrorInside as inside:
            raise translate_error_object(inside.error, where=self._where, key=self._key) from None


def _base_url(url: str) -> str:
    """The base that paths are put behind: as given, or with /v1 when it is a bare address."""
    parts = urlsplit(url.strip())
    try:
        usable = parts.scheme in ("http", "https") and parts.hostname and parts.port != 0
    except ValueError:
        usable = False
    if not usable:
        raise ModelAddressWrong(
            "the address of a model endpoint looks like http://127.0.0.1:11434/v1: "
            "check HYDROPHONE_MODEL_URL"
        )
    if parts.username or parts.password:
        raise ModelAddressWrong(
            "the address of the model endpoint holds a name or password: "
            "take them out of HYDROPHONE_MODEL_URL and set HYDROPHONE_MODEL_KEY"
        )
    path = parts.path.rstrip("/").removesuffix("/chat/completions") or "/v1"
    return urlunsplit((parts.scheme, parts.netloc, path, parts.query, ""))
