"""The ids under which vectors are asked for."""

from __future__ import annotations

import pytest

from hydrophone.catalog import Catalog
from hydrophone.errors import InvalidModel
from hydrophone.ports import Answerer
from hydrophone.types import Price


def no_engine(profile: object) -> Answerer:
    raise AssertionError("nothing is answered here")


def test_perplexitys_ids_are_for_one_endpoint_each_and_the_models_own_for_both() -> None:
    catalog = Catalog(no_engine)
    found = {
        model: (catalog.embedding(model).texts, catalog.embedding(model).documents)
        for model in ("pplx-embed-v1-0.6b", "pplx-embed-context-v1-4b", "bge-small-en-v1.5")
    }
    assert list(found.values()) == [(True, False), (False, True), (True, True)]


def test_an_unknown_id_is_told_those_that_there_are() -> None:
    with pytest.raises(InvalidModel, match="'sonar'; there are: pplx-embed") as caught:
        Catalog(no_engine).embedding("sonar")
    assert caught.value.param == "model"


def test_embedding_models_are_not_among_those_that_answer() -> None:
    catalog = Catalog(no_engine)
    assert not any("embed" in card.id for card in catalog.cards())
    with pytest.raises(InvalidModel):
        catalog.card("pplx-embed-v1-4b")


def test_an_operator_sets_their_prices_too() -> None:
    catalog, other = Catalog(no_engine), Price(input_usd=1)
    assert catalog.priced("pplx-embed-v1-4b").price == Price(input_usd=0.03)
    catalog.set_prices({"pplx-embed-v1-4b": other})
    assert catalog.embedding("pplx-embed-v1-4b").price == other
    assert Catalog(no_engine).embedding("pplx-embed-v1-4b").price == Price(input_usd=0.03)
