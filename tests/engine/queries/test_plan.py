"""Understanding: from a question to what is searched for."""

from __future__ import annotations

from dataclasses import replace

import pytest

from hydrophone.engine.profile import Profile
from hydrophone.engine.queries.plan import MAX_QUERY_CHARS, MAX_URLS, understand, urls_in
from hydrophone.errors import InvalidRequest
from hydrophone.types import Question, SearchOptions, TextPart, Turn, ask


def test_the_last_user_turn_is_the_question() -> None:
    turns = [
        ("user", "How do whales sing?"),
        ("assistant", "Low."),
        ("user", " How do elephants hum? \n"),
    ]
    question = Question(tuple(Turn(role, (TextPart(t),)) for role, t in turns), "m")  # type: ignore[arg-type]
    plan = understand(question, Profile())
    assert plan.question == "How do elephants hum?"
    assert plan.queries == ("How do elephants hum?",)


def test_a_system_text_is_not_searched_for() -> None:
    turns = (Turn("system", (TextPart("Be brief."),)), Turn("user", (TextPart("whales"),)))
    assert understand(Question(turns, "m"), Profile()).queries == ("whales",)


def test_a_long_question_is_cut() -> None:
    plan = understand(ask("whale " * 200_000), Profile())
    assert len(plan.question) == MAX_QUERY_CHARS
    assert plan.queries == (plan.question,)


@pytest.mark.parametrize(
    ("enabled", "profile", "searched"),
    [(None, True, True), (None, False, False), (True, False, True), (False, True, False)],
)
def test_the_caller_decides_on_the_search_and_else_the_profile(
    enabled: bool | None, profile: bool, searched: bool
) -> None:
    question = replace(ask("whales"), search=SearchOptions(enabled=enabled))
    assert bool(understand(question, Profile(search=profile)).queries) is searched


@pytest.mark.parametrize("text", ["", " \n\t"])
def test_a_question_that_says_nothing_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequest, match="no question") as caught:
        understand(ask(text), Profile())
    assert (caught.value.code, caught.value.param) == ("invalid_message", "messages")


def test_a_conversation_without_a_user_is_refused() -> None:
    with pytest.raises(InvalidRequest):
        understand(Question((Turn("system", (TextPart("x"),)),), "m"), Profile())


@pytest.mark.parametrize(
    ("text", "urls"),
    [
        ("no address", ()),
        ("see https://a.example/b?c=d#e.", ("https://a.example/b?c=d#e",)),
        ("(https://a.example/b_(c)), please", ("https://a.example/b_(c)",)),
        (
            '<http://a.example> and "https://b.example/"!',
            ("http://a.example", "https://b.example/"),
        ),
        ("https://a.example/ and https://a.example/", ("https://a.example/",)),
        ("HTTPS://A.example/x", ("HTTPS://A.example/x",)),
        ("https:// alone, ftp://a.example and mailto:a@example.com", ()),
        ("**https://a.example/**", ("https://a.example/",)),
        ("»https://a.example/ü«", ("https://a.example/ü",)),
    ],
)
def test_addresses_are_found_without_the_punctuation_around_them(
    text: str, urls: tuple[str, ...]
) -> None:
    assert urls_in(text) == urls


def test_no_more_addresses_are_read_than_a_few() -> None:
    assert len(urls_in(" ".join(f"https://{n}.example" for n in range(50)))) == MAX_URLS


def test_an_address_is_read_and_the_other_words_are_searched_for() -> None:
    plan = understand(ask("How do whales sing, says https://a.example/w ?"), Profile())
    assert plan.urls == ("https://a.example/w",)
    assert plan.queries == ("How do whales sing, says ?",)
    assert plan.question == plan.queries[0]


@pytest.mark.parametrize("text", ["https://a.example/w", "Please summarise https://a.example/w"])
def test_with_few_words_beside_it_the_page_alone_is_read(text: str) -> None:
    plan = understand(ask(text), Profile())
    assert plan.urls == ("https://a.example/w",)
    assert plan.queries == ()
    assert plan.question


def test_where_no_page_can_be_read_the_address_stays_in_the_query() -> None:
    plan = understand(ask("Summarise https://a.example/w"), Profile(), reads=False)
    assert plan.queries == ("Summarise https://a.example/w",)
    assert plan.urls == ("https://a.example/w",)


def test_without_a_search_nothing_is_read() -> None:
    question = replace(ask("See https://a.example/"), search=SearchOptions(enabled=False))
    assert understand(question, Profile()).urls == ()
