"""The catalog: which answerer a model id names."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager

import pytest

from hydrophone.catalog import ALIASES, ENGINE_MODELS, SUCCESSORS, Catalog
from hydrophone.engine.profile import Profile
from hydrophone.errors import InvalidModel, NotConfigured
from hydrophone.ports import Answerer
from hydrophone.scripted import instant
from hydrophone.types import (
    ContextSize,
    Event,
    Failed,
    Price,
    Question,
    RequestContext,
    Sources,
    Text,
    Usage,
    ask,
)

ENGINE_IDS = [
    "default",
    "sonar",
    "sonar-pro",
    "sonar-reasoning",
    "sonar-reasoning-pro",
    "sonar-deep-research",
    "r1-1776",
]


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
    assert ids(Catalog(Builder())) == ENGINE_IDS


def test_a_language_model_is_a_model_of_its_own_too() -> None:
    catalog = Catalog(Builder(), chat_model="tiny")
    assert ids(catalog) == [*ENGINE_IDS, "local/tiny"]


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
    assert len(caught.value.message) < 250


async def test_an_answerer_that_cannot_be_built_ends_as_a_failure() -> None:
    def broken(profile: Profile) -> Answerer:
        raise NotConfigured("no endpoint")

    [failed] = await events_of(Catalog(broken), "sonar")
    assert isinstance(failed, Failed)
    assert (failed.status, failed.message) == (503, "no endpoint")


@pytest.mark.parametrize(
    ("model", "tokens_usd", "fees_usd"),
    [
        ("default", 0, (0, 0, 0)),
        ("sonar", 1 + 1, (5, 8, 12)),
        ("sonar-pro", 3 + 15, (6, 10, 14)),
        ("sonar-reasoning", 1 + 5, (5, 8, 12)),
        ("sonar-reasoning-pro", 2 + 8, (6, 10, 14)),
        ("sonar-deep-research", 2 + 8, (5, 5, 5)),
        ("r1-1776", 2 + 8, (0, 0, 0)),
        ("llama-3.1-sonar-huge-128k-online", 3 + 15, (6, 10, 14)),
    ],
)
def test_prices_are_those_that_perplexity_documents(
    model: str, tokens_usd: float, fees_usd: tuple[float, float, float]
) -> None:
    million = Usage(prompt_tokens=1_000_000, completion_tokens=1_000_000, search_queries=1)
    price = Catalog(Builder()).price(model)
    assert price is not None
    sizes: tuple[ContextSize, ...] = ("low", "medium", "high")
    for size, fee_usd in zip(sizes, fees_usd, strict=True):
        assert price.cost(million, size).total_usd == pytest.approx(tokens_usd + fee_usd / 1000)


def test_deep_research_charges_for_what_it_searches_and_reads() -> None:
    usage = Usage(
        completion_tokens=1_000_000,
        reasoning_tokens=1_000_000,
        citation_tokens=1_000_000,
        search_queries=1000,
    )
    price = Catalog(Builder()).card("sonar-deep-research").price
    assert price.cost(usage, "low").total_usd == pytest.approx(3 + 2 + 5)


def test_a_deeper_search_of_sonar_pro_has_its_own_fee() -> None:
    once = Usage(prompt_tokens=1, search_queries=1)
    price = Catalog(Builder()).card("sonar-pro").price
    assert price.cost(once, "high", pro=True).request_usd == pytest.approx(0.022)


@pytest.mark.parametrize(
    ("model", "context", "output"),
    [
        ("sonar", 128_000, 4_096),
        ("sonar-pro", 200_000, 8_192),
        ("sonar-reasoning", 128_000, 8_192),
        ("sonar-reasoning-pro", 128_000, 8_192),
        ("sonar-deep-research", 128_000, None),
        ("r1-1776", 128_000, None),
    ],
)
def test_a_card_tells_the_models_limits(model: str, context: int, output: int | None) -> None:
    card = Catalog(Builder()).card(model)
    assert (card.context_tokens, card.max_output_tokens) == (context, output)


def test_only_the_reasoning_models_think_aloud() -> None:
    thinking = [card.id for card in Catalog(Builder()).cards() if card.thinks_aloud]
    assert thinking == ["sonar-reasoning", "sonar-reasoning-pro"]


@pytest.mark.parametrize(
    ("older", "model", "searches"),
    [
        ("llama-3.1-sonar-small-128k-online", "sonar", True),
        ("llama-3.1-sonar-large-128k-online", "sonar-pro", True),
        ("llama-3.1-sonar-huge-128k-online", "sonar-pro", True),
        ("llama-3.1-sonar-small-128k-chat", "sonar", False),
        ("llama-3.1-sonar-large-128k-chat", "sonar-pro", False),
        ("llama-3.1-8b-instruct", "sonar", False),
        ("llama-3.1-70b-instruct", "sonar-pro", False),
    ],
)
async def test_an_older_id_is_answered_by_the_model_of_today(
    older: str, model: str, searches: bool
) -> None:
    builder = Builder()
    catalog = Catalog(builder)
    assert catalog.card(older) == catalog.card(model)
    assert catalog.price(older) == catalog.price(model)
    await text_of(catalog, older)
    await text_of(catalog, older)
    [profile] = builder.built
    assert profile.results == ENGINE_MODELS[model].profile.results
    assert profile.searchless is not searches


def test_older_ids_are_not_listed() -> None:
    assert not set(ids(Catalog(Builder()))) & {*ALIASES, *SUCCESSORS}


@pytest.mark.parametrize(
    ("older", "named"),
    [
        ("pplx-7b-online", "sonar"),
        ("pplx-70b-online", "sonar-pro"),
        ("sonar-medium-online", "sonar-pro"),
        ("mixtral-8x7b-instruct", "r1-1776"),
        ("codellama-34b-instruct", "r1-1776"),
    ],
)
def test_a_retired_id_is_refused_with_its_successors_name(older: str, named: str) -> None:
    with pytest.raises(InvalidModel, match=f"retired; ask '{named}'") as caught:
        Catalog(Builder()).card(older)
    assert caught.value.code == "invalid_model"


def test_every_successor_is_a_model() -> None:
    assert {target for target, _ in ALIASES.values()} <= set(ENGINE_MODELS)
    assert set(SUCCESSORS.values()) <= set(ENGINE_MODELS)
    assert not set(SUCCESSORS) & {*ENGINE_MODELS, *ALIASES}


def test_the_engine_knows_the_price_that_a_limit_of_the_cost_is_judged_by() -> None:
    builder = Builder()
    catalog = Catalog(builder)
    catalog.set_prices({"sonar": Price(input_usd=7)})
    for model in ("sonar", "sonar-deep-research"):
        catalog.answer(ask("?", model=model), RequestContext())
        assert builder.built[-1].price == catalog.price(model)


async def test_a_report_is_gone_on_with_by_its_model_and_other_answers_by_nobody() -> None:
    class Report:
        """Goes on by saying how much there was."""

        def answer(
            self, question: Question, context: RequestContext
        ) -> AbstractAsyncContextManager[AsyncIterator[Event]]:
            return self.resume(question, context, ())

        def resumes(self, question: Question) -> bool:
            return True

        def resume(
            self, question: Question, context: RequestContext, so_far: Sequence[Event]
        ) -> AbstractAsyncContextManager[AsyncIterator[Event]]:
            return instant(f"behind {len(so_far)}").answer(question, context)

    def build(profile: Profile) -> Answerer:
        return Report() if profile.kind == "report" else instant("once")

    catalog = Catalog(build)
    report, plain = ask("?", model="sonar-deep-research"), ask("?", model="sonar")
    assert catalog.resumes(report)
    assert not catalog.resumes(plain)
    assert not catalog.resumes(ask("?", model="nobody"))
    so_far = [Sources(complete=True), Text("a")]
    async with catalog.resume(report, RequestContext(), so_far) as events:
        assert Text("behind 2") in [event async for event in events]
    async with catalog.resume(plain, RequestContext(), so_far) as events:
        [failed] = [event async for event in events]
    assert isinstance(failed, Failed)
