"""POST /completions: OpenAI's older dialect, a prompt in and a `text_completion` out.

What can be said beside the prompt is what the chat endpoint takes, and what is found stands on the
body, or on the last chunk, as it does there.
"""

from __future__ import annotations

from collections.abc import Sequence
from functools import partial

import orjson
from fastapi import APIRouter, Request
from fastapi.responses import Response
from pydantic import Field
from starlette.types import ASGIApp

from hydrophone.api.chat.answer import AnswerSoFar
from hydrophone.api.chat.dialect import last_part
from hydrophone.api.chat.endpoint import WholeAnswer, named
from hydrophone.api.chat.head import ChatHead, head_of
from hydrophone.api.chat.question import question_of, read_options
from hydrophone.api.chat.schema import ChatOptions
from hydrophone.api.request import BareRoute, add_post, caller, models_for, read_body
from hydrophone.api.sse import DONE, EventStream, as_response, frame
from hydrophone.errors import InvalidRequest
from hydrophone.ports import House
from hydrophone.types import (
    Event,
    Finished,
    FinishReason,
    JsonValue,
    Meter,
    Question,
    RequestContext,
    TextPart,
    Turn,
)

PATHS: Sequence[str] = ("/v1/completions", "/completions")


class CompletionRequest(ChatOptions):
    """The body of POST /v1/completions: the options of the chat endpoint beside a prompt."""

    prompt: str | list[str] = Field(description="The question, or a list of this one.")
    echo: bool | None = Field(default=None, description="Begin the text with the prompt.")
    suffix: str | None = Field(default=None, description="Not possible; null or empty.")


def completions_router(
    house: House,
    *,
    max_body_bytes: int,
    default_model: str,
    strict: bool = False,
    pro_search: bool = True,
) -> APIRouter:
    """The endpoint under both its paths. `strict` and `pro_search` as in the chat endpoint."""
    router = APIRouter(tags=["chat"], route_class=BareRoute)

    async def completions(request: Request) -> Response:
        """Ask a question as a bare prompt. `stream: true` for server-sent events."""
        principal, session = await caller(request, house.accounts)
        models, raw = models_for(house.models, session), await read_body(request, max_body_bytes)
        body = read_options(CompletionRequest, raw, models, default_model=default_model)
        model = body.model_or(default_model)
        card = models.card(model)
        question = _question(body, model, strict=strict, pro_search=pro_search)
        context = RequestContext(
            principal=principal, credential=session, door="completions", whole=not body.stream
        )
        head = head_of(question, context, card)
        echo = question.last_user_text if body.echo else ""
        whole = partial(completion_body, echo=echo)
        response: ASGIApp = WholeAnswer(house, question, context, head, whole)
        if body.stream:
            answer = house.answerer.answer(question, context)
            response = EventStream(answer, CompletionChunks(head, context.meter, echo))
        if card.converses:
            response = named(response, question.continuation_id or context.request_id)
        return as_response(response)

    add_post(
        router,
        PATHS,
        completions,
        schema=CompletionRequest,
        answer="A `text_completion`, or with `stream: true` its chunks.",
        media_types=("application/json", "text/event-stream"),
    )
    return router


def _question(body: CompletionRequest, model: str, *, strict: bool, pro_search: bool) -> Question:
    prompts = [body.prompt] if isinstance(body.prompt, str) else body.prompt
    if len(prompts) != 1:
        raise InvalidRequest(
            f"prompt must be one text, or a list of one, not of {len(prompts)}: each prompt needs "
            "a request of its own",
            param="prompt",
        )
    if body.suffix:
        raise InvalidRequest("nothing can be put in before a suffix: leave it out", param="suffix")
    if body.tools:
        raise InvalidRequest("tools need POST /v1/chat/completions", param="tools")
    turn = Turn("user", (TextPart(prompts[0]),))
    return question_of(body, (turn,), model, strict=strict, pro_search=pro_search)


def completion_body(head: ChatHead, answer: AnswerSoFar, meter: Meter, *, echo: str) -> bytes:
    """The body of a finished answer, its text after `echo`."""
    found = _found(head, answer, meter)
    reason = answer.finished.reason if answer.finished else None
    return orjson.dumps(_head(head) | found | {"choices": [_choice(echo + answer.text, reason)]})


class CompletionChunks:
    """The stream: each chunk brings new text; what was found stands on the last one."""

    def __init__(self, head: ChatHead, meter: Meter, echo: str) -> None:
        self._head = head
        self._meter = meter
        self._unsaid = echo
        self._answer = AnswerSoFar(aloud=head.thinks_aloud)

    def frames(self, event: Event) -> bytes:
        """The chunks for this event, ending with `[DONE]` on the last."""
        delta = self._answer.take(event)
        if isinstance(event, Finished):
            return self._last(delta, event.reason)
        if not delta:
            return b""
        delta, self._unsaid = self._unsaid + delta, ""
        return frame(orjson.dumps(_head(self._head) | {"choices": [_choice(delta, None)]}))

    def _last(self, delta: str, reason: FinishReason) -> bytes:
        found = _found(self._head, self._answer, self._meter)
        choices: list[JsonValue] = [_choice(self._unsaid + delta, reason)]
        return frame(orjson.dumps(_head(self._head) | found | {"choices": choices})) + DONE


def _head(head: ChatHead) -> dict[str, JsonValue]:
    return {
        "id": head.id,
        "object": "text_completion",
        "created": head.created,
        "model": head.model,
    }


def _found(head: ChatHead, answer: AnswerSoFar, meter: Meter) -> dict[str, JsonValue]:
    return {"citations": answer.citations_array(), **last_part(head, answer, meter)}


def _choice(text: str, reason: FinishReason | None) -> JsonValue:
    return {"index": 0, "text": text, "logprobs": None, "finish_reason": reason}
