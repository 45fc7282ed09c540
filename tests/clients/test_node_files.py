"""Files and pictures that the AI SDK sends beside a question, to a server as it is shipped."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor

import pytest

from tests.clients.driving import DEADLINE_S, Outcomes
from tests.clients.driving_node import drive_node
from tests.clients.serving import Running
from tests.clients.shipped import PDF_FACT, PICTURE_URI, ModelThread

SEEN = "A red point."

pytestmark = pytest.mark.timeout(4 * DEADLINE_S)


@pytest.fixture(scope="module")
def quoting(quoting_server: Running, files: dict[str, str]) -> dict[str, Outcomes]:
    """What each SDK made of a server without a language model."""
    return driven(quoting_server, {"PDF": files["PDF"]})


@pytest.fixture(scope="module")
def writing(
    writing_server: Running, model: ModelThread, files: dict[str, str]
) -> dict[str, Outcomes]:
    """What each SDK made of a server with a language model that sees."""
    model.say(SEEN)
    return driven(writing_server, {"PICTURE": files["PICTURE"]})


def driven(server: Running, files: dict[str, str]) -> dict[str, Outcomes]:
    names = ("ai-sdk-3", "ai-sdk-4")
    with ThreadPoolExecutor(len(names)) as pool:
        drivers = [
            pool.submit(drive_node, name, "ai_sdk_files.mjs", server, files) for name in names
        ]
        return {name: one.result() for name, one in zip(names, drivers, strict=True)}


EACH = pytest.mark.parametrize("name", ["ai-sdk-3", "ai-sdk-4"])


@EACH
def test_a_pdf_is_read_and_cited(name: str, quoting: dict[str, Outcomes]) -> None:
    made = quoting[name]["pdf"]
    assert PDF_FACT in made["text"]
    assert made["sources"][0] == "attachment:crane.pdf"


@EACH
def test_a_picture_goes_to_the_language_model(
    name: str, writing: dict[str, Outcomes], model: ModelThread
) -> None:
    assert writing[name]["picture"]["text"] == SEEN
    assert PICTURE_URI in model.pictures()
