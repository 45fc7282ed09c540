"""Files and batches by `openai` in both its living major versions, strict; `perplexityai` goes
through them with all its other resources."""

from __future__ import annotations

import pytest

from tests.clients.driving import DEADLINE_S, Outcomes, drive
from tests.clients.serving import Running

pytestmark = pytest.mark.timeout(DEADLINE_S + 30)


@pytest.fixture(scope="module", params=["openai-2", "openai-3"])
def seen(request: pytest.FixtureRequest, quoting_server: Running) -> Outcomes:
    """What this version of the client parsed."""
    outcomes = drive(request.param, "drive_batches.py", quoting_server)
    assert outcomes["version"].split(".")[0] == request.param.removeprefix("openai-")
    return outcomes


@pytest.mark.parametrize("way", ["chat", "responses"])
def test_lines_are_answered_and_refused(seen: Outcomes, way: str) -> None:
    found = seen[way]
    assert found["batch"]["status"] == "completed"
    assert found["batch"]["request_counts"] == {"total": 2, "completed": 1, "failed": 1}
    assert found["batch"]["usage"]["total_tokens"] > 0
    (answer,) = found["output"]
    (error,) = found["errors"]
    assert (answer["custom_id"], answer["response"]["status_code"]) == ("right", 200)
    assert (error["custom_id"], error["response"]["status_code"]) == ("wrong", 422)
    body = answer["response"]["body"]
    assert body["object"] == ("response" if way == "responses" else "chat.completion")


def test_files_are_kept_listed_and_deleted(seen: Outcomes) -> None:
    found = seen["chat"]
    assert (found["sent"]["filename"], found["sent"]["purpose"]) == ("asked.jsonl", "batch")
    assert found["same"], "the file came back changed"
    assert found["files"]
    assert found["listed"]
    assert found["deleted"]
    assert found["batch"]["metadata"] == {"run": "1"}


def test_a_wrong_file_is_told_with_its_line(seen: Outcomes) -> None:
    found = seen["failed"]
    assert (found["batch"]["status"], found.get("output")) == ("failed", None)
    (error,) = found["batch"]["errors"]["data"]
    assert (error["code"], error["line"]) == ("duplicate_custom_id", 3)


@pytest.mark.parametrize("way", ["no such file", "no such batch"])
def test_what_is_not_there_is_404(seen: Outcomes, way: str) -> None:
    assert seen[way]["error"]["status"] == 404
