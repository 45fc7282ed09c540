"""The wheel: what is in it, and that it works where there is no checkout."""

from __future__ import annotations

import subprocess
import sys
import sysconfig
import venv
import zipfile
from pathlib import Path

import pytest

from hydrophone import __version__
from tests.running import Shell

ROOT = Path(__file__).resolve().parents[2]
SOURCE = ROOT / "src"


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("dist")
    build = [sys.executable, "-m", "build", "--wheel", "--no-isolation", "--outdir", str(folder)]
    run([*build, str(ROOT)], cwd=folder)
    (built,) = folder.glob("*.whl")
    return built


@pytest.fixture(scope="module")
def installed(wheel: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The commands' folder of a new environment that holds the wheel.

    Its dependencies are those of the environment that runs the tests, by a path file: such a file
    is not followed a second time, so the checkout's own installation stays out of sight.
    """
    home = tmp_path_factory.mktemp("installed") / "venv"
    venv.create(home, with_pip=False, symlinks=True)
    commands = home / ("Scripts" if sys.platform == "win32" else "bin")
    place = sysconfig.get_path("purelib", "venv", {"base": str(home), "platbase": str(home)})
    Path(place, "dependencies.pth").write_text(sysconfig.get_path("purelib"))
    install = [sys.executable, "-m", "uv", "pip", "install", "--offline", "--no-deps", "--quiet"]
    run([*install, "--python", str(commands / "python"), str(wheel)], cwd=home)
    return commands


def run(argv: list[str], cwd: Path) -> None:
    done = subprocess.run(argv, cwd=cwd, capture_output=True, text=True, timeout=50)
    assert done.returncode == 0, done.stdout + done.stderr


def test_wheel_holds_the_whole_package_and_nothing_else(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        names = set(archive.namelist())
    files = [path for path in (SOURCE / "hydrophone").rglob("*") if path.is_file()]
    wanted = {
        path.relative_to(SOURCE).as_posix()
        for path in files
        if "__pycache__" not in path.parts and path.suffix not in (".pyc", ".orig")
    }
    assert (
        {
            "hydrophone/py.typed",
            "hydrophone/page/templates/page.html",
            "hydrophone/engine/prompts/answer.md",
            "hydrophone/storage/index_migrations/0001_documents.up.sql",
            "hydrophone/storage/state_migrations/env.py",
        }
        <= wanted
        <= names
    )
    docs = {f"hydrophone/{path.relative_to(ROOT).as_posix()}" for path in ROOT.glob("docs/*.md")}
    assert docs
    assert docs <= names
    information = {
        name for name in names if name.startswith(f"hydrophone-{__version__}.dist-info/")
    }
    others = names - wanted - information
    assert {name for name in others if not name.startswith("hydrophone/docs/")} == set()
    assert any(name.endswith("licenses/LICENSE") for name in information)


def test_installed_command_answers_from_the_docs_in_the_package(
    installed: Path, tmp_path: Path
) -> None:
    shell = Shell(tmp_path, tmp_path / "data", {"HYDROPHONE_OFFLINE": "1"})
    command = str(installed / "hydrophone")
    version = shell.run_argv([command, "--version"])
    assert version.out == f"hydrophone {__version__}\n"
    answer = shell.run_argv([command, "ask", "How do I add my own documents?", "--json"])
    assert answer.code == 0, answer.err
    assert "hydrophone add" in answer.json["answer"]
    first = answer.json["citations"][0]["url"]
    assert first.startswith(installed.parent.as_uri())
    assert first.endswith("/hydrophone/docs/quickstart.md")


def test_installed_server_starts_and_shows_its_page(installed: Path, tmp_path: Path) -> None:
    code = """
import asyncio, os, sys
import hydrophone
from hydrophone.app.server import server
assert hydrophone.__file__.startswith(sys.prefix), hydrophone.__file__
import httpx

async def main():
    inbox, outbox = asyncio.Queue(), asyncio.Queue()
    application = server()
    life = asyncio.create_task(application({"type": "lifespan"}, inbox.get, outbox.put))
    await inbox.put({"type": "lifespan.startup"})
    print((await outbox.get())["type"])
    transport = httpx.ASGITransport(application)
    async with httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000") as client:
        for path in ("/", "/health", "/docs", "/openapi.json"):
            print(path, (await client.get(path)).status_code)
    await inbox.put({"type": "lifespan.shutdown"})
    await life

asyncio.run(main())
"""
    settings = {"HYDROPHONE_OFFLINE": "1", "HYDROPHONE_PRELOAD": "0"}
    shell = Shell(tmp_path, tmp_path / "data", settings)
    done = shell.run_argv([str(installed / "python"), "-c", code])
    expected = [
        "lifespan.startup.complete",
        "/ 200",
        "/health 200",
        "/docs 200",
        "/openapi.json 200",
    ]
    assert done.out.splitlines() == expected, done.err
