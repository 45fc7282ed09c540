"""The checks that need no test run: format, lint, types, imports, sizes, generated files.

Every check runs, also after one has failed; the exit code is 1 when any did.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
BIN = Path(sys.executable).parent
MAX_LINES = 600
MAX_MODULES_IN_ROOM = 14
CODE = ["src", "tests", "scripts", "benchmarks", "containers"]

COMMANDS: dict[str, Sequence[str]] = {
    "format": [str(BIN / "ruff"), "format", "--check", "--quiet", *CODE],
    "lint": [str(BIN / "ruff"), "check", "--quiet", *CODE],
    "types": [str(BIN / "mypy"), "--no-error-summary"],
    "imports": [str(BIN / "lint-imports")],
    "generated files": [sys.executable, "scripts/generate.py", "--check"],
}


def run(command: Sequence[str]) -> str:
    """What the command printed when it failed; empty when it passed."""
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True)
    return "" if done.returncode == 0 else done.stdout + done.stderr


def oversized() -> str:
    """Source files over the hard limit of lines, and rooms with too many modules."""
    files = [path for top in CODE for path in (ROOT / top).rglob("*.py")]
    lines = {path: len(path.read_text(encoding="utf-8").splitlines()) for path in files}
    found = [f"{p.relative_to(ROOT)}: {n} lines" for p, n in lines.items() if n > MAX_LINES]
    rooms = {path.parent for path in files if (ROOT / "src") in path.parents}
    for room in rooms:
        count = len(list(room.glob("*.py")))
        if count > MAX_MODULES_IN_ROOM:
            found.append(f"{room.relative_to(ROOT)}: {count} modules in one room")
    return "\n".join(found)


def main() -> int:
    """Run all checks and print those that failed."""
    results = {name: run(command) for name, command in COMMANDS.items()}
    results["file sizes"] = oversized()
    for name, problem in results.items():
        print(f"{'failed' if problem else 'ok    '}  {name}")
        if problem:
            print(problem)
    return 1 if any(results.values()) else 0


if __name__ == "__main__":
    sys.exit(main())
