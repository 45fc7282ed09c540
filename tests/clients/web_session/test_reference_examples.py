"""Every example of the two documents about Perplexity's web session, run as a program of its own.

The files in examples/ are theirs but for the import, and what a reader fills in: the server's port,
a token, a picture; the first line of each says where it stands and with what it is completed. They
meet the emulated service under its real name. The servers are started as the documents start them,
but for the port: by `perplexity-webui-scraper-api --host 0.0.0.0`, and beside a `.env` that was
copied from `.env.example`.

Shown elsewhere: how packages are installed, `uv run fastmcp run`, as Claude Desktop starts it too,
and `uv run fastmcp dev` (test_reference_installs), how a token is got (tests/cli/test_login), the
containers' files (tests/containers). Run by no test: `podman` and `docker-compose`, for which there
is no container engine.
"""

from __future__ import annotations

import base64
import json
import subprocess
import sys
from collections.abc import Iterator, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pytest

from hydrophone.perplexity import MODELS
from tests.clients.driving import environment
from tests.clients.shipped import PICTURE, write_files
from tests.emulators.perplexity_web.scripts import Script
from tests.emulators.perplexity_web.service import WebService
from tests.emulators.perplexity_web.state import Account
from tests.emulators.perplexity_web.streams import ROWS
from tests.emulators.perplexity_web.tunnel import tunnelled_service
from tests.running import Server, Shell, serving

EXAMPLES = {path.name: path for path in (Path(__file__).parent / "examples").iterdir()}
TOKENS = ("YOUR_TOKEN", "header..initialisation.ciphertext.tag")
FILLED_IN = {
    "YOUR_SESSION_TOKEN": TOKENS[1],
    "base64,PICTURE": f"base64,{base64.b64encode(PICTURE).decode()}",
}
ROOT = Path(__file__).resolve().parents[3]
COMMAND = [sys.executable, "-c", "from hydrophone.cli.session_api import main; main()"]
ASK = "/rest/sse/perplexity_ask"
EXAMPLE_S = 50
QUESTIONS = ("Which markets?", "Since when?")
ANSWERS = {
    "Analyze recent market trends": Script(questions=QUESTIONS),
    "Research this topic": Script(questions=QUESTIONS),
}

pytestmark = pytest.mark.timeout(2 * EXAMPLE_S)


@dataclass(frozen=True)
class Ran:
    """The examples, while they run, and the service that they meet."""

    running: Mapping[str, Future[str]]
    service: WebService
    folder: Path

    def printed(self, name: str) -> str:
        """What an example printed; it must have succeeded."""
        return self.running[name].result()

    def asked(self, query: str) -> Mapping[str, Any]:
        """With what parameters the service was asked a question last."""
        bodies = [one.body for one in self.service.state.asked(ASK)]
        found = [body["params"] for body in bodies if query in body["query_str"]]
        assert found, bodies
        params: Mapping[str, Any] = found[-1]
        return params


def program(path: Path, server: Server | None) -> list[str]:
    """What runs an example."""
    text = path.read_text("utf-8")
    if server is not None:
        for before, now in {**FILLED_IN, "localhost:8000": f"127.0.0.1:{server.port}"}.items():
            text = text.replace(before, now)
    if path.suffix == ".sh":
        return ["bash", "-eu", "-c", text.replace("curl ", "curl -sS --fail-with-body ")]
    python = environment("reference-examples") if "openai" in path.stem else sys.executable
    return [str(python), "-c", text]


@pytest.fixture(scope="module")
def ran(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Ran]:
    """All of them at once, since the library takes its time between requests."""
    folder = tmp_path_factory.mktemp("examples")
    (folder / "document.pdf").write_bytes(Path(write_files(folder)["PDF"]).read_bytes())
    with ExitStack() as stack:
        service, variables = stack.enter_context(tunnelled_service(folder))
        state = service.state
        state.accounts[:] = [Account("someone@example.org", token) for token in TOKENS]
        state.answers = {question: [script] for question, script in ANSWERS.items()}
        settings = {
            **variables,
            "HYDROPHONE_SESSION_REQUESTS_PER_SECOND": "0",
        }
        shell = Shell(folder, folder / "data", settings)
        own = stack.enter_context(serving(shell, command=[*COMMAND, "--host", "0.0.0.0"]))
        fork = Shell(
            folder / "fork", folder / "fork-data", {**settings, "HYDROPHONE_MODE": "session"}
        )
        fork.folder.mkdir()
        variables_of = (ROOT / ".env.example").read_text("utf-8")
        (fork.folder / ".env").write_text(
            f"{variables_of}\nPERPLEXITY_SESSION_TOKEN={TOKENS[0]}\n", "utf-8"
        )
        shared = stack.enter_context(serving(fork))
        pool = stack.enter_context(ThreadPoolExecutor(len(EXAMPLES)))

        def run(path: Path) -> str:
            served = path.suffix == ".sh" or "openai" in path.stem
            server = (shared if "fork" in path.stem else own) if served else None
            done = subprocess.run(
                program(path, server),
                env={**shell.environment, **({} if served else variables), "NO_PROXY": "127.0.0.1"},
                cwd=folder,
                stdin=subprocess.DEVNULL,
                capture_output=True,
                text=True,
                timeout=EXAMPLE_S,
            )
            assert done.returncode == 0, done.stdout + done.stderr
            return done.stdout

        yield Ran(
            {name: pool.submit(run, path) for name, path in EXAMPLES.items()}, service, folder
        )


def reply(body: str) -> str:
    """The text of an answer as JSON."""
    answer = json.loads(body)
    assert answer["object"] == "chat.completion"
    assert answer["choices"][0]["finish_reason"] == "stop"
    assert [row["url"] for row in answer["search_results"]] == [row["url"] for row in ROWS]
    text: str = answer["choices"][0]["message"]["content"]
    return text


def test_every_example_is_looked_at() -> None:
    tests = Path(__file__).read_text("utf-8")
    assert [name for name in EXAMPLES if f'"{name}"' not in tests] == []


def test_a_client_with_all_its_settings_answers_and_logs(ran: Ran) -> None:
    assert ran.printed("client.py").splitlines() == ["Hello world.", "A greeting 2 True"]
    log = (ran.folder / ".debug" / "perplexity.log").read_text("utf-8")
    assert TOKENS[0] not in log


def test_a_conversation_is_read_while_it_comes_in(ran: Ran) -> None:
    lines = ran.printed("conversation.py").splitlines()
    assert "Hello" in lines[:-1]
    assert lines[-1] == "Hello world."


def test_the_models_are_listed(ran: Ran) -> None:
    lines = ran.printed("models.py").splitlines()
    assert len(lines) == len(MODELS)
    assert any(line.split() == ["'best'", "→", "Pro", "[pro]"] for line in lines)
    assert any("'claude-opus-4.6'" in line and line.endswith("[max]") for line in lines)


def test_citations_become_links(ran: Ran) -> None:
    assert ran.printed("citations.py") == f"Hello world [1]({ROWS[0]['url']}).\n"


def test_errors_are_those_of_the_documents(ran: Ran) -> None:
    assert ran.printed("errors.py") == f"Needs clarification: {list(QUESTIONS)}\n"
    assert ran.printed("errors_of_a_token.py").startswith("Token expired")
    told = ran.printed("questions.py").splitlines()
    assert told == ["The AI needs clarification:", *(f"  - {one}" for one in QUESTIONS)]


@pytest.mark.parametrize("name", ["hello.sh", "optional.sh", "image.sh", "fork.sh"])
def test_requests_of_curl_are_answered(ran: Ran, name: str) -> None:
    assert reply(ran.printed(name)).startswith("Hello world")


@pytest.mark.parametrize(
    "name", ["hello_openai.py", "optional_openai.py", "document_openai.py", "fork_openai.py"]
)
def test_requests_of_the_openai_package_are_answered(ran: Ran, name: str) -> None:
    assert ran.printed(name).startswith("Hello world")


def test_optional_arguments_reach_the_service(ran: Ran) -> None:
    assert f"]({ROWS[0]['url']})" in ran.printed("optional_openai.py")
    papers = ran.asked("Analyze these recent academic papers")
    assert papers["sources"] == ["scholar"]
    assert papers["search_recency_filter"] == "YEAR"
    assert papers["is_incognito"] is False
    ran.printed("optional.sh")
    news = ran.asked("Technology news")
    assert news["sources"] == ["social", "scholar"]
    assert news["search_recency_filter"] == "WEEK"


def test_files_reach_the_service(ran: Ran) -> None:
    for name, query in (("document_openai.py", "document"), ("image.sh", "image")):
        ran.printed(name)
        (url,) = ran.asked(f"What is in this {query}?")["attachments"]
        uploads = ran.service.state.uploads.values()
        (upload,) = [one for one in uploads if one.url == url]
        whole = PICTURE if query == "image" else b"%PDF"
        assert upload.data is not None
        assert upload.data.startswith(whole)


def test_the_quick_start_of_the_server_answers(ran: Ran) -> None:
    health, models = map(json.loads, ran.printed("fork_start.sh").splitlines())
    assert health["status"]
    assert {"perplexity-auto", "perplexity-sonar", "perplexity-research"} <= {
        model["id"] for model in models["data"]
    }
