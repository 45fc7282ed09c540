from __future__ import annotations

from datetime import UTC, date, datetime

from tests.emulators.search_apis import EMAIL, Instead, SearchApis
from tests.search.providers.asking import ask
from tests.search.providers.opening import Open


async def test_abstracts_come_without_their_markup(apis: SearchApis, open_provider: Open) -> None:
    answer = await open_provider("crossref").search(ask())

    first = answer.results[0]
    assert first.kind == "academic"
    assert first.url == "https://doi.org/10.1121/1.1234567"
    assert first.title == "Calibration of hydrophones: A comparison"
    assert first.passages[0].text == "Errors stay below p < 0.05.\n\nTwo methods agree."
    assert first.published == datetime(2024, 3, 5, tzinfo=UTC)
    assert apis.last["mailto"] == EMAIL


async def test_works_without_abstract_name_what_they_are_in(
    apis: SearchApis, open_provider: Open
) -> None:
    _, chapter, book, undated = (await open_provider("crossref").search(ask())).results

    assert (chapter.snippet, chapter.passages) == ("A Handbook", ())
    assert book.url == "https://doi.org/10.5555/year"
    assert (undated.title, undated.published) == (undated.url, None)


async def test_figures_are_no_works(apis: SearchApis, open_provider: Open) -> None:
    answer = await open_provider("crossref").search(ask())

    assert "Figure 3" not in [result.title for result in answer.results]


async def test_half_known_dates_that_the_service_lets_in_are_not_believed(
    apis: SearchApis, open_provider: Open
) -> None:
    query = ask(published_after=date(2024, 3, 2), published_before=date(2024, 6, 30))

    answer = await open_provider("crossref").search(query)

    assert apis.last["filter"] == "from-pub-date:2024-03-02,until-pub-date:2024-06-30"
    assert [(result.title.partition(":")[0], result.published) for result in answer.results] == [
        ("Calibration of hydrophones", datetime(2024, 3, 5, tzinfo=UTC)),
        ("Known by its month", None),
        ("Known by its year", None),
    ]


async def test_a_date_with_a_part_that_is_no_number_is_none(
    apis: SearchApis, open_provider: Open
) -> None:
    work = {"DOI": "10.5555/x", "published": {"date-parts": [[2024, "3"]]}}
    apis.instead["crossref"] = Instead(body={"message": {"items": [work]}})

    answer = await open_provider("crossref").search(ask())

    assert answer.results[0].published is None


async def test_the_publishers_address_is_taken_when_its_domain_is_wanted(
    apis: SearchApis, open_provider: Open
) -> None:
    answer = await open_provider("crossref").search(ask(domains_allow=("example.org",)))

    assert answer.results[0].url == "https://pubs.example.org/jos/1234567"


async def test_pages_go_on_to_the_end(apis: SearchApis, open_provider: Open) -> None:
    crossref = open_provider("crossref")

    first = await crossref.search(ask(count=2))
    third = await crossref.search(ask(count=2, page=2))
    beyond = await crossref.search(ask(count=100, page=101))

    assert (first.exhausted, third.exhausted, beyond.exhausted) == (False, True, True)
    assert [asked.said["offset"] for asked in apis.asked] == ["0", "4"]
