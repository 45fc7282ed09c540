"""Write requirements/run.txt and requirements/test.txt: pinned, hashed, for every platform."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
DEFAULT_EXTRAS = ["--extra", "models", "--extra", "web", "--extra", "api"]
TEST_GROUP = ["--group", "test"]


def compile_lock(name: str, more: list[str]) -> None:
    """Resolve pyproject.toml into requirements/<name>.txt."""
    command = [
        *(sys.executable, "-m", "uv", "pip", "compile", "pyproject.toml", *DEFAULT_EXTRAS, *more),
        *("--universal", "--python-version", "3.11", "--generate-hashes", "--no-annotate"),
        *("--no-header", "--no-emit-index-url", "--upgrade", "--quiet"),
        *("--output-file", f"requirements/{name}.txt"),
    ]
    subprocess.run(command, cwd=ROOT, check=True)


if __name__ == "__main__":
    compile_lock("run", ["--group", "build"])
    compile_lock("test", ["--group", "build", *TEST_GROUP])
