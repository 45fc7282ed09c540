"""Which pages belong into a crawl, and which sites make up pages for ever."""

from __future__ import annotations

import pytest

from hydrophone.crawl.scope import BadPattern, Scope, Traps

_SEED = "https://www.a.example/docs/"


@pytest.mark.parametrize(
    ("url", "admitted"),
    [
        ("https://www.a.example/", True),
        ("https://a.example/other", True),
        ("http://a.example/other", True),
        ("https://b.a.example/", False),
        ("https://a.example.evil.example/", False),
        ("https://evil-a.example/", False),
        ("https://a.example:8443/", False),
        ("https://b.example/?u=https://a.example/", False),
    ],
)
def test_crawl_stays_on_the_sites_of_its_seeds(url: str, admitted: bool) -> None:
    assert Scope([_SEED]).admits(url, 1) is admitted


def test_ports_are_sites_of_their_own() -> None:
    scope = Scope(["http://127.0.0.1:8001/"])
    assert scope.admits("http://127.0.0.1:8001/x", 1)
    assert not scope.admits("http://127.0.0.1:8002/x", 1)


def test_subdomains_and_any_site_are_for_those_who_ask() -> None:
    wide = Scope([_SEED], subdomains=True)
    assert wide.admits("https://deep.b.a.example/", 1)
    assert not wide.admits("https://aa.example/", 1)
    assert Scope([_SEED], any_site=True).admits("https://b.example/", 1)


def test_depth_counts_links_from_a_seed() -> None:
    scope = Scope([_SEED], max_depth=1)
    assert [scope.admits(_SEED, depth) for depth in (0, 1, 2)] == [True, True, False]


@pytest.mark.parametrize(
    ("pattern", "matching", "other"),
    [
        ("/docs/*", "https://a.example/docs/x/y", "https://a.example/x/docs/y"),
        ("/docs/*", "https://www.a.example/docs/?x=1", "https://a.example/docs"),
        ("*.pdf", "https://a.example/x/y.pdf", "https://a.example/x/y.pdf?z"),
        ("a.example/b*", "https://a.example/b/c", "https://www.a.example/b"),
        ("http://*", "http://a.example/", "https://a.example/"),
        ("*[[]x]*", "https://a.example/[x]", "https://a.example/x"),
        ("re:/v[12]/", "https://a.example/v2/x", "https://a.example/v3/x"),
        ("re:\\.html$", "https://a.example/x.html", "https://a.example/x.html?y"),
    ],
)
def test_patterns_choose_pages(pattern: str, matching: str, other: str) -> None:
    only, without = Scope([_SEED], include=[pattern]), Scope([_SEED], exclude=[pattern])
    assert [only.admits(url, 1) for url in (matching, other)] == [True, False]
    assert [without.admits(url, 1) for url in (matching, other)] == [False, True]


def test_seeds_are_read_for_their_links_though_no_pattern_includes_them() -> None:
    scope = Scope([_SEED], include=["/docs/*.html"], exclude=["*/old/*"])
    assert scope.admits(_SEED, 0)
    assert not scope.admits("https://a.example/docs/old/x.html", 1)
    assert not Scope([_SEED], exclude=["/docs/"]).admits(_SEED, 0)


@pytest.mark.parametrize("pattern", ["re:(", "re:[z-a]", "", " "])
def test_bad_pattern_is_told(pattern: str) -> None:
    with pytest.raises(BadPattern, match="pattern") as caught:
        Scope([_SEED], exclude=["/fine", pattern])
    assert (caught.value.param, caught.value.status) == ("exclude", 400)


@pytest.mark.parametrize(
    "path",
    [
        "/",
        "/2024/05/17/whales-sing",
        "/archive/2019/05",
        "/a/b/a/b",
        "/api/org/foo/foo/package-summary.html",
        "/rfc/rfc9309",
        "/?p=1",
        "/index.php?title=Whale&action=view",
    ],
)
def test_ordinary_pages_are_no_traps(path: str) -> None:
    assert Traps().admits(f"https://a.example{path}")


@pytest.mark.parametrize(
    "path",
    [
        "/a/b/a/b/a/b",
        "/x/css/x/css/x/css/page.html",
        "/a/a/a/a",
        "/" + "/".join(map(str, range(21))),
        "/a//b//c//d//e",
        "/calendar/2999/01/01",
        "/events/2999-01/",
    ],
)
def test_paths_that_grow_and_days_far_ahead_are_traps(path: str) -> None:
    assert not Traps().admits(f"https://a.example{path}")


def _admitted(urls: list[str]) -> int:
    traps = Traps()
    admitted = [url for url in urls if traps.admits(url)]
    assert all(traps.admits(url) for url in admitted)
    return len(admitted)


def test_calendars_end() -> None:
    days = [f"{month:02}/{day:02}" for month in range(1, 13) for day in range(1, 29)]
    by_path = [f"https://a.example/cal/{year}/{day}" for year in range(1900, 2024) for day in days]
    by_query = [f"https://a.example/cal?date={year}-{day}" for year in (1999, 2000) for day in days]
    assert len(by_path) > 40_000
    assert _admitted(by_path) == 1000
    assert _admitted(by_query) == 150


def test_listings_that_can_be_sorted_in_every_way_end_and_others_go_on() -> None:
    shop = "https://a.example/shop"
    facets = [
        f"{shop}?colour={colour}&size={size}&sort={sort}&page={page}"
        for colour in range(10)
        for size in range(10)
        for sort in range(4)
        for page in range(10)
    ]
    assert _admitted(facets) == 50
    assert _admitted([f"{shop}?page={page}" for page in range(20_000)]) == 10_000
    traps = Traps()
    assert all(traps.admits(f"https://a.example/{n}?x=1&y=2&z=3&w=4") for n in range(1000))


def test_memory_is_bounded_whatever_is_asked() -> None:
    traps = Traps()
    for page in range(30):
        for number in range(10_000):
            traps.admits(f"https://a.example/{page}?n={number}")
    assert sum(map(len, traps._seen.values())) <= 100_000
