"""The least that a Python gateway can be: Starlette in, aiohttp out, bytes passed on unread.

python benchmarks/passthrough.py --port 9001 --model-url http://127.0.0.1:9000/v1
"""

from __future__ import annotations

import argparse
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager

import aiohttp
import uvicorn
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import Response, StreamingResponse
from starlette.routing import Route


def application(model_url: str) -> Starlette:
    """The gateway to `model_url`."""
    address = f"{model_url}/chat/completions"

    @asynccontextmanager
    async def lifespan(app: Starlette) -> AsyncIterator[None]:
        app.state.session = aiohttp.ClientSession(connector=aiohttp.TCPConnector(limit=0))
        async with app.state.session:
            yield

    async def chat(request: Request) -> Response:
        body = await request.body()
        headers = {"Content-Type": "application/json"}
        session: aiohttp.ClientSession = request.app.state.session
        reply = await session.post(address, data=body, headers=headers)
        if reply.content_type == "text/event-stream":
            return StreamingResponse(_pieces(reply), media_type="text/event-stream")
        async with reply:
            return Response(await reply.read(), reply.status, media_type="application/json")

    async def health(request: Request) -> Response:
        return Response(b"ok")

    routes = [
        Route("/v1/chat/completions", chat, methods=["POST"]),
        Route("/health", health),
    ]
    return Starlette(routes=routes, lifespan=lifespan)


async def _pieces(reply: aiohttp.ClientResponse) -> AsyncIterator[bytes]:
    async with reply:
        async for piece in reply.content.iter_any():
            yield piece


def main() -> None:
    """Serve until told to stop."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--port", type=int, required=True)
    parser.add_argument("--model-url", required=True)
    options = parser.parse_args()
    uvicorn.run(
        application(options.model_url), port=options.port, log_level="warning", access_log=False
    )


if __name__ == "__main__":
    main()
