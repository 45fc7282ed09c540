"""A crawl of the mini web brings every reachable page once, and nginx's log proves its manners.

What must be found is worked out from the files (`tests/emulators/miniweb_truth.py`), without a
crawler. Pages with the same content are one page with several addresses: one of them is indexed.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from itertools import pairwise
from pathlib import Path
from urllib.parse import urlsplit

import lxml.html
import pytest

from hydrophone.crawl.walk.recorder import MOST_WAITING
from hydrophone.crawl.walk.walk import Pace
from miniweb import Asked
from tests.emulators.miniweb import (
    DELAY_S,
    DELAYED,
    OUTSIDE,
    SLOW,
    TroubledWeb,
    demand_miniweb,
    troubled_web,
)
from tests.emulators.miniweb_crawls import Killed, crawl, crawl_killed, indexed
from tests.emulators.miniweb_odd import FETCHED_ONLY, INDEXED, MADE, MOST_MADE, NEVER_ASKED, ODD
from tests.emulators.miniweb_truth import INDEXES, reachable

pytestmark = pytest.mark.timeout(900)
KILLS = 20
# What a kill can lose: the visits at once, and the outcomes that wait to be written.
MOST_OPEN = Pace().at_once + MOST_WAITING
SAME_TEXT = 0.8
LATE_S = 0.03


@dataclass(frozen=True)
class Crawled:
    """What a crawl brought, and what nginx saw of it."""

    troubled: TroubledWeb
    pages: Mapping[str, str]
    asked: Sequence[Asked]
    killed: Sequence[Killed] = ()

    def path(self, path: str) -> str:
        """The address of a page on the troubled host."""
        return self.troubled.web.url(ODD, path)

    def on(self, host: str) -> list[Asked]:
        """The requests to a host."""
        return [one for one in self.asked if one.host == host]


@pytest.fixture(scope="module")
def troubled(tmp_path_factory: pytest.TempPathFactory) -> Iterator[TroubledWeb]:
    demand_miniweb()
    with troubled_web(tmp_path_factory.mktemp("miniweb")) as web:
        yield web


@pytest.fixture(scope="module")
def crawled(troubled: TroubledWeb, tmp_path_factory: pytest.TempPathFactory) -> Crawled:
    troubled.web.forget()
    data_dir = tmp_path_factory.mktemp("crawled")
    crawl(troubled, data_dir)
    return Crawled(troubled, indexed(data_dir), troubled.web.asked())


def test_every_reachable_page_is_indexed_and_none_twice(crawled: Crawled) -> None:
    assert _differences(crawled) == []


def test_no_page_is_read_twice(crawled: Crawled) -> None:
    read = Counter((one.host, one.path) for one in crawled.asked if one.status == 200)
    assert [page for page, times in read.items() if times > 1] == []


def test_robots_txt_is_read_first_and_obeyed(crawled: Crawled) -> None:
    _assert_obedient(crawled)


def test_every_request_says_who_it_is(crawled: Crawled) -> None:
    agents = {one.agent for one in crawled.asked}
    assert all("HydrophoneBot/" in agent for agent in agents), agents


def test_a_crawl_delay_is_kept(crawled: Crawled) -> None:
    starts = [one.begin_s for one in crawled.on(DELAYED) if one.path != "/robots.txt"]
    assert len(starts) >= 11
    # nginx may be late to see one request, but not to see all of them.
    assert starts[-1] - starts[0] >= (len(starts) - 1) * DELAY_S - 0.1
    assert min(after - before for before, after in pairwise(starts)) >= DELAY_S / 2


def test_no_host_has_more_than_two_requests_at_once(crawled: Crawled) -> None:
    at_once = {
        host: _most_at_once(crawled.on(host)) for host in {one.host for one in crawled.asked}
    }
    assert at_once[SLOW] >= 1
    assert {host: n for host, n in at_once.items() if n > Pace().per_host} == {}


def test_a_busy_page_is_asked_again_no_sooner_than_it_said(crawled: Crawled) -> None:
    first, second = (one for one in crawled.on(ODD) if one.path == "/made/busy/")
    assert (first.status, second.status) == (429, 200)
    assert second.begin_s - first.end_s >= 0.9


def test_pages_have_the_text_that_their_authors_wrote(crawled: Crawled) -> None:
    wrong = {
        path: crawled.pages.get(crawled.path(path), "not indexed")[:200]
        for path, text in INDEXED.items()
        if text not in crawled.pages.get(crawled.path(path), "")
    }
    assert wrong == {}


def test_what_is_hidden_gone_or_elsewhere_is_read_but_not_indexed(crawled: Crawled) -> None:
    asked = {one.path for one in crawled.on(ODD)}
    assert set(FETCHED_ONLY) - asked == set()
    assert {path for path in FETCHED_ONLY if crawled.path(path) in crawled.pages} == set()


def test_what_nobody_vouches_for_or_robots_may_not_see_is_never_asked_for(crawled: Crawled) -> None:
    assert {one.path for one in crawled.on(ODD)} & set(NEVER_ASKED) == set()
    assert crawled.on(OUTSIDE) == []


def test_pages_without_end_come_to_an_end(crawled: Crawled) -> None:
    made = [one for one in crawled.on(ODD) if one.path.startswith(MADE)]
    assert 50 <= len(made) <= MOST_MADE
    assert any(one.path.startswith("/made/calendar/") for one in made)
    assert sum(one.path.startswith("/made/shop/") for one in made) <= 20


def test_twenty_kills_change_nothing(
    troubled: TroubledWeb, tmp_path_factory: pytest.TempPathFactory
) -> None:
    _assert_kills_change_nothing(troubled, tmp_path_factory.mktemp("killed"), step=16)


@pytest.mark.slow
@pytest.mark.timeout(3600)
def test_twelve_whole_manuals_with_twenty_kills(tmp_path_factory: pytest.TempPathFactory) -> None:
    demand_miniweb()
    with troubled_web(tmp_path_factory.mktemp("whole"), whole=True) as troubled:
        _assert_kills_change_nothing(troubled, tmp_path_factory.mktemp("killed"), step=150)


def _assert_kills_change_nothing(troubled: TroubledWeb, data_dir: Path, *, step: int) -> None:
    troubled.web.forget()
    killed = crawl_killed(troubled, data_dir, kills=KILLS, step=step)
    crawled = Crawled(troubled, indexed(data_dir), troubled.web.asked(), killed)
    assert _differences(crawled) == []
    assert _read_after_indexed(crawled) == []
    read = Counter((one.host, one.path) for one in crawled.asked if one.status == 200)
    again = sum(times - 1 for page, times in read.items() if page[1] != "/robots.txt")
    assert again <= KILLS * MOST_OPEN
    _assert_obedient(crawled)


def _differences(crawled: Crawled) -> list[str]:
    """What is missing, twice, or there without being in the truth; nothing when all is well."""
    truth = _truth(crawled.troubled)
    indexed = Counter(_plain(url) for url in crawled.pages)
    files = {url: file for addresses, file in truth for url in addresses}
    found = []
    for addresses, file in truth:
        times = sum(indexed[url] for url in addresses)
        if times > 1:
            found.append(f"{times} times: {addresses}")
        elif not times and not _is_said_elsewhere(file, [files[u] for u in indexed if u in files]):
            found.append(f"missing: {addresses}")
    known = {*files, *(crawled.path(path) for path in INDEXED)}
    found += [f"unexpected: {url}" for url in indexed if url not in known and not _made(url)]
    texts = Counter(crawled.pages.values())
    return [*found, *(f"{n} times: {text[:80]!r}" for text, n in texts.items() if n > 1)]


def _plain(url: str) -> str:
    """nginx takes several slashes for one, so a link with two leads to the same page."""
    return re.sub(r"(?<!:)/{2,}", "/", url)


def _truth(troubled: TroubledWeb) -> list[tuple[list[str], Path]]:
    """Every different page: all its addresses, and a file with its content."""
    addresses: defaultdict[bytes, list[str]] = defaultdict(list)
    files: dict[bytes, Path] = {}
    for tree in troubled.trees:
        for path, file in reachable(tree.root, tree.seeds, tree.rules).items():
            body = file.read_bytes()
            paths = {path, path.removesuffix(file.name) if file.name in INDEXES else path}
            place = f"{tree.host}:{troubled.web.port}{tree.prefix}"
            addresses[body] += sorted(f"http://{place}{one.lstrip('/')}" for one in paths)
            files[body] = file
    return [(sorted(set(urls)), files[body]) for body, urls in addresses.items()]


def _is_said_elsewhere(file: Path, others: Sequence[Path]) -> bool:
    """Whether a page has no words, or nearly those of another one, navigation and all."""
    ours = _shingles(file)
    return not ours or any(_alike(ours, _shingles(other)) >= SAME_TEXT for other in others)


@lru_cache(maxsize=10_000)
def _shingles(file: Path) -> frozenset[int]:
    words = lxml.html.fromstring(file.read_bytes()).text_content().split()
    return frozenset(map(hash, zip(words, words[1:], words[2:], strict=False)))


def _alike(one: frozenset[int], other: frozenset[int]) -> float:
    return len(one & other) / max(1, len(one | other))


def _made(url: str) -> bool:
    parts = urlsplit(url)
    return parts.hostname == ODD and parts.path.startswith(MADE)


def _assert_obedient(crawled: Crawled) -> None:
    for tree in crawled.troubled.trees:
        asked = [one for one in crawled.on(tree.host) if one.path.startswith(tree.prefix)]
        assert [one.path for one in asked if one.path != "/robots.txt"], tree.host
        if tree.prefix == "/":
            assert asked[0].path == "/robots.txt"
        refused = [one.path for one in asked if not tree.rules.allow(one.path)]
        assert set(refused) <= {"/robots.txt"}


def _most_at_once(asked: Iterable[Asked]) -> int:
    """How many requests were under way together; nginx hears of an end after the crawler does."""
    lasting = [one for one in asked if one.end_s - one.begin_s > LATE_S]
    changes = [(one.begin_s, 1) for one in lasting]
    changes += [(one.end_s - LATE_S, -1) for one in lasting]
    most = now = 0
    for _, change in sorted(changes):
        now += change
        most = max(most, now)
    return most


def _read_after_indexed(crawled: Crawled) -> list[str]:
    """Pages that were in the index when a kill came, and were read again after it."""
    found = []
    for one in crawled.asked:
        url = f"http://{one.host}:{crawled.troubled.web.port}{one.path}"
        earlier = [kill for kill in crawled.killed if kill.at_s < one.begin_s]
        if any(url in kill.indexed for kill in earlier):
            found.append(url)
    return found
