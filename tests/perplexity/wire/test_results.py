"""Every source keeps the number that the service cites it by, also one that has no address."""

from __future__ import annotations

from typing import Any

import pytest

from hydrophone.perplexity.wire.decoder import Decoder
from hydrophone.perplexity.wire.results import Results, SearchResultItem
from tests.emulators.perplexity_web.streams import (
    LAST,
    diff,
    final,
    frame,
    markdown,
    results,
    step,
    text_of,
)

FILE: dict[str, Any] = {"name": "report.pdf", "url": "", "snippet": "", "is_attachment": True}
TWO: dict[str, Any] = {"name": "Two", "url": "https://two.example/", "snippet": ""}
ROWS = [FILE, TWO]
FOUND = (
    SearchResultItem("report.pdf", None, None),
    SearchResultItem("Two", "https://two.example/", None),
)
FRAMES = {
    "blocks": [
        frame(results(ROWS)),
        frame(markdown("A [2].", answer="A [2]."), results(ROWS), state=LAST),
    ],
    "diffs": [
        frame(diff("web_results", "web_result_block", ("replace", "", {"web_results": []}))),
        frame(diff("web_results", "web_result_block", ("add", "/web_results/0", FILE))),
        frame(diff("web_results", "web_result_block", ("add", "/web_results/1", TWO))),
        frame(markdown("A [2].", answer="A [2]."), results(ROWS), state=LAST),
    ],
    "steps": [
        frame(text=text_of(step("SEARCH_RESULTS", web_results=ROWS))),
        frame(
            state=LAST,
            text=text_of(step("SEARCH_RESULTS", web_results=ROWS), final("A [2].", ROWS)),
        ),
    ],
}


@pytest.mark.parametrize("shape", FRAMES)
def test_a_source_without_an_address_keeps_its_number(shape: str) -> None:
    decoder = Decoder()
    for one in FRAMES[shape]:
        decoder.take(dict(one))
        assert decoder.results in ((), FOUND[:1], FOUND)
    assert decoder.results == FOUND


def test_two_files_of_one_name_are_two_sources_however_often_they_are_told() -> None:
    found = Results()
    assert found.add([FILE, FILE, TWO])
    assert not found.add([FILE, FILE, TWO])
    assert [one.title for one in found.items] == ["report.pdf", "report.pdf", "Two"]


def test_a_source_of_which_nothing_is_known_has_a_number_as_well() -> None:
    found = Results()
    found.add([{}, TWO])
    assert found.items == (SearchResultItem(None, None, None), FOUND[1])


def test_a_source_whose_address_comes_with_the_last_word_is_not_there_twice() -> None:
    found, known = Results(), {**FILE, "url": "https://files.example/report.pdf"}
    found.add(ROWS)
    found.reorder([known, TWO])
    assert [one.url for one in found.items] == [known["url"], TWO["url"]]


def test_a_page_that_the_last_word_leaves_out_stands_behind_its_own() -> None:
    found = Results()
    found.add([TWO, FILE])
    found.reorder([FILE])
    assert found.items == FOUND
