"""Images and related questions in a `full` stream, and results on every chunk."""

from __future__ import annotations

from collections.abc import Sequence

from hydrophone.scripted import ScriptItem
from hydrophone.types import Finished, Image, Media, Related
from tests.api.chat.reading import Reader, body_of
from tests.api.serving import SCRIPT, USED

ILLUSTRATED: Sequence[ScriptItem] = (
    Media((Image("https://a.example/1.png", "https://a.example/x"),)),
    Related(("Why?",)),
    *SCRIPT[2:5],
    Media((Image("https://a.example/2.png", "https://a.example/x"),)),
    Related(("How?",)),
    Finished("stop", USED),
)


async def test_first_chunk_has_what_is_known_beside_the_text_and_the_last_has_all(
    read: Reader,
) -> None:
    body = await body_of(ILLUSTRATED, return_images=True, return_related_questions=True)
    first, *between, last = read(body).chunks
    assert [image["image_url"][-5:] for image in first["images"]] == ["1.png"]
    assert [image["image_url"][-5:] for image in last["images"]] == ["1.png", "2.png"]
    assert (first["related_questions"], last["related_questions"]) == (["Why?"], ["Why?", "How?"])
    assert not any({"images", "related_questions"} & chunk.keys() for chunk in between)


async def test_images_that_nobody_asked_for_are_not_sent(read: Reader) -> None:
    for chunk in read(await body_of(ILLUSTRATED)).chunks:
        assert not {"images", "videos", "related_questions"} & chunk.keys()


async def test_images_that_are_not_known_yet_are_not_said_to_be_none(read: Reader) -> None:
    first, *_, last = read(await body_of(SCRIPT, return_images=True)).chunks
    assert "images" not in first
    assert last["images"] == []


async def test_a_setting_puts_the_results_on_every_chunk(read: Reader) -> None:
    chunks = read(await body_of(SCRIPT, repeat_search_results=True)).chunks
    assert {chunk["search_results"][0]["url"] for chunk in chunks} == {"https://a.example/x"}
