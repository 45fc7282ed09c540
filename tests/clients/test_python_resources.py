"""Every resource of the newest `perplexityai`, strictly checked, against the server as shipped."""

from __future__ import annotations

import pytest

from tests.clients.driving import DEADLINE_S, Outcomes, drive
from tests.clients.house import FACTS
from tests.clients.serving import Running
from tests.clients.shipped import MODEL, ModelThread

pytestmark = pytest.mark.timeout(DEADLINE_S + 30)
QUESTION = "What did the James Webb telescope find?"
# What makes no sense on a machine of one's own.
NOT_HERE = {
    "browser.sessions.create",
    "browser.sessions.delete",
    "decisions.create",
    "skills.create",
    "skills.delete",
    "skills.download",
    "skills.list",
    "skills.retrieve",
    "skills.revisions.list",
    "skills.update",
}


@pytest.fixture(scope="module")
def swept(writing_server: Running, model: ModelThread) -> Outcomes:
    model.say(FACTS)
    more = {"CLIENTS_QUESTION": QUESTION, "CLIENTS_MODEL": f"local/{MODEL}"}
    return drive("perplexityai", "drive_resources.py", writing_server, more=more)


def test_every_method_passes_in_all_four_ways(swept: Outcomes) -> None:
    assert swept["failed"] == {}
    assert min(swept["calls"]) > 60
    assert max(swept["calls"]) > 100


def test_no_method_and_no_parameter_is_passed_by(swept: Outcomes) -> None:
    assert swept["unknown"] == []


def test_what_makes_no_sense_here_is_refused_as_such(swept: Outcomes) -> None:
    for refused in swept["refused"]:
        assert {path for path, error in refused.items() if error["status"] == 501} == NOT_HERE
        for path in NOT_HERE:
            error = refused[path]["body"]["error"]
            assert (error["code"], error["type"]) == (501, "not_implemented")


def test_what_is_not_there_or_over_is_told(swept: Outcomes) -> None:
    for refused in swept["refused"]:
        told = {path: error["status"] for path, error in refused.items() if path not in NOT_HERE}
        assert told == {
            "responses.create": 400,
            "responses.files.content": 404,
            "responses.cancel": 400,
            "batches.cancel": 400,
            "files.retrieve": 404,
        }
