"""Two runs beside each other."""

from __future__ import annotations

from pathlib import Path

import orjson
import pytest

from hydrophone.evaluation.reports.compare import compare, read_run
from hydrophone.evaluation.reports.report import Report, as_object
from hydrophone.evaluation.rows import DataSetError
from tests.evaluation.reports.made import report, run, worse


def kept(path: Path, *, with_rows: bool = True) -> Path:
    path.write_bytes(orjson.dumps(as_object(report(), with_rows=with_rows)))
    return path


def test_a_run_beside_itself_has_not_changed(tmp_path: Path) -> None:
    old = read_run(kept(tmp_path / "old.json"))
    [found] = compare([run()], old, "old.json", 1).sets
    assert (found.shared, found.changes) == (16, [])
    assert {one.change.mean for one in found.differences} == {0.0}
    assert not any(one.sure for one in found.differences)


def test_what_got_worse_is_told_with_its_questions(tmp_path: Path) -> None:
    old = read_run(kept(tmp_path / "old.json"))
    [found] = compare([worse(run())], old, "old.json", 1).sets
    by_key = {one.key: one for one in found.differences}
    assert (by_key["answered"].old, by_key["answered"].new) == (0.8, 0.6)
    assert by_key["answered"].change.mean == pytest.approx(-0.2)
    assert by_key["end_ms"].sure
    assert by_key["end_ms"].new == pytest.approx(2 * by_key["end_ms"].old)
    assert not by_key["citation_precision"].sure
    assert [(one.id, one.key, one.old, one.new) for one in found.changes] == [
        ("q7", "answered", 1, 0),
        ("q8", "answered", 1, 0),
    ]
    compared = compare([worse(run())], old, "old.json", 1)
    whole = as_object(
        Report(report().about, report().drawing, report().sets, compared), with_rows=False
    )
    assert orjson.loads(orjson.dumps(whole))["comparison"]["sets"][0]["changed"][0]["id"] == "q7"


@pytest.mark.parametrize(
    ("text", "said"),
    [("{", "is no JSON"), ("[]", "no rows to compare"), ('{"sets": [{"set": "x"}]}', "--rows")],
)
def test_a_file_that_is_no_run_is_named(tmp_path: Path, text: str, said: str) -> None:
    file = tmp_path / "old.json"
    file.write_text(text)
    with pytest.raises(DataSetError, match=rf"old\.json.*{said}"):
        read_run(file)
    with pytest.raises(DataSetError, match="cannot be read"):
        read_run(tmp_path / "none.json")


def test_runs_without_a_shared_question_are_not_compared(tmp_path: Path) -> None:
    with pytest.raises(DataSetError, match="nothing to compare"):
        compare([run()], {"mars": {}}, "old.json", 1)
    with pytest.raises(DataSetError, match="rows"):
        read_run(kept(tmp_path / "old.json", with_rows=False))
