"""The ids of models that the published client knows find the same models here."""

from __future__ import annotations

import json
from typing import Any

import pytest

from hydrophone.perplexity.models.ids import resolve
from tests.clients.driving import environment

CLIENT = "perplexity-webui-scraper"
# What the service chooses itself: an account without a subscription is given its own.
BEST = {"perplexity/best": "pplx_pro_upgraded"}


@pytest.fixture(scope="module")
def published() -> list[dict[str, Any]]:
    home = environment(CLIENT).parents[1]
    (file,) = home.glob("**/perplexity_webui_scraper/_static/models.json")
    told = json.loads(file.read_text("utf-8"))
    rows = told["models"] if isinstance(told, dict) and "models" in told else told
    return list(rows.values()) if isinstance(rows, dict) else list(rows)


def test_every_model_that_answered_is_found_by_its_id(published: list[dict[str, Any]]) -> None:
    answered = [row for row in published if row["status"] == "available"]
    assert len(answered) > 90
    found = {row["id"]: resolve(row["id"]) for row in answered}
    wanted = {row["id"]: BEST.get(row["id"], row["identifier"]) for row in answered}
    assert {id: model.identifier for id, model in found.items()} == wanted
    modes = {row["id"]: row["mode"] for row in answered}
    assert {id: model.mode for id, model in found.items()} == modes


def test_an_identifier_by_itself_is_found_but_where_it_is_a_name(
    published: list[dict[str, Any]],
) -> None:
    answered = [row for row in published if row["status"] == "available" and row["id"] not in BEST]
    wanted = [row["identifier"] for row in answered]
    strayed = [one for one in wanted if resolve(one).identifier != one]
    assert strayed == ["grok"]
