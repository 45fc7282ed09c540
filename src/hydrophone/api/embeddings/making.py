"""What the endpoints of embeddings do with a request; loaded with the first one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping

import orjson
from fastapi import Request
from fastapi.responses import Response
from starlette.types import Receive, Scope, Send

from hydrophone.api.embeddings.answer import documents_body, texts_body
from hydrophone.api.embeddings.order import encoding_of, read_documents, read_texts
from hydrophone.api.embeddings.schema import ContextualizedRequest, EmbeddingRequest, Encoding
from hydrophone.api.errors import error_response
from hydrophone.api.request import identify, parse, read_body
from hydrophone.api.sse import as_response, unless_disconnected
from hydrophone.errors import HydrophoneError, NotConfigured
from hydrophone.ports import Embedded, EmbeddingOrder, Embeddings, House
from hydrophone.types import JsonValue, RequestContext

BodyOf = Callable[[Embedded, Encoding], Mapping[str, JsonValue]]


async def embed_texts(request: Request, house: House, max_body_bytes: int) -> Response:
    """Answer POST /embeddings. Raises what is wrong with the request."""
    context = await _context(request, house)
    body = parse(EmbeddingRequest, await read_body(request, max_body_bytes))
    maker = _maker(house)
    order = read_texts(body, maker.card(body.model))
    encoding = encoding_of(body.encoding_format, body.model)
    return as_response(_Vectors(maker, order, context, encoding, texts_body))


async def embed_documents(request: Request, house: House, max_body_bytes: int) -> Response:
    """Answer POST /contextualizedembeddings. Raises what is wrong with the request."""
    context = await _context(request, house)
    body = parse(ContextualizedRequest, await read_body(request, max_body_bytes))
    maker = _maker(house)
    order = read_documents(body, maker.card(body.model))
    encoding = encoding_of(body.encoding_format, body.model)
    return as_response(_Vectors(maker, order, context, encoding, documents_body))


async def _context(request: Request, house: House) -> RequestContext:
    principal = await identify(request, house.accounts)
    return RequestContext(principal=principal, door="embeddings", whole=True)


def _maker(house: House) -> Embeddings:
    if house.embeddings is None:
        raise NotConfigured("this server makes no embeddings")
    return house.embeddings


class _Vectors:
    """An ASGI response that waits for the vectors, unless the caller goes away first."""

    def __init__(
        self,
        maker: Embeddings,
        order: EmbeddingOrder,
        context: RequestContext,
        encoding: Encoding,
        body_of: BodyOf,
    ) -> None:
        self._maker = maker
        self._order = order
        self._context = context
        self._encoding = encoding
        self._body_of = body_of

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Embed and send the vectors."""

        async def work() -> None:
            await (await self._response())(scope, receive, send)

        await unless_disconnected(receive, work())

    async def _response(self) -> Response:
        try:
            embedded = await self._maker.embed(self._order, self._context)
        except HydrophoneError as error:
            return error_response(error)
        content = await asyncio.to_thread(self._content, embedded)
        return Response(content, media_type="application/json")

    def _content(self, embedded: Embedded) -> bytes:
        return orjson.dumps(self._body_of(embedded, self._encoding))
