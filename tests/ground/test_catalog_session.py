"""Models of a web session beside those of the engine."""

from __future__ import annotations

import pytest

from hydrophone.catalog import Catalog, SessionModels
from hydrophone.errors import InvalidModel
from hydrophone.perplexity.models.table import MODELS
from hydrophone.scripted import instant
from hydrophone.types import Notice, RequestContext, Secret, Text, ask

BROUGHT = RequestContext(credential=Secret("a"))
NOTHING = RequestContext()


def catalog_of(**options: bool) -> Catalog:
    web = SessionModels(instant("web"), lambda: MODELS, **options)
    return Catalog(lambda _: instant("engine"), web=web)


async def told(catalog: Catalog, model: str, context: RequestContext) -> tuple[str, list[str]]:
    """The text, and the kinds of notices."""
    async with catalog.answer(ask("?", model=model), context) as events:
        found = [event async for event in events]
    text = "".join(event.delta for event in found if isinstance(event, Text))
    return text, [event.kind for event in found if isinstance(event, Notice)]


@pytest.mark.parametrize(
    "model", ["perplexity-auto", "best", "gpt-5.4", "openai/gpt-5.4", "custom:any", "gpt52", "labs"]
)
async def test_a_session_answers_for_its_ids(model: str) -> None:
    assert await told(catalog_of(configured=True), model, NOTHING) == ("web", [])
    assert await told(catalog_of(), model, BROUGHT) == ("web", [])
    assert catalog_of().card(model, session=True).converses


async def test_without_a_session_its_ids_are_refused_and_the_reason_told() -> None:
    catalog = catalog_of()
    for model in ("perplexity-auto", "gpt-5.4", "custom:any", "gpt-4o"):
        with pytest.raises(InvalidModel, match="hydrophone login"):
            catalog.card(model)
        assert await told(catalog, model, NOTHING) == ("", [])
    with pytest.raises(InvalidModel, match="there is no model"):
        catalog.card("openai/gpt-5.4")
    assert all(card.owned_by == "hydrophone" for card in catalog.cards())


async def test_best_without_a_session_is_the_engines_default_and_says_so() -> None:
    assert await told(catalog_of(), "best", NOTHING) == ("engine", ["downgrade"])


async def test_sonar_is_the_engines_unless_the_setting_gives_it_away() -> None:
    assert (await told(catalog_of(configured=True), "sonar", BROUGHT))[0] == "engine"
    flipped = catalog_of(configured=True, takes_sonar=True)
    assert (await told(flipped, "sonar", NOTHING))[0] == "web"
    assert (await told(flipped, "sonar-pro", NOTHING))[0] == "engine"


async def test_a_server_of_sessions_alone_has_no_other_models() -> None:
    catalog = catalog_of(only=True)
    for model in ("sonar", "default", "sonar-deep-research", "best"):
        assert (await told(catalog, model, NOTHING))[0] == "web"
    for model in ("sonar-pro", "local/x", "r1-1776", "llama-3.1-sonar-small-128k-online"):
        with pytest.raises(InvalidModel):
            catalog.card(model)
    assert all(card.owned_by == "perplexity" for card in catalog.cards())


def test_no_id_is_listed_twice() -> None:
    for catalog in (catalog_of(configured=True), catalog_of(configured=True, takes_sonar=True)):
        ids = [card.id for card in catalog.cards()]
        assert len(ids) == len(set(ids))
