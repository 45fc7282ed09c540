from __future__ import annotations

import asyncio
import hashlib

import pytest

from hydrophone.search.base import ProviderAnswer
from hydrophone.search.errors import ProviderFailed, ProviderRateLimited
from hydrophone.search.providers.shapes import (
    Domains,
    cut,
    domains,
    duration_s,
    found,
    key_terms,
    plain,
    preferred,
    with_media,
    with_sites,
)
from hydrophone.types import Filter, Image, Media
from tests.search.providers.asking import ask


def sites(text: str, limit_chars: int = 400, limit_words: int = 50, **filtered: object) -> str:
    return with_sites(
        text,
        Filter(**filtered),  # type: ignore[arg-type]
        paths=False,
        limit_chars=limit_chars,
        limit_words=limit_words,
    )


def test_domains_become_site_operators() -> None:
    assert sites("tides", domains_allow=("noaa.gov",)) == "tides site:noaa.gov"
    assert (
        sites("tides", domains_allow=("noaa.gov", ".edu"), domains_deny=("x.com", "y.com"))
        == "tides (site:noaa.gov OR site:edu) -site:x.com -site:y.com"
    )


def test_operators_that_have_no_room_are_left_away_whole() -> None:
    many = tuple(f"domain-{n}.example.com" for n in range(40))

    query = sites("word " * 60, domains_allow=many, domains_deny=many, limit_words=50)

    assert len(query) <= 400
    assert len(query.split()) <= 50
    assert query.startswith("word word")
    assert "(site:domain-0.example.com OR site:domain-1.example.com" in query
    assert query.count("(") == query.count(")") == 1
    assert not query.endswith("site:")


def test_a_path_that_cannot_be_said_is_searched_wider_but_never_left_out_wider() -> None:
    filter = Filter(domains_allow=("example.com/docs",), domains_deny=("example.org/private",))

    assert domains(filter, paths=True) == Domains(("example.com/docs",), ("example.org/private",))
    assert domains(filter, paths=False) == Domains(("example.com",), ())


def test_when_one_domain_cannot_be_said_all_of_them_are_left_to_the_filter() -> None:
    filter = Filter(domains_allow=("example.com", ".gov"), domains_deny=(".biz", "x.org"))

    assert domains(filter, paths=True) == Domains((), ("x.org",))
    assert domains(filter, paths=True, suffix="*.{}") == Domains(
        ("example.com", "*.gov"), ("*.biz", "x.org")
    )


def test_a_url_prefix_is_asked_for_by_its_host_when_it_has_the_whole_of_it() -> None:
    whole = Filter(url_prefix="https://docs.example.org/3/lib")
    half = Filter(url_prefix="https://docs.exam")

    assert domains(whole, paths=True).allow == ("docs.example.org",)
    assert domains(half, paths=True).allow == ()


def test_text_is_cut_between_words() -> None:
    assert cut("one two three", 9) == "one two"
    assert cut("one two three", 7) == "one two"
    assert cut("one two three", 100, 2) == "one two"
    assert cut("unbreakable", 5) == "unbre"


def test_key_terms_are_words_and_phrases_without_syntax() -> None:
    assert key_terms('What are the "sea state" limits (of Tesla\'s 10-K) AND NOT +x?') == [
        '"sea state"',
        "limits",
        "Tesla",
        "10-K",
        "x",
    ]
    assert key_terms("who are you?") == []
    assert key_terms('"" "()" ???') == []


def test_of_a_works_addresses_the_one_in_the_wanted_domains_is_taken() -> None:
    urls = ["https://doi.org/10.1/x", "", "https://www.nature.com/x"]

    assert preferred(urls, Filter(domains_allow=("nature.com",))) == "https://www.nature.com/x"
    assert preferred(urls, Filter(domains_allow=(".com",))) == "https://www.nature.com/x"
    assert preferred(urls, Filter()) == "https://doi.org/10.1/x"
    assert preferred(["", ""], Filter()) == ""


def test_markup_becomes_text_with_its_blocks_on_lines() -> None:
    assert plain("a <strong>b</strong> &amp; c") == "a b & c"
    assert plain("<p>one</p><p>p &lt; 0.05</p>") == "one\n\np < 0.05"
    assert plain("5 < 6 and 7 > 3") == "5 < 6 and 7 > 3"


@pytest.mark.parametrize(
    "url",
    [
        "",
        "ftp://example.com/x",
        "javascript:alert(1)",
        "https://",
        "http://[::1",
        "/relative",
        "https://exa mple.com/",
        "https://example.com/a\nb",
    ],
)
def test_a_result_without_a_web_address_is_dropped(url: str) -> None:
    assert found(ask(), url, "Title") is None


def test_texts_become_passages_that_are_their_own_document_versions() -> None:
    result = found(ask(), "https://example.com/", "T", texts=[" First. ", "Zweiter – Ü.", "First."])

    assert result is not None
    assert [passage.text for passage in result.passages] == ["First.", "Zweiter – Ü."]
    for passage in result.passages:
        assert passage.version == hashlib.sha256(passage.text.encode()).hexdigest()
        assert (passage.start, passage.end) == (0, len(passage.text))
    assert len({passage.id for passage in result.passages}) == 2
    assert result.snippet == "First."


def test_long_and_hostile_texts_are_bounded_and_storable() -> None:
    result = found(ask(), "https://example.com/", "t" * 5000, texts=["x \ud800y " * 9000])

    assert result is not None
    assert len(result.title) <= 300
    assert len(result.snippet) <= 330
    assert len(result.passages[0].text) <= 6000
    result.passages[0].text.encode()


def test_clock_times_become_seconds() -> None:
    assert duration_s("01:56") == 116
    assert duration_s("1:02:03") == 3723
    assert duration_s("LIVE") is None
    assert duration_s("") is None


async def test_pages_come_when_media_fail_and_the_failure_is_told() -> None:
    async def pages() -> ProviderAnswer:
        return ProviderAnswer(exhausted=True)

    async def images() -> Media:
        return Media(images=(Image("https://e.com/i.png", "https://e.com/"),))

    async def videos() -> Media:
        raise ProviderFailed("no videos today")

    answer = await with_media("some", pages(), {"images": images(), "videos": videos()})

    assert answer.exhausted
    assert len(answer.images) == 1
    assert answer.unresponsive == (("some videos", "no videos today"),)


async def test_when_pages_fail_their_error_comes_out_and_media_are_cancelled() -> None:
    cancelled = asyncio.Event()

    async def pages() -> ProviderAnswer:
        await asyncio.sleep(0)
        raise ProviderRateLimited("too often", retry_after_s=7)

    async def images() -> Media:
        try:
            await asyncio.Event().wait()
        except asyncio.CancelledError:
            cancelled.set()
            raise
        return Media()

    with pytest.raises(ProviderRateLimited, match="too often"):
        await with_media("some", pages(), {"images": images()})
    assert cancelled.is_set()
