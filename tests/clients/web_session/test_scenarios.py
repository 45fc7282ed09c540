"""Every scenario of the emulated service, read by our client and by two published ones.

The published clients come unmodified: what they read tells that the emulator speaks as the service
does, as far as they know it.
"""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.clients.driving import environment
from tests.clients.web_session.comparing import (
    PAGE,
    PUBLISHED,
    RIGHT,
    Outcome,
    heading,
    judged,
    our_outcomes,
    published_outcomes,
    rows_of,
    table,
)
from tests.emulators.perplexity_web.scenarios import SCENARIOS, Scenario

READ_BY = {
    "perplexity-webui-scraper": ("steps in `text`", "Markdown blocks", "a workflow block"),
    "perplexity-web-mcp-cli": ("steps in `text`", "Markdown blocks"),
}


@pytest.fixture(scope="module")
def ours() -> Mapping[str, Outcome]:
    return our_outcomes()


@pytest.mark.parametrize("scenario", SCENARIOS, ids=lambda one: one.name)
def test_our_client_reads_every_scenario(scenario: Scenario, ours: Mapping[str, Outcome]) -> None:
    assert judged(scenario, ours[scenario.name]) == RIGHT, ours[scenario.name]


@pytest.mark.parametrize("name", PUBLISHED)
def test_published_clients_accept_the_emulator(name: str, tmp_path: Path) -> None:
    python = environment(name)
    scenarios = [one for one in SCENARIOS if one.name in READ_BY[name]]
    made = published_outcomes(name, python, tmp_path, scenarios)
    assert {one.name: judged(one, made[one.name]) for one in scenarios} == dict.fromkeys(
        READ_BY[name], RIGHT
    )
    urls = ("https://one.example/", "https://two.example/")
    assert all(one.sources == urls for one in made.values())


def test_the_table_in_the_documentation_names_every_scenario(
    ours: Mapping[str, Outcome],
) -> None:
    head, _, *rows = rows_of(PAGE.read_text("utf-8"))
    assert head[2:] == ["Hydrophone", *map(heading, PUBLISHED)]
    wanted = [line.strip("|").split(" | ") for line in table({"Hydrophone": ours})][2:]
    assert [row[:3] for row in rows] == [[cell.strip() for cell in row] for row in wanted]


@pytest.mark.slow
@pytest.mark.timeout(150)
@pytest.mark.parametrize("name", PUBLISHED)
def test_the_table_says_what_the_published_clients_do(name: str, tmp_path: Path) -> None:
    made = published_outcomes(name, environment(name), tmp_path)
    head, _, *rows = rows_of(PAGE.read_text("utf-8"))
    column = head.index(heading(name))
    told = {row[0]: row[column] for row in rows}
    assert told == {one.name: judged(one, made[one.name]) for one in SCENARIOS}
