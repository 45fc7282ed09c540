"""The page of the Sonar API names what the server knows: no field, no error more or less."""

from __future__ import annotations

import re
from collections.abc import Iterable

import pytest
from pydantic.fields import FieldInfo

from hydrophone.api.chat.schema import ChatRequest, ContentPart, WebSearchOptions
from hydrophone.api.chat.webui import WebUiBlock
from hydrophone.api.errors import _TYPE_BY_STATUS
from tests.docs.markdown import ROOT
from tests.running import Server

PAGE = (ROOT / "docs" / "api" / "sonar.md").read_text("utf-8")
HOUSE = ROOT / "src" / "hydrophone"
ROOMS = (HOUSE / "api", HOUSE / "engine")
SOURCES = [HOUSE / "errors.py", *sorted(path for room in ROOMS for path in room.rglob("*.py"))]
NAME = re.compile(r"`([A-Za-z_]\w*)`")
TYPE = re.compile(r"\bcode(?:: str)? ?= ?\"(\w+)\"")
BESIDE_THE_BLOCKS = ("Conversation", "Writing", "Searching", "Beside the text")
# Ends of streams and of single documents, which are no answers to a request.
UNSENT = {"cancelled", "unreadable_document"}


def section(title: str) -> str:
    """The text under a heading, up to the next one."""
    found = re.search(rf"^#+ {re.escape(title)}\n(.*?)(?=^#|\Z)", PAGE, re.MULTILINE | re.DOTALL)
    assert found is not None, title
    return found[1]


def rows(title: str) -> list[list[str]]:
    """The cells of the table in a section, without its head."""
    lines = [line for line in section(title).splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[2:]]


def named(titles: Iterable[str]) -> list[str]:
    """The names in the first column."""
    return [name for title in titles for row in rows(title) for name in NAME.findall(row[0])]


@pytest.mark.parametrize(
    ("titles", "fields"),
    [
        (BESIDE_THE_BLOCKS, ChatRequest.model_fields),
        (("web_search_options",), WebSearchOptions.model_fields),
        (("perplexity",), WebUiBlock.model_fields),
    ],
    ids=["body", "web_search_options", "perplexity"],
)
def test_the_tables_of_fields_name_each_field_once(
    titles: tuple[str, ...], fields: Iterable[str]
) -> None:
    assert sorted(named(titles)) == sorted(fields)


def test_the_limits_of_numbers_are_those_of_the_server() -> None:
    limits = {
        name: row[2]
        for title in BESIDE_THE_BLOCKS
        for row in rows(title)
        for name in NAME.findall(row[0])
    }
    checked = 0
    for name, field in ChatRequest.model_fields.items():
        for bound in bounds(field):
            assert re.search(rf"(?<![\d-]){bound}(?!\d)", limits[name]), f"{name}: {bound}"
            checked += 1
    assert checked > 15


def bounds(field: FieldInfo) -> list[int]:
    """The least and the greatest whole number that a field takes."""
    found = []
    for rule in field.metadata:
        found += [getattr(rule, name) for name in ("ge", "le") if hasattr(rule, name)]
        found += [rule.gt + 1] if hasattr(rule, "gt") else []
    return found


def test_the_table_of_parts_names_every_part() -> None:
    parts = set(ContentPart.model_fields) - {"type", "file_name"}
    assert sorted(named(["Messages"])) == sorted(parts)


def test_what_is_ignored_is_not_read_and_does_no_harm(server: Server) -> None:
    ignored = NAME.findall(section("Accepted and ignored"))
    assert len(ignored) > 10
    assert not set(ignored) & set(ChatRequest.model_fields)
    body = {"model": "sonar", "messages": [{"role": "user", "content": "Where is it?"}]}
    answer = server.request("/v1/sonar", body | dict.fromkeys(ignored, "x") | {"_debug": 1})
    assert answer.status == 200, answer.body


def test_the_table_of_errors_names_every_type() -> None:
    known = {name for path in SOURCES for name in TYPE.findall(path.read_text("utf-8"))} - UNSENT
    shown = {name for row in rows("Errors") for name in NAME.findall(row[1])}
    assert shown == known | set(_TYPE_BY_STATUS.values())
