"""POST /chat/completions: OpenAI's body in, OpenAI's and Perplexity's body out."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

from fastapi import APIRouter, Request
from fastapi.responses import Response
from starlette.types import Receive, Scope, Send

from hydrophone.api.chat.answer import AnswerSoFar
from hydrophone.api.chat.dialect import ChatHead, FullChunks, completion_body
from hydrophone.api.chat.question import to_question
from hydrophone.api.chat.schema import ChatRequest
from hydrophone.api.errors import DOCUMENTED_ERRORS, failed_response
from hydrophone.api.request import BareRoute, identify, parse, read_body
from hydrophone.api.sse import EventStream, as_response, unless_disconnected
from hydrophone.ports import House
from hydrophone.types import Failed, Question, RequestContext

PATHS: Sequence[str] = ("/v1/chat/completions", "/chat/completions")
_DOCUMENTED = {
    "requestBody": {
        "required": True,
        "content": {"application/json": {"schema": {"$ref": "#/components/schemas/ChatRequest"}}},
    }
}
_RESPONSES: dict[int | str, dict[str, Any]] = {
    200: {
        "description": "A `chat.completion`, or with `stream: true` its chunks.",
        "content": {"application/json": {}, "text/event-stream": {}},
    },
    **DOCUMENTED_ERRORS,
}


def chat_router(house: House, *, max_body_bytes: int, default_model: str) -> APIRouter:
    """The chat endpoint under all its paths."""
    router = APIRouter(tags=["chat"], route_class=BareRoute)

    async def chat_completions(request: Request) -> Response:
        """Ask a question; the answer cites the sources that it quotes. `stream: true` for
        server-sent events."""
        principal = await identify(request, house.accounts)
        body = parse(ChatRequest, await read_body(request, max_body_bytes))
        card = house.models.card(default_model if body.model is None else body.model)
        question = to_question(body, card.id)
        context = RequestContext(principal=principal, door="chat", whole=not body.stream)
        size = question.search.context_size
        head = ChatHead(context.request_id, card.id, int(context.clock()), card.price, size)
        if body.stream:
            answer = house.answerer.answer(question, context)
            return as_response(EventStream(answer, FullChunks(head, context.meter)))
        return as_response(WholeAnswer(house, question, context, head))

    for path in PATHS:
        router.add_api_route(
            path,
            chat_completions,
            methods=["POST"],
            openapi_extra=_DOCUMENTED,
            responses=_RESPONSES,
            include_in_schema=path == PATHS[0],
            response_model=None,
        )
    return router


class WholeAnswer:
    """An ASGI response that waits for the end of an answer and sends it as one body."""

    def __init__(
        self, house: House, question: Question, context: RequestContext, head: ChatHead
    ) -> None:
        self._house = house
        self._question = question
        self._context = context
        self._head = head

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer, unless the caller goes away first."""

        async def work() -> None:
            answer = AnswerSoFar()
            if (failed := await self._read(answer)) is not None:
                await failed_response(failed)(scope, receive, send)
                return
            body = completion_body(self._head, answer)
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
