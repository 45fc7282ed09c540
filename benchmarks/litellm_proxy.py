"""LiteLLM's proxy in a virtual environment of its own, made once and kept in the cache folder."""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
from pathlib import Path

from platformdirs import user_cache_path

VERSION = "1.106.2"
HEALTH = "/health/liveliness"


def install() -> Path:
    """The folder with its programs; the first time it is downloaded (about 700 MB unpacked)."""
    python = f"{sys.version_info.major}.{sys.version_info.minor}"
    folder = user_cache_path("hydrophone-benchmarks") / f"litellm-{VERSION}-py{python}"
    marker = folder / "installed"
    if not marker.exists():
        print(f"installing LiteLLM {VERSION} into {folder} …", file=sys.stderr)
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(folder)], check=True)
        pip = [str(folder / "bin" / "python"), "-m", "pip", "install", "--quiet"]
        subprocess.run([*pip, f"litellm[proxy]=={VERSION}"], check=True)
        marker.touch()
    return folder / "bin"


def new_key() -> str:
    """A master key; LiteLLM refuses weak ones."""
    return f"sk-{secrets.token_hex(24)}"


def command(programs: Path, config: Path, port: int) -> list[str]:
    """One worker on loopback, as its documentation starts it."""
    address = ("--host", "127.0.0.1", "--port", str(port))
    return [str(programs / "litellm"), "--config", str(config), *address, "--num_workers", "1"]


def environment(plain: dict[str, str], key: str) -> dict[str, str]:
    """Its production settings: no debug output, the prices that it ships with, a master key."""
    return {
        **plain,
        "LITELLM_MASTER_KEY": key,
        "LITELLM_MODE": "PRODUCTION",
        "LITELLM_LOG": "ERROR",
        "LITELLM_LOCAL_MODEL_COST_MAP": "True",
    }


def write_config(folder: Path, model: str, model_url: str) -> Path:
    """The configuration for one model behind an OpenAI-compatible address. JSON is YAML too."""
    upstream = {"model": f"openai/{model}", "api_base": model_url, "api_key": "sk-none"}
    config = {
        "model_list": [{"model_name": model, "litellm_params": upstream}],
        "litellm_settings": {"telemetry": False},
    }
    path = folder / "litellm.yaml"
    path.write_text(json.dumps(config), "utf-8")
    return path
