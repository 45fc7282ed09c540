"""How the two documents about Perplexity's web session install and start things, done for real.

In environments of their own, from the package registry, and from a copy of the checkout: what is
there is what was asked for and nothing that the tests happen to have.
"""

from __future__ import annotations

import asyncio
import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import AsyncIterator, Iterator, Mapping
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import pytest
from mcp import ClientSession
from mcp.client.stdio import StdioServerParameters, stdio_client

from hydrophone import __version__
from tests.clients.driving_node import node_environment, node_program
from tests.emulators.perplexity_web.service import WebService
from tests.emulators.perplexity_web.threaded import service_in_a_thread
from tests.page.browser import Page, chromium_running, installed_chromium, page_of
from tests.running import Server, Shell, serving

ROOT = Path(__file__).resolve().parents[3]
COPIED = ("src", "docs", "requirements", "pyproject.toml", "README.md", "LICENSE", ".env.example")
UV = [sys.executable, "-m", "uv"]
INSTALL_S, INSPECTOR_S = 280, 60
NO_REGISTRY = re.compile("error sending request|Failed to (fetch|download)|NewConnectionError")
SERVER_FILE = "src/hydrophone/mcp/server.py"
TOOLS = {"perplexity_ask", "perplexity_research"}
ASK = {"messages": [{"role": "user", "content": "What?"}], "model": "best"}
LIBRARY = """
import sys
from hydrophone.perplexity import Perplexity
with Perplexity(sys.argv[1], origin=sys.argv[2]) as client:
    print(client.create_conversation().ask("What?").answer)
"""

pytestmark = [pytest.mark.slow, pytest.mark.timeout(2 * INSTALL_S)]


def run(*argv: str | Path, cwd: Path, **variables: str) -> str:
    """What a command printed; it must have succeeded. Skips where it found no registry."""
    plain = {name: value for name, value in os.environ.items() if name != "VIRTUAL_ENV"}
    done = subprocess.run(
        argv,
        cwd=cwd,
        env=plain | variables,
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        timeout=INSTALL_S,
    )
    if done.returncode != 0 and NO_REGISTRY.search(done.stderr):
        pytest.skip(f"the package registry cannot be reached: {done.stderr.splitlines()[-1]}")
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


def environment_with(folder: Path, *wanted: str) -> Path:
    """The commands of a new environment after `uv pip install WANTED`."""
    run(*UV, "venv", "--quiet", "--python", sys.executable, folder / "venv", cwd=folder)
    commands = folder / "venv" / ("Scripts" if sys.platform == "win32" else "bin")
    python = str(commands / "python")
    run(*UV, "pip", "install", "--quiet", "--python", python, *wanted, cwd=folder)
    return commands


@pytest.fixture(scope="module")
def checkout(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """What a fresh clone has that installing reads."""
    folder = tmp_path_factory.mktemp("clone") / "hydrophone"
    folder.mkdir()
    for name in COPIED:
        if (ROOT / name).is_dir():
            shutil.copytree(
                ROOT / name, folder / name, ignore=shutil.ignore_patterns("__pycache__")
            )
        else:
            shutil.copy(ROOT / name, folder)
    return folder


@pytest.fixture(scope="module")
def wheel(checkout: Path) -> Path:
    """What the registry would hand out."""
    run(*UV, "build", "--quiet", "--wheel", "--out-dir", "dist", cwd=checkout)
    (built,) = (checkout / "dist").glob("*.whl")
    return built


@pytest.fixture
def service() -> Iterator[WebService]:
    with service_in_a_thread() as one:
        yield one


def settings_for(service: WebService) -> dict[str, str]:
    """What brings a server to the emulated service."""
    return {
        "HYDROPHONE_SESSION_ORIGIN": service.origin,
        "HYDROPHONE_SESSION_REQUESTS_PER_SECOND": "0",
    }


def answered(server: Server, key: str | None = None) -> str:
    """What a server says to a question."""
    answer = server.request("/v1/chat/completions", ASK, key=key)
    assert answer.status == 200, answer.body
    text: str = answer.json["choices"][0]["message"]["content"]
    return text


@pytest.mark.parametrize("origin", ["the registry", "a repository"])
def test_the_library_installs_and_asks(
    checkout: Path, wheel: Path, service: WebService, tmp_path: Path, origin: str
) -> None:
    wanted = f"hydrophone[session] @ {wheel.as_uri()}"
    if origin == "a repository":
        repository = tmp_path / "repository"
        shutil.copytree(
            checkout, repository, ignore=shutil.ignore_patterns("dist", ".venv", "node_modules")
        )
        author = ("-c", "user.name=Someone", "-c", "user.email=someone@example.org")
        for words in (["init", "-q", "-b", "dev"], ["add", "-A"], ["commit", "-q", "-m", "All"]):
            run("git", *author, *words, cwd=repository)
        wanted = f"hydrophone[session] @ git+{repository.as_uri()}@dev"
    commands = environment_with(tmp_path, wanted)
    token = service.state.accounts[0].token
    said = run(commands / "python", "-c", LIBRARY, token, service.origin, cwd=tmp_path)
    assert said == "Hello world.\n"
    told = run(commands / "get-perplexity-session-token", "--help", cwd=tmp_path)
    assert "get-perplexity-session-token" in told


def test_the_server_installs_and_answers(wheel: Path, service: WebService, tmp_path: Path) -> None:
    commands = environment_with(tmp_path, f"hydrophone[api,session] @ {wheel.as_uri()}")
    shell = Shell(tmp_path, tmp_path / "data", settings_for(service))
    with serving(shell, command=[str(commands / "perplexity-webui-scraper-api")]) as server:
        assert answered(server, service.state.accounts[0].token) == "Hello world."


def test_a_clone_installs_and_serves_beside_its_settings(
    checkout: Path, service: WebService, tmp_path: Path
) -> None:
    run(sys.executable, "-m", "venv", tmp_path / "venv", cwd=tmp_path)
    commands = tmp_path / "venv" / ("Scripts" if sys.platform == "win32" else "bin")
    pip = (commands / "python", "-m", "pip", "install", "--quiet")
    run(*pip, "-r", "requirements/run.txt", cwd=checkout)
    run(*pip, "-e", ".", cwd=checkout)
    settings = settings_for(service) | {"HYDROPHONE_MODE": "session"}
    shell = Shell(tmp_path / "work", tmp_path / "data", settings)
    shell.folder.mkdir()
    variables = (checkout / ".env.example").read_text("utf-8")
    token = service.state.accounts[0].token
    (shell.folder / ".env").write_text(f"{variables}PERPLEXITY_SESSION_TOKEN={token}\n", "utf-8")
    with serving(shell, command=[str(commands / "hydrophone"), "serve"]) as server:
        assert answered(server) == "Hello world."


@asynccontextmanager
async def mcp_session(
    command: str, *arguments: str, cwd: Path, variables: Mapping[str, str]
) -> AsyncIterator[ClientSession]:
    """An MCP server that a client has started, as desktop programs start them."""
    parameters = StdioServerParameters(
        command=command, args=list(arguments), env=dict(variables), cwd=cwd
    )
    async with (
        stdio_client(parameters) as (received, sent),
        ClientSession(received, sent) as session,
    ):
        await session.initialize()
        yield session


async def asked_by_mcp(session: ClientSession) -> str:
    """The first line of an answer, after a look at the tools."""
    assert {tool.name for tool in (await session.list_tools()).tools} == TOOLS
    result = await session.call_tool("perplexity_ask", {"query": "What?"})
    return str(getattr(result.content[0], "text", result.content[0])).splitlines()[0]


def session_variables(service: WebService, folder: Path) -> dict[str, str]:
    """The environment of an MCP server in session mode."""
    token = service.state.accounts[0].token
    more = {"PERPLEXITY_SESSION_TOKEN": token, "HYDROPHONE_MODE": "session"}
    shell = Shell(folder, folder / "data", settings_for(service) | more)
    return {name: value for name, value in shell.environment.items() if name != "VIRTUAL_ENV"}


async def test_the_mcp_server_installs_and_answers(
    wheel: Path, service: WebService, tmp_path: Path
) -> None:
    wanted = f"hydrophone[api,mcp,session] @ {wheel.as_uri()}"
    commands = await asyncio.to_thread(environment_with, tmp_path, wanted)
    variables = session_variables(service, tmp_path)
    command = str(commands / "hydrophone")
    async with mcp_session(command, "mcp", cwd=tmp_path, variables=variables) as session:
        assert await asked_by_mcp(session) == "Hello world [1]."


@pytest.fixture(scope="module")
def project(checkout: Path) -> Path:
    """The checkout after its first `uv run`."""
    begun = (*UV, "run", "--quiet", "--python", sys.executable)
    said = run(*begun, "hydrophone", "--version", cwd=checkout)
    assert said == f"hydrophone {__version__}\n"
    return checkout


async def test_uv_run_fastmcp_run_answers(
    project: Path, service: WebService, tmp_path: Path
) -> None:
    """Also an entry in claude_desktop_config.json, whose command and arguments are these."""
    command, *arguments = [*UV, "run", "fastmcp", "run", SERVER_FILE]
    variables = session_variables(service, tmp_path)
    async with mcp_session(command, *arguments, cwd=project, variables=variables) as session:
        assert await asked_by_mcp(session) == "Hello world [1]."


@pytest.fixture
def npx(tmp_path: Path) -> Path:
    """A folder with `node` and `npx`, as a machine with Node has them."""
    folder, program = tmp_path / "node-commands", node_program()
    folder.mkdir()
    script = program.parents[1] / "lib" / "node_modules" / "npm" / "bin" / "npx-cli.js"
    (folder / "node").symlink_to(program)
    (folder / "npx").write_text(f'#!/bin/sh\nexec "{program}" "{script}" "$@"\n')
    (folder / "npx").chmod(0o755)
    return folder


@asynccontextmanager
async def inspecting(project: Path, npx: Path, home: Path) -> AsyncIterator[str]:
    """`uv run fastmcp dev inspector`; the address of the inspector's page."""
    shell = Shell(project, home / "data", {"HOME": str(home), "MCP_AUTO_OPEN_ENABLED": "false"})
    cache = run(*UV, "cache", "dir", cwd=home).strip()
    process = await asyncio.create_subprocess_exec(
        *(*UV, "run", "fastmcp", "dev", "inspector", SERVER_FILE),
        *("--ui-port", "0", "--server-port", "0"),
        cwd=project,
        env={
            **shell.environment,
            "PATH": f"{npx}{os.pathsep}{os.environ['PATH']}",
            "UV_CACHE_DIR": cache,
        },
        stdin=asyncio.subprocess.DEVNULL,
        stdout=asyncio.subprocess.PIPE,
        stderr=asyncio.subprocess.STDOUT,
        start_new_session=True,
    )
    assert process.stdout is not None
    printed = ""
    try:
        async with asyncio.timeout(INSPECTOR_S):
            while (found := re.search(r"http://\S+API_TOKEN=\w+", printed)) is None:
                line = await process.stdout.readline()
                assert line, printed
                printed += line.decode()
        yield found[0]
    finally:
        os.killpg(process.pid, signal.SIGTERM)
        await process.communicate()


@pytest.mark.skipif(sys.platform == "win32", reason="a process group is stopped")
async def test_uv_run_fastmcp_dev_shows_the_tools(project: Path, npx: Path, tmp_path: Path) -> None:
    chromium = installed_chromium()
    if chromium is None:
        pytest.skip("no Chromium on this machine: `apt-get install chromium` or the like brings it")
    modules = node_environment("mcp-sdk") / "node_modules"
    if not (project / "node_modules").exists():
        (project / "node_modules").symlink_to(modules)
    with chromium_running(chromium) as address:
        async with inspecting(project, npx, tmp_path) as url, page_of(address) as page:
            await page.open(url)
            await page.until("document.querySelector('[role=switch]')")
            await page.value("document.querySelector('[role=switch]').click()")
            await shown(page, "Connected")
            await page.value(CLICK % json.dumps("Tools"))
            for tool in ("perplexity_ask", "perplexity_search", "list_sources"):
                await shown(page, tool)


CLICK = """
[...document.querySelectorAll('*')]
  .filter(one => !one.children.length && one.textContent.trim() === %s).at(-1).click()
"""


async def shown(page: Page, text: str) -> Any:
    """Wait until the page shows a text."""
    await page.until(f"document.body.innerText.includes({json.dumps(text)})")
