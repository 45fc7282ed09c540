"""A request of the Agent dialect answered at once; what is to be answered in the background goes to
the shelf. Loaded with the first such request: a server starts without it."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager, asynccontextmanager
from dataclasses import replace
from functools import partial

import orjson
from fastapi import Request
from fastapi.responses import Response

from hydrophone.api.agent.answer import ResponseSoFar
from hydrophone.api.agent.asked.named import read_request
from hydrophone.api.agent.asked.question import to_question
from hydrophone.api.agent.asked.rules import Rules
from hydrophone.api.agent.head import ResponseHead
from hydrophone.api.agent.response import ResponseFrames, in_dialect, response_body
from hydrophone.api.errors import failed_response
from hydrophone.api.request import caller, models_for, read_body, refuse_session
from hydrophone.api.responses.background import begin_in_background
from hydrophone.api.responses.shelf import DOOR, ResponseShelf
from hydrophone.api.sse import EventStream, as_response, awaited
from hydrophone.ports import House, Models
from hydrophone.types import Event, Failed, Question, RequestContext, Turn

# Files in base64 take long to decode; what is shorter than this does not.
LARGE_BODY_BYTES = 200_000


async def create(
    request: Request, house: House, shelf: ResponseShelf, max_body_bytes: int, rules: Rules
) -> Response:
    """The response to a request, whole or streamed. Raises HydrophoneError where it is refused."""
    principal, session = await caller(request, house.accounts)
    models = models_for(house.models, session)
    raw = await read_body(request, max_body_bytes)
    body = read_request(raw, models, rules)
    stored = shelf.stores(body.store, background=bool(body.background))
    before: Sequence[Turn] = ()
    if body.previous_response_id is not None:
        before = await shelf.earlier(body.previous_response_id, principal)
    read = partial(to_question, body, models, rules, before=before, stored=stored)
    question = read() if len(raw) < LARGE_BODY_BYTES else await asyncio.to_thread(read)
    streams = bool(body.stream)
    if body.background:
        refuse_session(session, house.models, question.models, param="background")
        return await begin_in_background(shelf, question, principal, stream=streams)
    context = RequestContext(principal=principal, credential=session, door=DOOR, whole=not streams)
    answer = _Answer(models, shelf, question, context, stored)
    return answer.streamed() if streams else awaited(answer.whole)


@asynccontextmanager
async def _in_dialect(
    answer: AbstractAsyncContextManager[AsyncIterator[Event]],
) -> AsyncIterator[AsyncIterator[Event]]:
    async with answer as events:
        yield (in_dialect(one) if isinstance(one, Failed) else one async for one in events)


class _Answer:
    """One response that is given at once, streamed or whole."""

    def __init__(
        self,
        models: Models,
        shelf: ResponseShelf,
        question: Question,
        context: RequestContext,
        stored: bool,
    ) -> None:
        self._context = context
        created_at = int(context.clock())
        self._head = ResponseHead(context.request_id, created_at, question, models)
        answer = shelf.answer(question, context, store=stored, created_at=created_at)
        self._events = _in_dialect(answer)

    def streamed(self) -> Response:
        """The response that streams it."""
        frames = ResponseFrames(self._head)
        return as_response(EventStream(self._events, frames, tells_failure=True))

    async def whole(self) -> Response:
        """The response, also where it failed on the way; what failed at once was never begun."""
        so_far = ResponseSoFar(self._head.key)
        begun = False
        async with self._events as events:
            async for event in events:
                if isinstance(event, Failed) and not begun:
                    return failed_response(event)
                begun = True
                so_far.take(event)
        head = replace(self._head, ended_at=int(self._context.clock()))
        return Response(orjson.dumps(response_body(head, so_far)), media_type="application/json")
