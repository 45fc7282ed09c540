"""`timeout` is for all that a question takes, what goes before it included."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from hydrophone.perplexity import AsyncPerplexity, ClientConfig, StreamingError

PATIENCE_S = 20


@pytest.fixture
async def silent() -> AsyncIterator[str]:
    """The origin of a service that takes connections and says nothing."""
    met: list[asyncio.StreamWriter] = []

    async def meet(_: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        met.append(writer)

    server = await asyncio.start_server(meet, "127.0.0.1", 0)
    async with server:
        yield f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}"
        for writer in met:
            writer.close()


@pytest.mark.parametrize("model", ["best", "of-no-table"])
@pytest.mark.parametrize("with_a_file", [False, True])
async def test_a_silent_service_is_left_after_the_time_of_a_question(
    silent: str, tmp_path: Path, model: str, with_a_file: bool
) -> None:
    file = tmp_path / "notes.txt"
    file.write_text("Whales sing.")
    config = ClientConfig(timeout=0.5, requests_per_second=0, max_retries=1, retry_base_delay=0.01)
    async with AsyncPerplexity("a..b.c.d", config, origin=silent) as client:
        async with asyncio.timeout(PATIENCE_S):
            with pytest.raises(StreamingError, match="in time"):
                await client.create_conversation().ask(
                    "Which?", model, files=[file] if with_a_file else None
                )
