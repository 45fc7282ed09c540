"""Every recording of this folder gives the same bytes again. A report of a fault goes here."""

from __future__ import annotations

from pathlib import Path

import pytest

from hydrophone.app.recording import replay

RECORDINGS = sorted(Path(__file__).parent.glob("*.jsonl*"))


def test_there_are_recordings() -> None:
    assert {path.name for path in RECORDINGS} >= {"quoted.jsonl", "read.jsonl", "written.jsonl"}


@pytest.mark.parametrize("path", RECORDINGS, ids=lambda path: path.name)
async def test_a_recording_gives_the_same_events_again(path: Path) -> None:
    replayed = await replay(path)
    assert replayed.events > 3
    assert replayed.differences == (), "if this is meant: hydrophone replay FILE --update"
