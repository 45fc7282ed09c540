"""Own documents as resources: a paged list, and their text by collection and URL."""

from __future__ import annotations

from typing import Any
from urllib.parse import quote

from mcp.server.context import CallNext, HandlerResult
from mcp.server.mcpserver import Context, MCPServer
from mcp.server.mcpserver.exceptions import ResourceError, ResourceNotFoundError
from mcp.server.mcpserver.resources import ResourceSecurity
from mcp.shared.exceptions import MCPError
from mcp.types import INTERNAL_ERROR, INVALID_PARAMS, ListResourcesResult, Resource

from hydrophone.errors import HydrophoneError, NotFound, RequestError
from hydrophone.mcp.calls import Desk, Message, caller
from hydrophone.mcp.tools.reading import own_documents
from hydrophone.ports import DocumentEntry

LIST = "resources/list"
PAGE_DOCUMENTS = 100
TEMPLATE = "hydrophone://documents/{collection}/{url}"


async def list_documents(ctx: Message, call_next: CallNext) -> HandlerResult:
    """Middleware of the server: answers the list of resources, which the library knows only as a
    list that was there from the start."""
    if ctx.method != LIST:
        return await call_next(ctx)
    cursor = (ctx.params or {}).get("cursor")
    try:
        principal = caller(ctx)
        desk: Desk = ctx.lifespan_context
        documents = own_documents(await desk.house(), principal)
        found = await documents.documents(limit=PAGE_DOCUMENTS, token=cursor)
    except HydrophoneError as error:
        code = INVALID_PARAMS if isinstance(error, RequestError) else INTERNAL_ERROR
        raise MCPError(code=code, message=error.message) from error
    listed = [_resource(entry) for entry in found.documents]
    return ListResourcesResult(resources=listed, next_cursor=found.next_token)


def add_documents(server: MCPServer[Desk]) -> None:
    """Let the text of documents be read under `TEMPLATE`."""

    # The names are looked up in the index, never opened as files.
    @server.resource(
        TEMPLATE,
        name="document",
        title="An own document",
        description=(
            "The text of an indexed document. Both parts are percent-encoded; list_sources names "
            "the collections, and resources/list the documents."
        ),
        mime_type="text/plain",
        security=ResourceSecurity(exempt_params={"collection", "url"}),
    )
    async def document(collection: str, url: str, ctx: Context[Desk, Any]) -> str:
        try:
            principal = caller(ctx.request_context)
            house = await ctx.request_context.lifespan_context.house()
            documents = own_documents(house, principal)
            page = await documents.document(url, collection=collection)
        except NotFound as error:
            raise ResourceNotFoundError(error.message) from error
        except HydrophoneError as error:
            raise ResourceError(error.message) from error
        return page.text


def document_uri(collection: str, url: str) -> str:
    """The resource's URI of an own document."""
    return f"hydrophone://documents/{quote(collection, safe='')}/{quote(url, safe='')}"


def _resource(entry: DocumentEntry) -> Resource:
    return Resource(
        uri=document_uri(entry.collection, entry.url),
        name=entry.url,
        title=entry.title or None,
        description=f"In the collection {entry.collection}; {entry.size_chars:,} characters.",
        mime_type="text/plain",
    )
