"""The catalog: which answerer a model id names."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hydrophone.catalog import Catalog
from hydrophone.engine.profile import Profile
from hydrophone.errors import InvalidModel, NotConfigured
from hydrophone.ports import Answerer
from hydrophone.scripted import instant
from hydrophone.types import Event, Failed, RequestContext, Text, Usage, ask


class Builder:
    """Builds an answerer that says for which profile it was built."""

    def __init__(self) -> None:
        self.built: list[Profile] = []

    def __call__(self, profile: Profile) -> Answerer:
        self.built.append(profile)
        return instant(f"{profile.chat_model} {profile.results}")


async def events_of(catalog: Catalog, model: str) -> list[Event]:
    async with catalog.answer(ask("?", model=model), RequestContext()) as events:
        return [event async for event in events]


async def text_of(catalog: Catalog, model: str) -> str:
    return "".join(e.delta for e in await events_of(catalog, model) if isinstance(e, Text))


def ids(catalog: Catalog) -> list[str]:
    return [card.id for card in catalog.cards()]


def test_without_a_language_model_the_engines_models_quote() -> None:
    assert ids(Catalog(Builder())) == ["default", "sonar", "sonar-pro"]


def test_a_language_model_is_a_model_of_its_own_too() -> None:
    catalog = Catalog(Builder(), chat_model="tiny")
    assert ids(catalog) == ["default", "sonar", "sonar-pro", "local/tiny"]


@pytest.mark.parametrize(
    ("model", "said"),
    [
        ("default", "tiny 8"),
        ("sonar-pro", "tiny 16"),
        ("local/tiny", "tiny 8"),
        ("local/other:7b/q4", "other:7b/q4 8"),
    ],
)
async def test_a_configured_model_writes_for_all_of_them(model: str, said: str) -> None:
    catalog = Catalog(Builder(), chat_model="tiny")
    assert catalog.card(model).id == model
    assert await text_of(catalog, model) == said


async def test_an_answerer_is_built_once_for_a_listed_model() -> None:
    builder = Builder()
    catalog = Catalog(builder, chat_model="tiny")
    for model in ("sonar", "sonar", "local/tiny", "local/tiny"):
        await text_of(catalog, model)
    assert len(builder.built) == 2


async def test_ids_that_callers_make_up_are_not_kept() -> None:
    catalog = Catalog(Builder(), chat_model="tiny")
    for n in range(3):
        await text_of(catalog, f"local/{n}")
    assert ids(catalog)[-1] == "local/tiny"
    assert set(catalog._answerers) == set()


@pytest.mark.parametrize("model", ["", "gpt-2", "Sonar", "local/tiny", "local/", "sonar "])
async def test_an_unknown_model_is_refused_and_never_replaced(model: str) -> None:
    catalog = Catalog(Builder())
    with pytest.raises(InvalidModel, match="there are: default, sonar, sonar-pro") as caught:
        catalog.card(model)
    assert caught.value.param == "model"
    [failed] = await events_of(catalog, model)
    assert isinstance(failed, Failed)
    assert (failed.code, failed.status, failed.param) == ("invalid_model", 400, "model")


def test_a_local_model_needs_a_name() -> None:
    with pytest.raises(InvalidModel):
        Catalog(Builder(), chat_model="tiny").card("local/")


def test_a_long_unknown_id_is_not_repeated_whole() -> None:
    with pytest.raises(InvalidModel) as caught:
        Catalog(Builder()).card("x" * 1_000_000)
    assert len(caught.value.message) < 200


async def test_an_answerer_that_cannot_be_built_ends_as_a_failure() -> None:
    def broken(profile: Profile) -> Answerer:
        raise NotConfigured("no endpoint")

    [failed] = await events_of(Catalog(broken), "sonar")
    assert isinstance(failed, Failed)
    assert (failed.status, failed.message) == (503, "no endpoint")


@pytest.mark.parametrize(
    ("model", "cost_usd"),
    [("sonar", 1 + 1 + 0.005), ("sonar-pro", 3 + 15 + 0.006), ("default", 0.0)],
)
def test_prices_are_those_that_perplexity_documents(model: str, cost_usd: float) -> None:
    million = Usage(prompt_tokens=1_000_000, completion_tokens=1_000_000, search_queries=1)
    price = Catalog(Builder()).card(model).price
    assert price.cost(million, "low").total_usd == pytest.approx(cost_usd)
    unsearched = replace(million, search_queries=0)
    assert price.cost(unsearched, "high").request_usd == 0
