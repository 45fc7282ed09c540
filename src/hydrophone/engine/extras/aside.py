"""Asides: short questions to the language model beside the answer, which may all fail.

What an aside is for can be done by rule as well, so it gets little time, and nobody hears of its
failure.
"""

from __future__ import annotations

import asyncio
import logging
import re
from collections.abc import Sequence

from hydrophone.engine.counting import count_tokens
from hydrophone.engine.hostile.addresses import without_addresses
from hydrophone.engine.prompt import instructions
from hydrophone.errors import Cancelled, HydrophoneError
from hydrophone.llm.base import ChatModel, ModelReply, ModelRequest, TokenCounter
from hydrophone.types import RequestContext, Sampling, TextPart, Turn

DEADLINE_S = 8.0
MAX_TOKENS = 400
MAX_LINE_CHARS = 300
_log = logging.getLogger(__name__)
_LIST_MARK = re.compile(r"^\s*(?:[-*•–]|\d{1,2}[.)])\s+")
_THOUGHTS = re.compile(r"<think>.*?(?:</think>|\Z)", re.DOTALL)


class Aside:
    """Asks the model `chat_model` at an endpoint for a few lines."""

    def __init__(
        self,
        model: ChatModel,
        chat_model: str,
        tokens: TokenCounter,
        *,
        deadline_s: float = DEADLINE_S,
    ) -> None:
        self._model = model
        self._chat_model = chat_model
        self._tokens = tokens
        self._deadline_s = deadline_s

    async def lines(
        self,
        prompt: str,
        text: str,
        context: RequestContext,
        *,
        deadline_s: float | None = None,
        max_tokens: int = MAX_TOKENS,
    ) -> Sequence[str]:
        """The lines of the reply to `text` under the instructions prompts/PROMPT.md, without list
        marks; none when the model failed or took too long."""
        limit_s = deadline_s or self._deadline_s
        request = ModelRequest(
            model=self._chat_model,
            messages=(Turn("system", (TextPart(instructions(prompt)),)), _user(text)),
            sampling=Sampling(temperature=0.0),
            max_tokens=max_tokens,
            deadline_s=limit_s,
        )
        context.meter.add(model_calls=1)
        try:
            async with asyncio.timeout(limit_s):
                reply = await self._model.complete(request)
        except TimeoutError:
            _log.info("an aside to the language model took more than %g s", limit_s)
            return ()
        except Cancelled:
            raise
        except HydrophoneError as error:
            _log.info("an aside to the language model failed: %s", error.message)
            return ()
        await self._count(request, reply, context)
        return _lines(reply.text)

    async def _count(
        self, request: ModelRequest, reply: ModelReply, context: RequestContext
    ) -> None:
        if reply.usage is not None:
            context.meter.add(
                prompt_tokens=reply.usage.prompt_tokens,
                completion_tokens=reply.usage.completion_tokens,
                reasoning_tokens=reply.usage.reasoning_tokens,
            )
            return
        sent = "\n".join(turn.text for turn in request.messages)
        context.meter.add(
            prompt_tokens=await count_tokens(self._tokens, sent),
            completion_tokens=await count_tokens(self._tokens, reply.text),
        )


def _user(text: str) -> Turn:
    return Turn("user", (TextPart(text),))


def _lines(text: str) -> list[str]:
    plain = _THOUGHTS.sub("", text)
    # What pages say may stand in them, and no page brings an address into a search.
    lines = (
        without_addresses(_LIST_MARK.sub("", line).strip(' \t"“”`')) for line in plain.splitlines()
    )
    return [line for line in dict.fromkeys(lines) if line and len(line) <= MAX_LINE_CHARS]
