"""Pictures beside the answer: filters and numbers."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import pytest

from hydrophone.engine.extras.pictures import DEFAULT_IMAGES, MOST_IMAGES, media
from hydrophone.types import Extras, Filter, Image, ImageFilter, SearchOptions, Video, ask

NOW = datetime(2026, 1, 1, tzinfo=UTC)
WHALE = Image("https://img.example/whale.PNG?x=1", "https://sea.a.example/whales")
SHIP = Image("https://img.example/ship.jpeg", "https://b.example/ships")
BARE = Image("https://img.example/bare", "https://a.example/bare")
FILM = Video("https://v.example/1")


def shown(
    *images: Image,
    picture: ImageFilter | None = None,
    search: Filter | None = None,
    most: int | None = None,
) -> list[Image]:
    question = replace(
        ask("?"),
        extras=Extras(images=True, image_filter=picture or ImageFilter(), most_images=most),
        search=SearchOptions(filter=search or Filter()),
    )
    found = media(question, images, (), NOW)
    return list(found.images) if found else []


@pytest.mark.parametrize(
    ("picture", "left"),
    [
        (ImageFilter(), [WHALE, SHIP, BARE]),
        (ImageFilter(domains_allow=("a.example",)), [WHALE, BARE]),
        (ImageFilter(domains_deny=("a.example",)), [SHIP]),
        (ImageFilter(formats=("png",)), [WHALE]),
        (ImageFilter(formats=("jpg",)), [SHIP]),
        (ImageFilter(domains_allow=("a.example",), formats=("gif",)), []),
    ],
)
def test_a_picture_is_judged_by_its_page_and_its_ending(
    picture: ImageFilter, left: list[Image]
) -> None:
    assert shown(WHALE, SHIP, BARE, picture=picture) == left


def test_a_picture_of_a_page_that_the_search_excludes_is_not_shown() -> None:
    assert shown(WHALE, SHIP, search=Filter(domains_deny=("b.example",))) == [WHALE]


@pytest.mark.parametrize(
    ("most", "count"), [(None, DEFAULT_IMAGES), (3, 3), (0, 0), (30, MOST_IMAGES), (99, 30)]
)
def test_there_are_no_more_than_wanted_and_never_more_than_thirty(
    most: int | None, count: int
) -> None:
    many = [Image(f"https://img.example/{n}.png", "https://a.example/") for n in range(50)]
    assert len(shown(*many, most=most)) == count


def test_pictures_that_fit_the_question_come_first_when_that_is_wanted() -> None:
    titled = Image("https://img.example/1", "https://a.example/", title="A ship in the harbour")
    for wanted, order in (
        (False, [BARE, WHALE, titled, SHIP]),
        (True, [titled, SHIP, BARE, WHALE]),
    ):
        question = replace(
            ask("Show me ships in a harbour"), extras=Extras(images=True, relevant_images=wanted)
        )
        found = media(question, (BARE, WHALE, titled, SHIP), (), NOW)
        assert found is not None
        assert list(found.images) == order


def test_a_picture_that_comes_twice_is_shown_once() -> None:
    assert shown(WHALE, WHALE) == [WHALE]


def test_videos_come_each_once() -> None:
    found = media(ask("?"), (), (FILM, FILM), NOW)
    assert found is not None
    assert found.videos == (FILM,)


def test_nothing_to_show_is_nothing() -> None:
    assert media(ask("?"), (), (), NOW) is None
