"""What is tried again, after how long, and as which browser."""

from __future__ import annotations

from itertools import pairwise
from typing import get_args

import pytest

from hydrophone.perplexity.config import ClientConfig
from hydrophone.perplexity.errors import (
    AuthenticationError,
    BotWallError,
    ConnectionFailed,
    FileUploadError,
    HTTPError,
    PerplexityError,
    RateLimitError,
    ResponseParsingError,
    StreamingError,
)
from hydrophone.perplexity.session.retry import MOST_RETRY_AFTER_S, NotSent, Retrying

CONFIG = ClientConfig(retry_base_delay=1, retry_max_delay=60, retry_jitter=0.5, max_retries=3)
LIMITED, LOST = RateLimitError("slowly", status_code=429), ConnectionFailed("lost")
BROKEN = HTTPError("broken", status_code=503)


def retrying(chance: float = 0.5, config: ClientConfig = CONFIG) -> Retrying:
    return Retrying(config, chance=lambda: chance)


def test_pauses_double_up_to_the_longest_one() -> None:
    config = ClientConfig(retry_base_delay=1, retry_max_delay=5, max_retries=9)
    waits = [retrying(config=config).wait_s(LOST, n, asks=False) for n in range(1, 6)]
    assert waits == [1, 2, 4, 5, 5]


@pytest.mark.parametrize(("chance", "wait_s"), [(0.0, 1.0), (0.5, 2.0), (1.0, 3.0)])
def test_pauses_are_spread_by_the_jitter(chance: float, wait_s: float) -> None:
    assert retrying(chance).wait_s(BROKEN, 2, asks=False) == wait_s


def test_pauses_of_many_clients_differ() -> None:
    assert len({Retrying(CONFIG).pause_s(3) for _ in range(20)}) > 10


def test_there_are_so_many_retries_as_are_wanted() -> None:
    assert retrying().wait_s(LOST, 3, asks=False) is not None
    assert retrying().wait_s(LOST, 4, asks=False) is None
    none = ClientConfig(max_retries=0)
    assert retrying(config=none).wait_s(LOST, 1, asks=False) is None


@pytest.mark.parametrize(
    ("error", "reads", "asks"),
    [
        (LIMITED, True, True),
        (NotSent("nobody there"), True, True),
        (LOST, True, False),
        (BROKEN, True, False),
        (HTTPError("bad gateway", status_code=502), True, False),
        (HTTPError("no", status_code=422), False, False),
        (AuthenticationError("no", status_code=403), False, False),
        (BotWallError("a robot", status_code=503), False, False),
        (ResponseParsingError("what?"), False, False),
        (StreamingError("silence"), False, False),
        (FileUploadError("x", "no"), False, False),
    ],
)
def test_a_question_is_sent_again_only_when_it_cannot_have_arrived(
    error: PerplexityError, reads: bool, asks: bool
) -> None:
    assert (retrying().wait_s(error, 1, asks=False) is not None) is reads
    assert (retrying().wait_s(error, 1, asks=True) is not None) is asks


@pytest.mark.parametrize("error", [RateLimitError, HTTPError])
def test_what_the_service_says_of_when_is_kept_to(error: type[HTTPError]) -> None:
    def wait_s(after_s: float) -> float | None:
        said = error("later", status_code=503, retry_after_s=after_s)
        return retrying().wait_s(said, 1, asks=False)

    assert wait_s(0) == 0
    assert wait_s(17) == 17
    assert wait_s(MOST_RETRY_AFTER_S + 1) is None  # nobody waits so long for an answer


def test_each_retry_is_another_current_browser() -> None:
    from curl_cffi.requests.impersonate import REAL_TARGET_MAP, BrowserTypeLiteral

    profiles = [retrying().profile(attempt) for attempt in range(1, 5)]
    assert profiles[0] == "chrome"
    assert len({REAL_TARGET_MAP[profile] for profile in profiles}) == 4
    assert set(profiles) <= set(get_args(BrowserTypeLiteral))


@pytest.mark.parametrize("first", ["safari", "chrome131", "firefox147"])
def test_no_retry_is_the_browser_before(first: str) -> None:
    from curl_cffi.requests.impersonate import REAL_TARGET_MAP

    config = ClientConfig(impersonate=first)
    named = [retrying(config=config).profile(attempt) for attempt in range(1, 9)]
    profiles = [REAL_TARGET_MAP.get(name, name) for name in named]
    assert named[0] == first
    assert all(one != two for one, two in pairwise(profiles))


def test_the_browser_stays_where_that_is_wanted() -> None:
    config = ClientConfig(impersonate="safari", rotate_fingerprint=False)
    assert {retrying(config=config).profile(attempt) for attempt in range(1, 6)} == {"safari"}
