"""Small things that one of their models is asked beside an answer, such as related questions."""

from __future__ import annotations

from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import orjson

from hydrophone.llm.base import ModelDelta, ModelReply, ModelRequest, ModelUsage
from hydrophone.types import JsonValue, Meter
from hydrophone.upstream.asking.items import items_of
from hydrophone.upstream.client import AGENT_PATH, OfficialApi
from hydrophone.upstream.replies.objects import charged, meter_usage, text_of
from hydrophone.upstream.target import BARE_MODEL


class OfficialChat:
    """A ChatModel over the official API, without tools and without a stream.

    `spent_usd` is what its replies have cost.
    """

    name = BARE_MODEL

    def __init__(self, api: OfficialApi) -> None:
        self._api = api
        self.spent_usd = 0.0

    async def complete(self, request: ModelRequest) -> ModelReply:
        """See `ChatModel`. Raises the errors of this room."""
        body: dict[str, JsonValue] = {
            "model": request.model,
            "input": items_of(request.messages, {}),
            "stream": False,
            "store": False,
        }
        if request.max_tokens is not None:
            body["max_output_tokens"] = request.max_tokens
        said = await self._api.call(
            "POST", AGENT_PATH, orjson.dumps(body), deadline_s=request.deadline_s
        )
        usage, meter = said.inner("usage"), Meter()
        meter_usage(usage, meter)
        cost = charged(usage)
        self.spent_usd += 0.0 if cost is None else cost.total_usd
        return ModelReply(
            "".join(map(text_of, said.objects("output"))),
            usage=ModelUsage(meter.usage.prompt_tokens, meter.usage.completion_tokens),
        )

    @asynccontextmanager
    async def stream(self, request: ModelRequest) -> AsyncIterator[AsyncIterator[ModelDelta]]:
        """See `ChatModel`: the whole reply as one piece."""
        reply = await self.complete(request)

        async def deltas() -> AsyncIterator[ModelDelta]:
            yield ModelDelta(reply.text, finish_reason=reply.finish_reason, usage=reply.usage)

        yield deltas()
