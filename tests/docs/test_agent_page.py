"""The page of the Agent API names what the server knows: fields, presets, tools, events."""

from __future__ import annotations

import re

from hydrophone.api.agent.asked.schema import AgentRequest
from hydrophone.catalog import PRESETS
from hydrophone.catalog.presets import OLDER
from tests.docs.markdown import ROOT

PAGE = (ROOT / "docs" / "agent-api.md").read_text("utf-8")
HOUSE = ROOT / "src" / "hydrophone" / "api" / "agent"
NAME = re.compile(r"`([a-z_][\w.-]*)`")
EVENT = re.compile(r'"(response\.[a-z_.]+[a-z])"')
LASTS = {f"response.{status}" for status in ("completed", "incomplete", "failed", "cancelled")}


def rows(title: str) -> list[list[str]]:
    """The cells of the first table under a heading, without its head."""
    section = re.split(rf"^#+ {re.escape(title)}\n", PAGE, flags=re.MULTILINE)[1]
    table = re.split(r"^#+ ", section, flags=re.MULTILINE)[0].split("\n| item |")[0]
    lines = [line for line in table.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[2:]]


def test_the_table_of_fields_names_each_field_once() -> None:
    named = [name for row in rows("Request") for name in NAME.findall(row[0])]
    assert sorted(named) == sorted(AgentRequest.model_fields)


def test_the_table_of_presets_is_true() -> None:
    told = {NAME.findall(row[0])[0]: row for row in rows("Presets")}
    assert list(told) == list(PRESETS)
    assert [NAME.findall(row[1])[0] for row in told.values()] == [
        preset.model for preset in PRESETS.values()
    ]
    older = {name: preset for preset, row in told.items() for name in NAME.findall(row[3])}
    assert older == dict(OLDER)


def test_the_table_of_events_names_each_that_is_sent() -> None:
    named = {name for row in rows("Stream") for name in NAME.findall(row[0])}
    written = (path.read_text("utf-8") for path in HOUSE.glob("*.py"))
    assert named == {name for text in written for name in EVENT.findall(text)} | LASTS
