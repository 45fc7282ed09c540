"""POST /chat/completions: OpenAI's body in, OpenAI's and Perplexity's body out."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Sequence
from typing import TypeAlias

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.types import ASGIApp, Message, Receive, Scope, Send

from hydrophone.api.chat.answer import AnswerSoFar
from hydrophone.api.chat.concise import ConciseChunks
from hydrophone.api.chat.dialect import FullChunks, completion_body
from hydrophone.api.chat.head import ChatHead, head_of
from hydrophone.api.chat.question import read_options, to_question
from hydrophone.api.chat.schema import ChatRequest
from hydrophone.api.errors import failed_response
from hydrophone.api.request import BareRoute, add_post, caller, models_for, read_body
from hydrophone.api.sse import EventStream, as_response, unless_disconnected
from hydrophone.ports import House
from hydrophone.types import Failed, Meter, Question, RequestContext

PATHS: Sequence[str] = ("/v1/chat/completions", "/chat/completions", "/v1/sonar", "/sonar")
# Files in base64 take long to decode; what is shorter than this does not.
LARGE_BODY_BYTES = 200_000
CONVERSATION_HEADER = b"x-conversation-id"
BodyOf: TypeAlias = Callable[[ChatHead, AnswerSoFar, Meter], bytes]


def chat_router(
    house: House,
    *,
    max_body_bytes: int,
    default_model: str,
    strict: bool = False,
    pro_search: bool = True,
    repeat_search_results: bool = False,
) -> APIRouter:
    """The chat endpoint under all its paths. `strict` and `pro_search` as in `to_question`."""
    router = APIRouter(tags=["chat"], route_class=BareRoute)

    async def chat_completions(request: Request) -> Response:
        """Ask a question; the answer cites the sources that it quotes. `stream: true` for
        server-sent events."""
        principal, session = await caller(request, house.accounts)
        raw = await read_body(request, max_body_bytes)
        models = models_for(house.models, session)
        body = read_options(ChatRequest, raw, models, default_model=default_model)
        model = body.model_or(default_model)
        card = models.card(model)
        if len(raw) < LARGE_BODY_BYTES:
            question = to_question(body, model, strict=strict, pro_search=pro_search)
        else:
            question = await asyncio.to_thread(
                to_question, body, model, strict=strict, pro_search=pro_search
            )
        context = RequestContext(
            principal=principal, credential=session, door="chat", whole=not body.stream
        )
        head = head_of(question, context, card, repeats_results=repeat_search_results)
        response: ASGIApp
        if body.stream:
            answer = house.answerer.answer(question, context)
            chunks = ConciseChunks if body.stream_mode == "concise" else FullChunks
            response = EventStream(answer, chunks(head, context.meter))
        else:
            response = WholeAnswer(house, question, context, head, completion_body)
        if card.converses:
            response = named(response, question.continuation_id or context.request_id)
        return as_response(response)

    add_post(
        router,
        PATHS,
        chat_completions,
        schema=ChatRequest,
        answer="A `chat.completion`, or with `stream: true` its chunks.",
        media_types=("application/json", "text/event-stream"),
    )
    return router


def named(response: ASGIApp, conversation: str) -> ASGIApp:
    """The response with the id of its conversation in a header."""
    value = "".join(one for one in conversation if one.isprintable()).encode("ascii", "replace")

    async def answer(scope: Scope, receive: Receive, send: Send) -> None:
        async def tell(message: Message) -> None:
            if message["type"] == "http.response.start":
                headers = [*message.get("headers", ()), (CONVERSATION_HEADER, value)]
                message = {**message, "headers": headers}
            await send(message)

        await response(scope, receive, tell)

    return answer


class WholeAnswer:
    """An ASGI response that waits for the end of an answer and sends it as one body."""

    def __init__(
        self,
        house: House,
        question: Question,
        context: RequestContext,
        head: ChatHead,
        body_of: BodyOf,
    ) -> None:
        self._house = house
        self._question = question
        self._context = context
        self._head = head
        self._body_of = body_of

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, unless the caller goes away first."""

        async def work() -> None:
            answer = AnswerSoFar(aloud=self._head.thinks_aloud)
            if (failed := await self._read(answer)) is not None:
                await failed_response(failed)(scope, receive, send)
                return
            body = self._body_of(self._head, answer, self._context.meter)
            length = (b"content-length", str(len(body)).encode())
            headers = [(b"content-type", b"application/json"), length]
            await send({"type": "http.response.start", "status": 200, "headers": headers})
            await send({"type": "http.response.body", "body": body})

        await unless_disconnected(receive, work())

    async def _read(self, answer: AnswerSoFar) -> Failed | None:
        async with self._house.answerer.answer(self._question, self._context) as events:
            async for event in events:
                if isinstance(event, Failed):
                    return event
                answer.take(event)
        return None
