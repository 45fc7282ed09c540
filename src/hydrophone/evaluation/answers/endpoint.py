"""Asking any engine behind an OpenAI-compatible address, so that engines can be compared."""

from __future__ import annotations

import asyncio
import hashlib
import re
import time
from collections.abc import Mapping
from contextlib import aclosing, closing
from typing import TYPE_CHECKING

import orjson

from hydrophone.errors import HydrophoneError, NotConfigured, UpstreamError
from hydrophone.evaluation.answers.folding import Folding
from hydrophone.evaluation.answers.questions import Asked
from hydrophone.evaluation.answers.replies import Reply, Times
from hydrophone.types import JsonValue, Secret, Turn

if TYPE_CHECKING:
    from collections.abc import AsyncGenerator

    from hydrophone.llm.openai.transport import Incoming

_PATH = "chat/completions"
_PAGE = "pages/"
_DONE = b"[DONE]"
_PAGE_DEADLINE_S = 20.0
_VERSION = re.compile(r"[0-9a-f]{64}")


class NoAnswer(UpstreamError):
    """The address answered with something that is no chat completion."""


class EndpointAsker:
    """Asks a model behind `url`, the base of its API ("http://127.0.0.1:8000/v1"), by streamed chat
    completions. A question has `deadline_s`. Belongs to one event loop; close it."""

    def __init__(self, url: str, model: str, key: Secret | None, *, deadline_s: float) -> None:
        from urllib.parse import urlsplit

        parts = urlsplit(url)
        if parts.scheme not in ("http", "https") or not parts.netloc:
            raise NotConfigured(
                f"{url!r} is no address: write the base of an API, such as http://127.0.0.1:8000/v1"
            )
        from hydrophone.llm.openai.failures import Limits
        from hydrophone.llm.openai.transport import Transport

        self._model = model
        self._deadline_s = deadline_s
        self._texts: dict[str, str | None] = {}
        self._transport = Transport(
            url.rstrip("/") + "/", key, Limits(first_byte_s=deadline_s), parts.netloc
        )

    async def close(self) -> None:
        """Close the connections."""
        await self._transport.close()

    async def ask(self, asked: Asked) -> Reply:
        """See Asker. Sources are those of `search_results`, `citations` and annotations."""
        began_s = time.perf_counter()
        folding = Folding()
        first_source_s = first_text_s = None
        error = None
        try:
            async with aclosing(self._chunks(asked)) as chunks:
                async for chunk in chunks:
                    folding.take(chunk)
                    passed_s = time.perf_counter() - began_s
                    if folding.has_sources:
                        first_source_s = first_source_s or passed_s
                    if folding.has_text:
                        first_text_s = first_text_s or passed_s
        except HydrophoneError as failed:
            error = failed.message
        times = Times(first_source_s, first_text_s, time.perf_counter() - began_s)
        return folding.reply(times, error)

    async def text_of(self, version: str) -> str | None:
        """The text of a cited page by its SHA-256, as a server of Hydrophone keeps it.

        None where it is not kept, or is not the text that the hash is of; other engines keep none.
        """
        if _VERSION.fullmatch(version) is None:
            return None
        if version not in self._texts:
            self._texts[version] = await self._fetch(version)
        return self._texts[version]

    async def _fetch(self, version: str) -> str | None:
        deadline = asyncio.get_running_loop().time() + _PAGE_DEADLINE_S
        opening = self._transport.open("GET", _PAGE + version, None, deadline=deadline)
        try:
            with closing(await opening) as incoming:
                page = _parsed(await incoming.read_all())
        except HydrophoneError:
            return None
        text = page.get("text") if isinstance(page, Mapping) else None
        if not isinstance(text, str) or hashlib.sha256(text.encode()).hexdigest() != version:
            return None
        return text

    async def _chunks(self, asked: Asked) -> AsyncGenerator[JsonValue]:
        body = orjson.dumps(
            {
                "model": self._model,
                "messages": [_message(one) for one in asked.turns],
                "stream": True,
                "stream_options": {"include_usage": True},
            }
        )
        deadline = asyncio.get_running_loop().time() + self._deadline_s
        with closing(
            await self._transport.open("POST", _PATH, body, deadline=deadline)
        ) as incoming:
            if not incoming.streamed:
                yield _parsed(await incoming.read_all())
                return
            async with aclosing(_events(incoming)) as events:
                async for data in events:
                    yield _parsed(data)


async def _events(incoming: Incoming) -> AsyncGenerator[bytes]:
    from hydrophone.llm.openai.sse import EventReader

    reader = EventReader()
    while piece := await incoming.read():
        for data in reader.feed(piece):
            if data == _DONE:
                return
            yield data


def _parsed(data: bytes) -> JsonValue:
    try:
        value: JsonValue = orjson.loads(data)
    except orjson.JSONDecodeError as error:
        raise NoAnswer("the engine sent something that is no JSON") from error
    return value


def _message(turn: Turn) -> dict[str, JsonValue]:
    return {"role": turn.role, "content": turn.text}
