"""What a passage is found by, and how much it counts."""

from __future__ import annotations

from pathlib import Path

import pytest

from hydrophone.index.embedded.index import EmbeddedIndex
from hydrophone.index.fields import FieldWeights
from hydrophone.types import Filter, Heading
from tests.index.support import document, now

SEA = [
    document("body", "Whales sing of plankton.", title="One"),
    document("title", "They sing of it all day long.", title="Plankton"),
    document("under", "Food\n\nThey eat.", title="Three", headings=(Heading(1, "Plankton", 0),)),
    document("far", "They sing.", title="Four", url="https://example.com/plankton/far"),
]


async def found(folder: Path, weights: FieldWeights, query: str = "plankton") -> list[str]:
    index = await EmbeddedIndex.open(folder, now=now, weights=weights)
    await index.put(SEA, collection="sea")
    await index.settle()
    matches = await index.match_words(query, 9, Filter())
    passages = await index.load([match.passage_id for match in matches])
    await index.close()
    return [passage.url.rsplit("/", 1)[1] for passage in passages]


async def test_body_title_headings_and_url_are_searched(tmp_path: Path) -> None:
    assert sorted(await found(tmp_path, FieldWeights())) == ["body", "far", "title", "under"]


@pytest.mark.parametrize(
    ("weights", "first"),
    [
        (FieldWeights(body=9), "body"),
        (FieldWeights(title=9), "title"),
        (FieldWeights(headings=9), "under"),
        (FieldWeights(url=9), "far"),
    ],
)
async def test_the_weightiest_field_decides(
    tmp_path: Path, weights: FieldWeights, first: str
) -> None:
    assert (await found(tmp_path, weights))[0] == first


async def test_a_field_without_weight_is_not_searched(tmp_path: Path) -> None:
    assert await found(tmp_path, FieldWeights(title=0, headings=0, url=0)) == ["body"]


async def test_with_no_field_nothing_is_found(tmp_path: Path) -> None:
    assert await found(tmp_path, FieldWeights(0, 0, 0, 0)) == []
