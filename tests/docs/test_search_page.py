"""The page of the Search API names each field of its body, once, and the budgets as they are."""

from __future__ import annotations

import re

from hydrophone.api.search.options import BUDGETS
from hydrophone.api.search.schema import SearchRequest
from tests.docs.markdown import ROOT

PAGE = (ROOT / "docs" / "api" / "search.md").read_text("utf-8")
NAME = re.compile(r"`(\w+)`")


def rows(title: str) -> list[list[str]]:
    """The cells of the table under a heading, without its head."""
    section = PAGE.split(f"## {title}\n")[1].split("\n## ")[0]
    lines = [line for line in section.splitlines() if line.startswith("| ")]
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines[2:]]


def test_the_table_of_fields_names_each_field_once() -> None:
    named = [name for row in rows("Request") for name in NAME.findall(row[0])]
    assert sorted(named) == sorted(SearchRequest.model_fields)


def test_the_table_of_budgets_is_true() -> None:
    told = {
        NAME.findall(size)[0]: (int(page), int(total)) for size, page, total in rows("Snippets")
    }
    assert told == {size: (one.page_tokens, one.total_tokens) for size, one in BUDGETS.items()}
