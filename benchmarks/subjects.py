"""The servers that benchmarks/gateway.py measures: how each is started and asked."""

from __future__ import annotations

import sys
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import litellm_proxy
from fake_model import MODEL
from served import Served, free_port

HERE = Path(__file__).parent
KEY = "benchmark-key"
HYDROPHONE, LITELLM, INSTANT = "Hydrophone", "LiteLLM proxy", "Hydrophone's doors alone"
BARE = "bare Starlette pass-through"


@dataclass(frozen=True, slots=True)
class Subject:
    """A server to measure. `slow` ones are asked less; `paced_model` is the one for streams."""

    name: str
    command: Sequence[str]
    environment: dict[str, str]
    folder: Path
    port: int
    health: str = "/health"
    key: str = KEY
    whole_model: str = MODEL
    paced_model: str = MODEL
    slow: bool = False

    @property
    def url(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.port}"


def hydrophone(folder: Path, model_url: str) -> Subject:
    """The whole server as users start it, with a key, the ledger, and the model's endpoint."""
    port = free_port()
    settings = {
        "HYDROPHONE_MODEL_URL": model_url,
        "HYDROPHONE_MODEL": MODEL,
        "HYDROPHONE_API_KEYS": KEY,
        "HYDROPHONE_PRELOAD": "0",
    }
    return Subject(
        name=HYDROPHONE,
        command=(sys.executable, "-m", "hydrophone", "serve", "--port", str(port)),
        environment=Served.environment(folder / "data", settings),
        folder=folder,
        port=port,
        whole_model=f"local/{MODEL}",
        paced_model=f"local/{MODEL}",
    )


def litellm(folder: Path, model_url: str, programs: Path) -> Subject:
    """LiteLLM's proxy: a master key, one worker, no database."""
    port, key = free_port(), litellm_proxy.new_key()
    config = litellm_proxy.write_config(folder, MODEL, model_url)
    return Subject(
        name=LITELLM,
        command=litellm_proxy.command(programs, config, port),
        environment=litellm_proxy.environment(plain(), key),
        folder=folder,
        port=port,
        health=litellm_proxy.HEALTH,
        key=key,
        slow=True,
    )


def bare(folder: Path, model_url: str) -> Subject:
    """The least that a gateway can be: no keys, no ledger, nothing read."""
    port = free_port()
    command = (*script("passthrough.py", port), "--model-url", model_url)
    return Subject(BARE, command, plain(), folder, port)


def instant(folder: Path) -> Subject:
    """Hydrophone's doors, keys and ledger over an answerer that needs no model."""
    port = free_port()
    return Subject(
        name=INSTANT,
        command=(*script("instant.py", port), "--data-dir", str(folder)),
        environment=Served.environment(folder, {"HYDROPHONE_API_KEYS": KEY}),
        folder=folder,
        port=port,
        whole_model="whole",
        paced_model="paced",
    )


def script(name: str, port: int) -> tuple[str, ...]:
    """The command that starts one of the servers of this folder."""
    return (sys.executable, str(HERE / name), "--port", str(port))


def plain() -> dict[str, str]:
    """The environment without any setting of Hydrophone's."""
    return Served.environment(Path())
