"""Finding model servers on this machine."""

from __future__ import annotations

import asyncio
import socket

from hydrophone.llm.openai.discover import (
    CANDIDATES,
    Candidate,
    FoundEndpoint,
    find_local_endpoints,
)
from tests.emulators.openai_model import ModelServer


async def test_servers_that_list_their_models_are_found_in_order() -> None:
    async with ModelServer(models=["a", "b"]) as one, ModelServer(models=[]) as other:
        found = await find_local_endpoints(
            2.0, candidates=[Candidate("Other", other.port), Candidate("One", one.port)]
        )
    assert found == [
        FoundEndpoint("Other", other.url, ()),
        FoundEndpoint("One", one.url, ("a", "b")),
    ]


async def test_our_own_port_is_not_asked() -> None:
    async with ModelServer() as server:
        candidates = [Candidate("Ourselves", server.port)]
        assert await find_local_endpoints(exclude_port=server.port, candidates=candidates) == []
        assert server.requests == []


async def test_a_port_that_is_closed_silent_or_no_model_server_is_no_error() -> None:
    async def write_nonsense(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"SSH-2.0-nothing\r\n")
        writer.close()

    async def answer_html(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.readuntil(b"\r\n\r\n")
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 6\r\n\r\n<html>")
        writer.close()

    silent = socket.create_server(("127.0.0.1", 0))
    closed = socket.create_server(("127.0.0.1", 0))
    closed_port = closed.getsockname()[1]
    closed.close()
    async with (
        await asyncio.start_server(write_nonsense, "127.0.0.1", 0) as nonsense,
        await asyncio.start_server(answer_html, "127.0.0.1", 0) as html,
    ):
        ports = [s.sockets[0].getsockname()[1] for s in (nonsense, html)]
        ports += [silent.getsockname()[1], closed_port]
        candidates = [Candidate(f"at {port}", port) for port in ports]
        assert await find_local_endpoints(0.2, candidates=candidates) == []
    silent.close()


def test_the_usual_servers_are_known() -> None:
    assert {c.name: c.port for c in CANDIDATES} == {
        "Ollama": 11434,
        "LM Studio": 1234,
        "llama.cpp": 8080,
        "vLLM": 8000,
    }
