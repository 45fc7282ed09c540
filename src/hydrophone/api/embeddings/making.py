"""What the endpoints of embeddings do with a request; loaded with the first one."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from functools import partial

import orjson
from fastapi import Request
from fastapi.responses import Response

from hydrophone.api.embeddings.answer import documents_body, texts_body
from hydrophone.api.embeddings.order import encoding_of, read_documents, read_texts
from hydrophone.api.embeddings.schema import ContextualizedRequest, EmbeddingRequest, Encoding
from hydrophone.api.request import identify, parse, read_body
from hydrophone.api.sse import awaited
from hydrophone.errors import NotConfigured
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
    return awaited(partial(_vectors, maker, order, context, encoding, texts_body))


async def embed_documents(request: Request, house: House, max_body_bytes: int) -> Response:
    """Answer POST /contextualizedembeddings. Raises what is wrong with the request."""
    context = await _context(request, house)
    body = parse(ContextualizedRequest, await read_body(request, max_body_bytes))
    maker = _maker(house)
    order = read_documents(body, maker.card(body.model))
    encoding = encoding_of(body.encoding_format, body.model)
    return awaited(partial(_vectors, maker, order, context, encoding, documents_body))


async def _context(request: Request, house: House) -> RequestContext:
    principal = await identify(request, house.accounts)
    return RequestContext(principal=principal, door="embeddings", whole=True)


def _maker(house: House) -> Embeddings:
    if house.embeddings is None:
        raise NotConfigured("this server makes no embeddings")
    return house.embeddings


async def _vectors(
    maker: Embeddings,
    order: EmbeddingOrder,
    context: RequestContext,
    encoding: Encoding,
    body_of: BodyOf,
) -> Response:
    embedded = await maker.embed(order, context)
    content = await asyncio.to_thread(lambda: orjson.dumps(body_of(embedded, encoding)))
    return Response(content, media_type="application/json")
