"""An operator's own prices."""

from __future__ import annotations

import asyncio
import json
import re
from pathlib import Path

import pytest

from hydrophone.app.prices import read_prices
from hydrophone.app.rooms import open_rooms
from hydrophone.catalog import Catalog
from hydrophone.engine.profile import Profile
from hydrophone.errors import NotConfigured
from hydrophone.ports import Answerer
from hydrophone.scripted import instant
from hydrophone.settings import Settings
from hydrophone.types import Price


def answerer(profile: Profile) -> Answerer:
    return instant("hi")


@pytest.fixture
def catalog() -> Catalog:
    return Catalog(answerer, chat_model="llama3.2")


@pytest.fixture
def file(tmp_path: Path) -> Path:
    return tmp_path / "prices.json"


def test_prices_replace_those_that_they_name_and_leave_the_others(
    catalog: Catalog, file: Path
) -> None:
    before = catalog.card("sonar-pro").price
    file.write_text('{"sonar-pro": {"input": 0.5, "pro_low": 0}, "default": {"search": 1}}')
    catalog.set_prices(read_prices(file, catalog.card))
    after = catalog.card("sonar-pro").price
    assert (after.input_usd, after.pro_low_usd) == (0.5, 0)
    assert (after.output_usd, after.low_usd) == (before.output_usd, before.low_usd)
    assert catalog.price("default") == Price(search_usd=1)
    assert catalog.price("sonar") == Catalog(answerer).price("sonar")


def test_older_names_cost_what_their_model_costs(catalog: Catalog, file: Path) -> None:
    file.write_text('{"sonar": {"input": 7}}')
    catalog.set_prices(read_prices(file, catalog.card))
    price = catalog.price("llama-3.1-sonar-small-128k-online")
    assert price is not None
    assert price.input_usd == 7


def test_any_model_of_the_endpoint_can_have_a_price(catalog: Catalog, file: Path) -> None:
    file.write_text('{"local/qwen3": {"output": 2}}')
    catalog.set_prices(read_prices(file, catalog.card))
    assert catalog.price("local/qwen3") == Price(output_usd=2)
    assert catalog.price("local/llama3.2") == Price()


def test_every_price_of_the_catalog_can_be_changed(catalog: Catalog, file: Path) -> None:
    names = ["input", "output", "low", "medium", "high", "pro_low", "pro_medium", "pro_high"]
    everything = [*names, "search", "reasoning", "citation"]
    file.write_text(json.dumps({"sonar": dict.fromkeys(everything, 3)}))
    assert read_prices(file, catalog.card) == {"sonar": Price(*[3] * len(everything))}


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("{", "cannot be read as JSON"),
        ("\xff", "cannot be read as JSON"),
        ("[]", "must hold one JSON object"),
        ('{"sonar": 3}', "the prices of 'sonar' must be an object"),
        ('{"sonor": {}}', "there is no model 'sonor'"),
        ('{"llama-3.1-sonar-small-128k-online": {}}', "is an older name of 'sonar'"),
        ('{"sonar": {"inputs": 1}}', "'sonar' has no price 'inputs'; there are: input, output"),
        ('{"sonar": {"input": "1"}}', "'input' of 'sonar' must be a number"),
        ('{"sonar": {"input": true}}', "'input' of 'sonar' must be a number"),
        ('{"sonar": {"input": -1}}', "'input' of 'sonar' must be from 0 to 1000000"),
        ('{"sonar": {"input": NaN}}', "'input' of 'sonar' must be from 0 to 1000000"),
        ('{"sonar": {"input": 1%s}}' % ("0" * 400), "must be from 0 to 1000000"),
    ],
)
def test_a_wrong_list_is_refused_with_its_place(
    catalog: Catalog, file: Path, text: str, problem: str
) -> None:
    file.write_bytes(text.encode("latin-1"))
    with pytest.raises(NotConfigured, match=f"HYDROPHONE_PRICES: .*{re.escape(problem)}"):
        read_prices(file, catalog.card)


def test_a_list_that_is_not_there_is_refused(catalog: Catalog, file: Path) -> None:
    with pytest.raises(NotConfigured, match="cannot be read"):
        read_prices(file, catalog.card)


def test_the_setting_reaches_the_models(tmp_path: Path, file: Path) -> None:
    file.write_text('{"sonar": {"input": 9}}')
    settings = Settings(data_dir=tmp_path / "data", offline=True, prices=file)

    async def price() -> Price | None:
        async with open_rooms(settings, embed_threads=0) as rooms:
            return (await rooms.catalog()).price("sonar")

    found = asyncio.run(price())
    assert found is not None
    assert (found.input_usd, found.output_usd) == (9, 1)
