"""@perplexity-ai/mcp-server over the bridge: the tests of the folder above, as they are.

Its progress is left out: how much of it a client sees depends on when the result overtakes it.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

import pytest

from hydrophone.scripted import ScriptedAnswerer
from tests.clients.bridge.conftest import serve
from tests.clients.driving import DEADLINE_S
from tests.clients.driving_node import drive_node
from tests.clients.house import HELD_QUESTION, HELD_SCRIPT, whole_house
from tests.clients.serving import ServerThread
from tests.clients.test_node_mcp_server import (
    Visit,
    seen,
    test_a_wrong_key_is_told,
    test_an_answer_ends_with_its_citations,
    test_filters_hold,
    test_its_four_tools_are_there,
    test_leaving_cancels_the_work_here,
    test_search_lists_results,
)

__all__ = [
    "seen",
    "test_a_wrong_key_is_told",
    "test_an_answer_ends_with_its_citations",
    "test_filters_hold",
    "test_its_four_tools_are_there",
    "test_leaving_cancels_the_work_here",
    "test_search_lists_results",
]
pytestmark = [pytest.mark.slow, pytest.mark.timeout(DEADLINE_S + 30)]


@pytest.fixture(scope="module")
def visit(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Visit]:
    """The client asks the near server; what is held is held by the far one."""
    held = ScriptedAnswerer(HELD_SCRIPT)
    far = ServerThread(partial(whole_house, folder=tmp_path_factory.mktemp("far-mcp"), held=held))
    near = serve(far.start(), tmp_path_factory.mktemp("near-mcp"))
    more = {"HELD_QUESTION": HELD_QUESTION}
    seen = drive_node("mcp-server", "mcp_server.mjs", near.start(), more)
    yield Visit(seen, held, near.asked)
    near.stop()
    far.stop()
