from __future__ import annotations

from datetime import UTC, date, datetime

import pytest

from hydrophone.search.providers.openalex import OpenAlex
from tests.emulators.search_apis import EMAIL, KEY, Instead, SearchApis
from tests.search.providers.asking import ask
from tests.search.providers.opening import Open


async def test_abstracts_are_put_together_from_their_words(
    apis: SearchApis, open_provider: Open
) -> None:
    answer = await open_provider("openalex").search(ask("What is the state of open access?"))

    first, second = answer.results
    assert (first.kind, first.language) == ("academic", "en")
    assert first.url == "https://doi.org/10.7717/peerj.4375"
    assert first.title == "The state of open access"
    assert first.passages[0].text == "Despite growing interest, and interest,"
    assert first.published == datetime(2018, 2, 13, tzinfo=UTC)
    assert (second.url, second.passages) == ("https://edoc.example.de/2", ())
    assert apis.last["search"] == "state open access"
    assert (apis.last["mailto"], apis.last["api_key"]) == (EMAIL, KEY)


async def test_dates_and_languages_are_sent(apis: SearchApis, open_provider: Open) -> None:
    query = ask(
        "schall",
        published_after=date(2020, 1, 1),
        published_before=date(2021, 12, 31),
        languages=("de-AT", "en"),
    )

    answer = await open_provider("openalex").search(query)

    assert apis.last["filter"] == (
        "from_publication_date:2020-01-01,to_publication_date:2021-12-31,language:de|en"
    )
    assert [result.title for result in answer.results] == ["Schall unter Wasser"]


async def test_the_first_of_january_may_be_any_day_of_the_year(
    apis: SearchApis, open_provider: Open
) -> None:
    openalex = open_provider("openalex")

    whole_year = await openalex.search(
        ask(published_after=date(2021, 1, 1), published_before=date(2021, 12, 31))
    )
    half_year = await openalex.search(
        ask(published_after=date(2021, 1, 1), published_before=date(2021, 6, 30))
    )

    assert whole_year.results[0].published == datetime(2021, 1, 1, tzinfo=UTC)
    assert half_year.results[0].published is None


async def test_the_address_in_the_wanted_domain_is_taken(
    apis: SearchApis, open_provider: Open
) -> None:
    answer = await open_provider("openalex").search(ask("x", domains_allow=("peerj.com",)))

    assert answer.results[0].url == "https://peerj.com/articles/4375"


async def test_pages_go_on_to_the_end(apis: SearchApis, open_provider: Open) -> None:
    openalex = open_provider("openalex")

    first = await openalex.search(ask("x", count=1))
    second = await openalex.search(ask("x", count=2))
    beyond = await openalex.search(ask("x", count=100, page=100))

    assert (first.exhausted, second.exhausted, beyond.exhausted) == (False, False, True)
    assert len(apis.asked) == 2


async def test_a_question_of_function_words_alone_is_not_asked(
    apis: SearchApis, open_provider: Open
) -> None:
    assert (await open_provider("openalex").search(ask("who are you?"))).exhausted
    assert apis.asked == []


@pytest.mark.parametrize(
    "index",
    [{"a": "oops", "b": [None, "1", -1, 10**9]}, [1], 7, {}, {"a": [True]}],
)
async def test_a_malformed_abstract_is_none(
    index: object, apis: SearchApis, open_provider: Open
) -> None:
    work = {"id": "https://openalex.org/W9", "abstract_inverted_index": index}
    apis.instead["openalex"] = Instead(body={"results": [work]})

    answer = await open_provider("openalex").search(ask("x"))

    assert [passage.text for passage in answer.results[0].passages] in ([], ["a"])


async def test_without_key_and_address_nothing_is_sent_of_them(apis: SearchApis) -> None:
    openalex = OpenAlex(base_url=apis.url("openalex"), trusted=True)

    await openalex.search(ask("x"))
    await openalex.close()

    assert not {"mailto", "api_key"} & set(apis.last)
