"""A model server that costs almost nothing, to measure what stands in front of it.

    python benchmarks/fake_model.py --port 9000

Speaks just enough of the OpenAI chat completions API, on raw ASGI: a whole reply of 240 tokens at
once, or a stream of 102 events that are 10 ms apart. Every reply is the same, so that a client can
check that it came through unharmed.
"""

from __future__ import annotations

import argparse
import asyncio

import orjson
import uvicorn
from starlette.types import Receive, Scope, Send

MODEL = "fake"
WHOLE_TOKENS = 240
STREAM_TOKENS = 100
# A role, the tokens, and the end with its usage; the line `[DONE]` goes out with the last.
STREAM_EVENTS = STREAM_TOKENS + 2
PAUSE_S = 0.010
_JSON = [(b"content-type", b"application/json")]
_EVENTS = [(b"content-type", b"text/event-stream; charset=utf-8")]


def tokens(count: int) -> list[str]:
    """Words of about the length of real tokens."""
    return [f" word{n % 10}" for n in range(count)]


def text(count: int) -> str:
    """What a reply of so many tokens says."""
    return "".join(tokens(count))


def completion() -> bytes:
    """The body of the whole reply."""
    message = {"role": "assistant", "content": text(WHOLE_TOKENS)}
    choice = {"index": 0, "message": message, "finish_reason": "stop"}
    return orjson.dumps(
        _head("chat.completion") | {"choices": [choice], "usage": _usage(WHOLE_TOKENS)}
    )


def stream() -> list[bytes]:
    """The events of the streamed reply."""
    deltas: list[dict[str, str]] = [{"role": "assistant", "content": ""}]
    deltas += [{"content": token} for token in tokens(STREAM_TOKENS)]
    chunks = [_chunk(delta, None) for delta in deltas]
    chunks.append(_chunk({}, "stop") | {"usage": _usage(STREAM_TOKENS)})
    events = [b"data: " + orjson.dumps(chunk) + b"\n\n" for chunk in chunks]
    events[-1] += b"data: [DONE]\n\n"
    return events


def _head(kind: str) -> dict[str, object]:
    return {"id": "chatcmpl-1", "object": kind, "created": 1_700_000_000, "model": MODEL}


def _chunk(delta: dict[str, str], reason: str | None) -> dict[str, object]:
    choice = {"index": 0, "delta": delta, "finish_reason": reason}
    return _head("chat.completion.chunk") | {"choices": [choice]}


def _usage(completion_tokens: int) -> dict[str, int]:
    return {
        "prompt_tokens": 20,
        "completion_tokens": completion_tokens,
        "total_tokens": 20 + completion_tokens,
    }


class FakeModel:
    """The ASGI application."""

    def __init__(self, *, pause_s: float = PAUSE_S) -> None:
        self._pause_s = pause_s
        self._completion = completion()
        self._stream = stream()

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        """Answer any POST with the reply, and any other request with an empty list of models."""
        if scope["type"] != "http":
            return
        body = await _read(receive)
        if scope["method"] != "POST":
            await _send(send, b'{"object":"list","data":[]}')
        elif orjson.loads(body).get("stream"):
            await self._send_stream(send)
        else:
            await _send(send, self._completion)

    async def _send_stream(self, send: Send) -> None:
        await send({"type": "http.response.start", "status": 200, "headers": _EVENTS})
        for event in self._stream:
            await send({"type": "http.response.body", "body": event, "more_body": True})
            await asyncio.sleep(self._pause_s)
        await send({"type": "http.response.body", "body": b""})


async def _read(receive: Receive) -> bytes:
    body, more = b"", True
    while more:
        message = await receive()
        body += message.get("body", b"")
        more = message.get("more_body", False)
    return body


async def _send(send: Send, body: bytes) -> None:
    length = (b"content-length", str(len(body)).encode())
    await send({"type": "http.response.start", "status": 200, "headers": [*_JSON, length]})
    await send({"type": "http.response.body", "body": body})


def main() -> None:
    """Serve until told to stop."""
    parser = argparse.ArgumentParser(description=__doc__.partition("\n")[0])
    parser.add_argument("--port", type=int, required=True)
    port = parser.parse_args().port
    uvicorn.run(FakeModel(), port=port, log_level="warning", lifespan="off", access_log=False)


if __name__ == "__main__":
    main()
