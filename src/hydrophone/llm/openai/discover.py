"""Finds model servers on this machine, at the ports where the usual ones listen."""

from __future__ import annotations

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass

from hydrophone.errors import HydrophoneError
from hydrophone.llm.openai.client import OpenAIModel
from hydrophone.llm.openai.failures import Limits


@dataclass(frozen=True, slots=True)
class FoundEndpoint:
    """A model server that answered; `url` is its base, for HYDROPHONE_MODEL_URL."""

    name: str
    url: str
    models: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Candidate:
    """A port of this machine where a known server may listen."""

    name: str
    port: int


CANDIDATES = (
    Candidate("Ollama", 11434),
    Candidate("LM Studio", 1234),
    Candidate("llama.cpp", 8080),
    Candidate("vLLM", 8000),
)


async def find_local_endpoints(
    timeout_s: float = 0.3,
    *,
    exclude_port: int | None = None,
    candidates: Sequence[Candidate] = CANDIDATES,
) -> list[FoundEndpoint]:
    """The endpoints on loopback that list their models in time, in the order of `candidates`.

    `exclude_port` is our own. Never raises: whatever does not answer is not there.
    """
    tried = [c for c in candidates if c.port != exclude_port]
    found = await asyncio.gather(*(_ask(candidate, timeout_s) for candidate in tried))
    return [endpoint for endpoint in found if endpoint is not None]


async def _ask(candidate: Candidate, timeout_s: float) -> FoundEndpoint | None:
    url = f"http://127.0.0.1:{candidate.port}/v1"
    model = OpenAIModel(url, limits=Limits(retries=0))
    try:
        async with asyncio.timeout(timeout_s):
            models = await model.models()
    except (HydrophoneError, TimeoutError):
        return None
    finally:
        await model.close()
    return FoundEndpoint(candidate.name, url, tuple(models))
