"""The official API as an answerer: a question goes out as a request to its Agent API."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import AsyncIterator
from contextlib import AbstractAsyncContextManager
from datetime import UTC, datetime

import orjson

from hydrophone.fetch.json_api import Fields
from hydrophone.stream import Emit, running
from hydrophone.types import Event, Question, RequestContext
from hydrophone.upstream.asking.request import Asked, asked_of
from hydrophone.upstream.client import AGENT_PATH, OfficialApi
from hydrophone.upstream.errors import OfficialRefusedRequest, OfficialUnreachable
from hydrophone.upstream.files import FileTexts
from hydrophone.upstream.replies.reply import Reply
from hydrophone.upstream.signatures import Signatures
from hydrophone.upstream.target import Target

_DONE = b"[DONE]"
# The last event of a text of this length is read in a thread: it finds the quotes.
_LONG_BYTES = 20_000
_log = logging.getLogger(__name__)


class OfficialAnswerer:
    """Puts each question to one target of the official API and reads its stream.

    A run that is left before its end is cancelled over there too. `deadline_s` is for all of it.
    `files` reads those that are refused over there.
    """

    def __init__(
        self,
        api: OfficialApi,
        target: Target,
        signatures: Signatures,
        *,
        deadline_s: float,
        files: FileTexts | None = None,
    ) -> None:
        self._api = api
        self._target = target
        self._signatures = signatures
        self._deadline_s = deadline_s
        self._files = files

    def answer(
        self, question: Question, context: RequestContext
    ) -> AbstractAsyncContextManager[AsyncIterator[Event]]:
        """The ground port `Answerer`."""
        limit_s = min(self._deadline_s, question.budgets.deadline_s or self._deadline_s)

        async def work(emit: Emit) -> None:
            deadline = asyncio.get_running_loop().time() + limit_s
            context.meter.pro_search = question.search.depth == "pro"
            files = self._files
            read_here = files is not None and files.needed
            asked = await files.as_text(question) if files is not None and read_here else question
            try:
                await self._run(asked, context, deadline, emit)
            except OfficialRefusedRequest as refused:
                if files is None or read_here or not files.helps(question, refused):
                    raise
                asked = await files.as_text(question)
                await self._run(asked, context, deadline, emit)

        return running(work, context, deadline_s=limit_s)

    async def _run(
        self, question: Question, context: RequestContext, deadline: float, emit: Emit
    ) -> None:
        asked, body = await self._prepared(question, context)
        context.meter.add(model_calls=1)
        reply = Reply(
            context.meter,
            self._api.key,
            asked.names,
            thinks=self._target.thinks,
            prose=question.output.format is None,
        )
        try:
            async with self._api.stream(AGENT_PATH, body, deadline=deadline) as incoming:
                for notice in asked.notices:
                    await emit(notice)
                await self._read(reply, incoming, emit)
        finally:
            self._signatures.keep(reply.signatures)
            if reply.response_id and not reply.ended:
                self._api.cancel_soon(reply.response_id)

    async def _prepared(self, question: Question, context: RequestContext) -> tuple[Asked, bytes]:
        now = datetime.fromtimestamp(context.clock(), UTC)

        def prepare() -> tuple[Asked, bytes]:
            asked = asked_of(question, self._target, now, self._signatures)
            return asked, asked.encoded()

        return await asyncio.to_thread(prepare) if question.has_media else prepare()

    async def _read(self, reply: Reply, incoming: AsyncIterator[bytes], emit: Emit) -> None:
        async for data in incoming:
            for event in await _taken(reply, data):
                await emit(event)
            if reply.ended:
                return
        raise OfficialUnreachable(
            f"the official API at {self._api.where} ended its answer without an end"
        )


async def _taken(reply: Reply, data: bytes) -> list[Event]:
    """What the data of one event bring; such as are no JSON object bring nothing."""
    if data == _DONE:
        return []
    try:
        event = Fields(orjson.loads(data))
    except orjson.JSONDecodeError:
        # The text is told again, whole, at the end.
        _log.info("an event of the official API is no JSON and was passed over")
        return []
    take = reply.take_whole if event.text("object") == "response" else reply.take
    if len(data) > _LONG_BYTES and "response" in event:
        return await asyncio.to_thread(lambda: list(take(event)))
    return list(take(event))
