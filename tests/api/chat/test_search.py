"""What a chat request says about searching and about what comes beside the text."""

from __future__ import annotations

from typing import Any

import pytest

from hydrophone.types import Extras, ImageFilter, Location, SearchOptions
from tests.api.chat.asking import asked


def searched(**fields: Any) -> SearchOptions:
    return asked(**fields).search


@pytest.mark.parametrize(
    ("mode", "kinds"),
    [("web", ("own", "web")), ("academic", ("academic",)), ("sec", ("sec",)), (None, ())],
)
def test_a_mode_is_a_choice_of_sources(mode: str | None, kinds: tuple[str, ...]) -> None:
    assert searched(search_mode=mode).kinds == kinds


def test_the_search_options_say_how_much_and_how() -> None:
    options = searched(web_search_options={"search_context_size": "high", "search_type": "auto"})
    assert (options.context_size, options.depth) == ("high", "auto")
    assert searched(web_search_options={}) == SearchOptions()


def test_pro_search_is_the_older_name_of_a_search_type() -> None:
    assert searched(pro_search=True).depth == "pro"
    assert searched(pro_search=False).depth == "fast"
    assert searched(pro_search=True, web_search_options={"search_type": "fast"}).depth == "fast"


def test_the_official_count_comes_first_and_the_rest_is_passed_on() -> None:
    options = searched(
        num_search_results=30, max_results=5, safe_search=False, enable_search_classifier=True
    )
    assert (options.max_results, options.safe, options.classify) == (30, False, True)
    assert searched(max_results=5, safe_search=True).max_results == 5


def test_the_location_of_the_search_options_comes_first() -> None:
    given = {
        "latitude": 48.1,
        "longitude": 11.6,
        "country": "de",
        "region": "Bayern",
        "city": "München",
    }
    options = searched(
        web_search_options={"user_location": given}, country="US", latitude=1, longitude=2
    )
    assert options.location == Location(48.1, 11.6, "DE", "Bayern", "München")
    assert options.country == "DE"


def test_what_the_location_lacks_comes_from_beside_it() -> None:
    at = {"latitude": 1.5, "longitude": 2.5}
    assert searched(country="us", **at).location == Location(1.5, 2.5, "US")
    assert searched(**at).location == Location(1.5, 2.5)
    only_city = {"user_location": {"city": "Paris"}}
    options = searched(country="fr", web_search_options=only_city)
    assert options.location == Location(country="FR", city="Paris")
    assert options.country == "FR"
    assert searched(country="fr").country == "FR"
    assert searched(web_search_options={"user_location": None}).location is None


def test_openais_form_of_the_location_is_the_same_place() -> None:
    place = {"country": "FR", "region": "Brittany", "city": "Brest"}
    given = {"type": "approximate", "approximate": place}
    options = searched(web_search_options={"user_location": given})
    assert options.location == Location(country="FR", region="Brittany", city="Brest")


def test_images_videos_and_questions_are_wanted_beside_the_text() -> None:
    extras = asked(
        return_images=True,
        num_images=3,
        image_domain_filter=["a.example", "-www.b.example"],
        image_format_filter=["PNG", ".jpg"],
        media_response={"overrides": {"return_videos": True}},
        return_related_questions=True,
        reasoning_effort="high",
        web_search_options={"image_results_enhanced_relevance": True},
    ).extras
    assert extras == Extras(
        images=True,
        videos=True,
        related=True,
        reasoning_effort="high",
        image_filter=ImageFilter(("a.example",), ("b.example",), ("png", "jpg")),
        most_images=3,
        relevant_images=True,
    )


@pytest.mark.parametrize(
    ("fields", "images"),
    [
        ({}, False),
        ({"return_images": True}, True),
        ({"media_response": {"overrides": {"return_images": True}}}, True),
        ({"return_images": True, "media_response": {"overrides": {}}}, True),
        ({"return_images": True, "media_response": {"overrides": {"return_images": False}}}, False),
    ],
)
def test_an_override_comes_before_what_it_overrides(fields: dict[str, Any], images: bool) -> None:
    assert asked(**fields).extras.images is images


def test_langchains_name_of_an_option_is_known() -> None:
    options = {"image_search_relevance_enhanced": True}
    assert asked(web_search_options=options).extras.relevant_images is True


@pytest.mark.parametrize(
    ("given", "locale"),
    [
        ("es_mx", "es-MX"),
        ("ES-mx", "es-MX"),
        ("zh_hant_tw", "zh-Hant-TW"),
        ("es-419", "es-419"),
        ("de", "de"),
        ("no locale", None),
        ("", None),
        ("e", None),
        (None, None),
    ],
)
def test_a_locale_is_normalised_and_what_is_none_is_ignored(
    given: str | None, locale: str | None
) -> None:
    assert asked(response_formatting_locale=given).output.locale == locale


def test_a_language_is_that_of_its_tag() -> None:
    assert asked(language_preference="pt-BR").output.language == "pt"


def test_the_citation_mode_is_passed_on() -> None:
    assert asked(citation_mode="clean").output.citation_style == "clean"
