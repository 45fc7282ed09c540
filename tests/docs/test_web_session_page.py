"""The examples of the page on web sessions, against an emulated service; its names are true."""

from __future__ import annotations

import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from hydrophone import perplexity
from hydrophone.settings import Settings
from hydrophone.settings.description import describe
from hydrophone.settings.session import SessionSettings
from tests.docs.markdown import ROOT, Block, blocks
from tests.emulators.perplexity_web.service import WebService
from tests.emulators.perplexity_web.threaded import service_in_a_thread
from tests.running import Server, Shell, serving

PAGE = ROOT / "docs" / "web-session.md"
TOKEN = "YOUR_SESSION_TOKEN"
EXAMPLES = [one for one in blocks(PAGE) if one.language == "python" and TOKEN in one.text]
FIELDS = set(SessionSettings.model_fields)
# What a reader does not type: the emulated service in place of Perplexity's, and no pauses.
_ELSEWHERE = """
from hydrophone.perplexity import AsyncPerplexity, ClientConfig, Perplexity
begin = ClientConfig.__init__
begin.__defaults__ = tuple(0 if value == 0.5 else value for value in begin.__defaults__)
for client in (AsyncPerplexity, Perplexity):
    client.__init__.__kwdefaults__["origin"] = {origin!r}
"""


@pytest.fixture(scope="module")
def service() -> Iterator[WebService]:
    with service_in_a_thread() as one:
        yield one


@pytest.fixture(scope="module")
def gateway(service: WebService, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    folder = tmp_path_factory.mktemp("gateway")
    settings = {
        "HYDROPHONE_MODE": "session",
        "HYDROPHONE_SESSION_ORIGIN": service.origin,
        "HYDROPHONE_SESSION_REQUESTS_PER_SECOND": "0",
    }
    with serving(Shell(folder, folder / "data", settings)) as server:
        yield server


@pytest.mark.parametrize("example", EXAMPLES, ids=[f"example-{n}" for n in range(len(EXAMPLES))])
def test_examples_run_with_a_session(
    example: Block, service: WebService, gateway: Server, tmp_path: Path
) -> None:
    text = example.text.replace(TOKEN, service.state.accounts[0].token)
    text = text.replace("localhost:8000", f"127.0.0.1:{gateway.port}")
    program = _ELSEWHERE.format(origin=service.origin) + text
    done = Shell(tmp_path, tmp_path).run_argv([sys.executable, "-c", program])
    assert done.code == 0, done.err
    assert "Hello" in done.out


def test_there_are_examples_of_the_library_and_of_the_server() -> None:
    assert len(EXAMPLES) >= 4
    assert any("localhost:8000" in one.text for one in EXAMPLES)


def test_every_error_of_the_library_is_named() -> None:
    named = set(re.findall(r"`(\w+(?:Error|Failed))`", PAGE.read_text("utf-8")))
    errors = {name for name in perplexity.__all__ if name.endswith(("Error", "Failed"))}
    assert errors <= named


def test_the_table_of_older_names_has_those_that_are_read() -> None:
    table = PAGE.read_text("utf-8").split("## From the older programs\n")[1].split("\n## ")[0]
    named = {
        name
        for row in table.splitlines()
        for name in re.findall(r"`([A-Z_]{4,})`", row.split(" | ")[0])
    }
    lines = describe(Settings.model_construct())
    assert named <= {older for line in lines for older in line.older}
    ours = {older for line in lines if line.field in FIELDS for older in line.older}
    assert ours
    assert ours <= named
