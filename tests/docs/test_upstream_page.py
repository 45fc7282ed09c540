"""The page of the official API says what becomes of every option of the chat."""

from __future__ import annotations

import re

import pytest

from hydrophone.api.chat.schema import ChatRequest, WebSearchOptions
from hydrophone.api.chat.webui import WebUiBlock
from hydrophone.upstream.target import SONAR_PRESETS
from tests.docs.markdown import ROOT

PAGE = (ROOT / "docs" / "upstream.md").read_text("utf-8")


def table(title: str) -> list[list[str]]:
    """The cells of the table in a section, without its head."""
    [text] = re.findall(rf"^## {title}\n(.*?)(?=^## |\Z)", PAGE, re.MULTILINE | re.DOTALL)
    lines = [line for line in text.splitlines() if line.startswith("| ")][2:]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


def names(text: str) -> list[str]:
    """What stands in code, without what it is a part of."""
    return [code.rpartition(".")[2] for code in re.findall(r"`([^`]+)`", text)]


def test_every_option_of_the_chat_has_its_line() -> None:
    told = {name for row in table("The options of Sonar") for name in names(row[0])}
    of_the_block = set(WebUiBlock.model_fields) - {"search_focus", "source_focus", "time_range"}
    known = {*ChatRequest.model_fields, *WebSearchOptions.model_fields, *of_the_block}
    # Containers, and names of the block that say what the chat's own options say.
    contained = {"perplexity", "web_search_options", "language", "coordinates"}
    assert known - contained - told == set()


@pytest.mark.parametrize(("model", "preset"), SONAR_PRESETS.items())
def test_the_presets_are_those_of_the_server(model: str, preset: str) -> None:
    [row] = [row for row in table("What goes there") if model in names(row[0])]
    assert names(row[1]) == [preset]
