"""Started servers for other people's clients: real gate, real keys, real engine, own thread.

The clients come unmodified; what they parsed is what the tests look at.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pytest

from tests.clients.house import one_page_house, whole_house
from tests.clients.serving import Running, ServerThread
from tests.clients.shipped import KEY, ModelThread, shipped, write_files


@pytest.fixture(scope="session", params=["open", "keys"])
def server(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    """A server over one page, in each of the two modes."""
    folder, with_keys = tmp_path_factory.mktemp("server"), request.param == "keys"
    thread = ServerThread(partial(one_page_house, folder=folder, with_keys=with_keys))
    yield thread.start()
    thread.stop()


@pytest.fixture(scope="session")
def keys_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server over one page that asks for keys."""
    folder = tmp_path_factory.mktemp("keys-server")
    thread = ServerThread(partial(one_page_house, folder=folder, with_keys=True))
    yield thread.start()
    thread.stop()


@pytest.fixture(scope="session")
def whole_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """A server with a small web, a language model and scripted answers; it asks for keys."""
    thread = ServerThread(partial(whole_house, folder=tmp_path_factory.mktemp("whole-server")))
    yield thread.start()
    thread.stop()


@pytest.fixture(scope="session")
def model() -> Iterator[ModelThread]:
    """The language model of `writing_server`."""
    with ModelThread() as running:
        yield running


@pytest.fixture(scope="session")
def quoting_server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Running]:
    """`hydrophone serve` over the pages of `shipped`, without a language model."""
    with shipped(tmp_path_factory.mktemp("quoting")) as server:
        yield Running(server.url, KEY)


@pytest.fixture(scope="session")
def writing_server(
    model: ModelThread, tmp_path_factory: pytest.TempPathFactory
) -> Iterator[Running]:
    """`hydrophone serve` over the pages of `shipped`, with a language model that sees."""
    with shipped(tmp_path_factory.mktemp("writing"), **model.settings) as server:
        yield Running(server.url, KEY)


@pytest.fixture(scope="session")
def files(tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """A PDF and a picture, as drivers find them in their environment."""
    return write_files(tmp_path_factory.mktemp("files"))
