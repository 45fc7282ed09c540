"""The gateway's image has what a server of web sessions imports, and all of that is locked."""

from __future__ import annotations

import json
import os
import re
import sys
from collections.abc import Iterator
from importlib.metadata import distribution, packages_distributions
from pathlib import Path

import pytest
from packaging.requirements import Requirement

from containers.pick import pick
from tests.containers.files import LOCK, ROOT, listed
from tests.emulators.perplexity_web.scripts import Script
from tests.emulators.perplexity_web.service import WebService
from tests.emulators.perplexity_web.threaded import service_in_a_thread
from tests.running import Server, Shell, serving

GATEWAY = listed("gateway.txt")
# Loaded by every Python that has the folder on its path, before anything else.
_NOT_INSTALLED = """
import json, os, sys
from importlib.machinery import PathFinder

class WithoutSome(PathFinder):
    names = frozenset(json.loads(os.environ["NOT_INSTALLED"]))

    @classmethod
    def find_spec(cls, name, path=None, target=None):
        if name.partition(".")[0] in cls.names:
            return None
        return super().find_spec(name, path, target)

sys.meta_path[sys.meta_path.index(PathFinder)] = WithoutSome
"""


def normal(name: str) -> str:
    """A distribution's name as PyPI compares them."""
    return re.sub(r"[-_.]+", "-", name).lower()


def outside_of_the_image() -> list[str]:
    """The packages of this environment that the image does not have."""
    has = {"hydrophone", *map(normal, GATEWAY)}
    return [
        package
        for package, owners in packages_distributions().items()
        if not has & set(map(normal, owners)) and package not in sys.stdlib_module_names
    ]


@pytest.fixture(scope="module")
def service() -> Iterator[WebService]:
    with service_in_a_thread() as one:
        yield one


@pytest.fixture(scope="module")
def gateway(service: WebService, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """The server as the image starts it, on a free port of loopback."""
    folder = tmp_path_factory.mktemp("gateway")
    (folder / "sitecustomize.py").write_text(_NOT_INSTALLED, "utf-8")
    settings = {
        "HYDROPHONE_MODE": "session",
        "HYDROPHONE_SESSION_ORIGIN": service.origin,
        "HYDROPHONE_SESSION_REQUESTS_PER_SECOND": "0",
        "NOT_INSTALLED": json.dumps(outside_of_the_image()),
        "PYTHONPATH": os.pathsep.join([str(folder), str(ROOT / "src")]),
    }
    with serving(Shell(folder, folder / "data", settings)) as server:
        yield server


def test_the_image_lacks_what_makes_the_engine_large() -> None:
    assert {"onnxruntime", "tantivy", "trafilatura", "usearch"} <= set(outside_of_the_image())


def test_it_answers_with_what_the_image_has(gateway: Server, service: WebService) -> None:
    service.state.scripts = [Script(pieces=("Hi ", "there."))]
    turns = [{"role": "user", "content": "Hello!"}]
    body = {"model": "best", "messages": turns}
    answer = gateway.request("/v1/chat/completions", body, key=service.state.accounts[0].token)
    assert answer.status == 200, answer.body
    assert answer.json["choices"][0]["message"]["content"] == "Hi there."


def test_a_long_question_needs_no_more(gateway: Server, service: WebService) -> None:
    service.state.scripts = [Script(pieces=("Long.",))]
    turns = [{"role": "user", "content": "word " * 20_000}]
    answer = gateway.request(
        "/v1/chat/completions",
        {"model": "best", "messages": turns},
        key=service.state.accounts[0].token,
    )
    assert answer.status == 200, answer.body


@pytest.mark.parametrize("path", ["/health", "/docs", "/redoc", "/openapi.json"])
def test_pages_that_need_no_session_are_served(gateway: Server, path: str) -> None:
    assert gateway.request(path).status == 200


@pytest.mark.parametrize("path", ["/v1/models", "/conversations", "/stats"])
def test_what_the_caller_may_see_is_served(gateway: Server, service: WebService, path: str) -> None:
    assert gateway.request(path, key=service.state.accounts[0].token).status == 200


def test_nobody_is_answered_without_a_session(gateway: Server) -> None:
    turns = [{"role": "user", "content": "Hello!"}]
    assert gateway.request("/v1/chat/completions", {"messages": turns}).status == 401


def test_every_package_of_the_image_brings_what_it_needs() -> None:
    has = set(map(normal, GATEWAY))
    for name in GATEWAY:
        for line in distribution(name).requires or ():
            needed = Requirement(line)
            if needed.marker is None or needed.marker.evaluate(
                {"extra": "", "python_version": "3.14", "python_full_version": "3.14.0"}
            ):
                assert normal(needed.name) in has, f"{name} needs {needed.name}"


def test_a_name_that_the_lock_lacks_is_an_error() -> None:
    with pytest.raises(ValueError, match="not in the lock: nothing-like-it"):
        pick(LOCK, ["orjson", "nothing-like-it"])


def test_what_is_picked_keeps_its_hashes() -> None:
    picked = pick(LOCK, GATEWAY)
    pinned = re.findall(r"^([\w.-]+)==\S+(?: ;[^\\]*)? \\\n    --hash=", picked, re.MULTILINE)
    assert pinned == GATEWAY
    assert set(re.findall(r"--hash=\w+", picked)) == {"--hash=sha256"}


def test_the_lists_are_read_by_the_program_that_the_image_runs(tmp_path: Path) -> None:
    done = Shell(tmp_path, tmp_path).run_argv(
        [
            sys.executable,
            str(ROOT / "containers" / "pick.py"),
            str(ROOT / "requirements" / "run.txt"),
            str(ROOT / "containers" / "build.txt"),
        ]
    )
    assert done.code == 0, done.err
    assert done.out == pick(LOCK, listed("build.txt"))
