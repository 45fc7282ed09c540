"""The doors whose requests can stand in a batch, as `BatchEndpoint`s."""

from __future__ import annotations

import asyncio
from collections.abc import Mapping, Sequence

import orjson

from hydrophone.api.agent.answer import ResponseSoFar
from hydrophone.api.agent.asked.named import read_request
from hydrophone.api.agent.asked.question import to_question as agent_question
from hydrophone.api.agent.asked.rules import Rules
from hydrophone.api.agent.head import ResponseHead
from hydrophone.api.agent.response import response_body
from hydrophone.api.batches.endpoint import CHAT, EMBEDDINGS, RESPONSES
from hydrophone.api.chat.question import read_options
from hydrophone.api.chat.question import to_question as chat_question
from hydrophone.api.chat.schema import ChatRequest
from hydrophone.api.embeddings.answer import texts_body
from hydrophone.api.embeddings.order import encoding_of, read_texts
from hydrophone.api.embeddings.schema import EmbeddingRequest
from hydrophone.api.errors import error_response, failed_response
from hydrophone.api.request import parse
from hydrophone.api.sonar_async.shapes import completion_of
from hydrophone.errors import HydrophoneError, InvalidRequest
from hydrophone.ports import (
    BatchEndpoint,
    BatchReply,
    DirectEndpoint,
    Embeddings,
    Job,
    Models,
)
from hydrophone.types import Event, Failed, JsonValue, Question, RequestContext


def batch_endpoints(
    models: Models, rules: Rules, embeddings: Embeddings
) -> dict[str, BatchEndpoint | DirectEndpoint]:
    """The endpoints by their paths; requests are read as the doors themselves read them."""
    return {
        RESPONSES: _Responses(models, rules),
        CHAT: _Chat(models, rules),
        EMBEDDINGS: _Embeddings(embeddings),
    }


class _Refusing:
    """What all doors have in common: how they say no."""

    def refusal(self, error: HydrophoneError) -> BatchReply:
        """See `BatchEndpoint`."""
        refused = error_response(error)
        return BatchReply(refused.status_code, bytes(refused.body))


class _Chat(_Refusing):
    """Implements `BatchEndpoint` for the chat."""

    def __init__(self, models: Models, rules: Rules) -> None:
        self._models = models
        self._rules = rules

    def question(self, body: Mapping[str, JsonValue]) -> Question:
        """See `BatchEndpoint`."""
        raw, default = orjson.dumps(body), self._rules.default_model
        asked = read_options(ChatRequest, raw, self._models, default_model=default)
        model = asked.model_or(default)
        self._models.card(model)
        strict, pro_search = self._rules.strict, self._rules.pro_search
        return chat_question(asked, model, strict=strict, pro_search=pro_search)

    def reply(self, job: Job, question: Question, events: Sequence[Event]) -> BatchReply:
        """See `BatchEndpoint`."""
        if (failed := _failed(events)) is not None:
            return failed
        card = self._models.card(job.model)
        return BatchReply(200, completion_of(job, question, card, events))


class _Responses(_Refusing):
    """Implements `BatchEndpoint` for the Agent API."""

    def __init__(self, models: Models, rules: Rules) -> None:
        self._models = models
        self._rules = rules

    def question(self, body: Mapping[str, JsonValue]) -> Question:
        """See `BatchEndpoint`."""
        asked = read_request(orjson.dumps(body), self._models, self._rules)
        if asked.previous_response_id is not None:
            raise InvalidRequest(
                "a request in a batch stands alone: send the conversation in its input",
                param="previous_response_id",
            )
        return agent_question(asked, self._models, self._rules, stored=False)

    def reply(self, job: Job, question: Question, events: Sequence[Event]) -> BatchReply:
        """See `BatchEndpoint`."""
        if (failed := _failed(events)) is not None:
            return failed
        ended_at = None if job.ended_at_ms is None else job.ended_at_ms // 1000
        head = ResponseHead(job.id, job.created_at_ms // 1000, question, self._models, ended_at)
        so_far = ResponseSoFar(head.key)
        for event in events:
            so_far.take(event)
        return BatchReply(200, orjson.dumps(response_body(head, so_far)))


class _Embeddings(_Refusing):
    """Implements `DirectEndpoint` for embeddings."""

    def __init__(self, embeddings: Embeddings) -> None:
        self._embeddings = embeddings

    async def answer(self, body: Mapping[str, JsonValue], context: RequestContext) -> BatchReply:
        """See `DirectEndpoint`."""
        asked = parse(EmbeddingRequest, orjson.dumps(body))
        order = read_texts(asked, self._embeddings.card(asked.model))
        encoding = encoding_of(asked.encoding_format, asked.model)
        embedded = await self._embeddings.embed(order, context)
        said = await asyncio.to_thread(lambda: orjson.dumps(texts_body(embedded, encoding)))
        return BatchReply(200, said)


def _failed(events: Sequence[Event]) -> BatchReply | None:
    """What is said when the answer failed: a line has an answer, or it is an error."""
    last = events[-1]
    if not isinstance(last, Failed):
        return None
    said = failed_response(last)
    return BatchReply(said.status_code, bytes(said.body))
