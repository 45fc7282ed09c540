from __future__ import annotations

from hydrophone.crawl.walk.hosts import STRIKES, Host
from hydrophone.storage.index_db_frontier import FrontierPage


def host(delay_s: float = 0.0, at_once: int = 2, pages: int = 10) -> Host:
    made = Host("example.com", delay_s, at_once, opened=True)
    for number in range(pages):
        made.pending.append(
            FrontierPage(
                *(number, f"http://example.com/{number}", "example.com", "page", 0, 0, True),
                *("waiting", None, 0, None, None, None, None, None, None, None),
            )
        )
    return made


def test_only_so_many_pages_at_once() -> None:
    one = host(at_once=2)
    one.take(0.0)
    one.take(0.0)
    assert one.ready_in_s(0.0) is None
    one.ended(1.0)
    assert one.ready_in_s(1.0) == 0.0


def test_one_page_at_a_time_until_robots_are_known() -> None:
    one = host()
    one.opened = False
    one.take(0.0)
    assert one.ready_in_s(0.0) is None


def test_delay_counts_from_start_to_start() -> None:
    one = host(delay_s=1.0)
    one.take(10.0)
    assert one.ready_in_s(10.25) == 0.75
    assert one.ready_in_s(11.5) == 0.0


def test_delay_of_robots_counts_from_the_end_and_is_bounded() -> None:
    one = host()
    one.asks_for(5.0)
    one.take(0.0)
    assert one.ready_in_s(6.0) is None
    one.ended(7.0)
    assert one.ready_in_s(7.0) == 5.0
    one.asks_for(86_400.0)
    assert one.asked_delay_s == 60.0
    one.asks_for(None)
    assert one.asked_delay_s is None


def test_slow_host_gets_as_much_rest_as_it_took() -> None:
    one = host()
    one.take(0.0)
    one.answered(3.0)
    one.ended(3.0)
    assert one.ready_in_s(3.0) == 3.0
    for _ in range(6):
        one.answered(0.1)
    assert one.backoff_s == 0.0


def test_busy_host_is_left_alone_as_long_as_it_says() -> None:
    one = host()
    one.take(0.0)
    assert one.is_busy(1.0, 30.0) == 30.0
    one.ended(1.0)
    assert one.ready_in_s(1.0) == 30.0
    rests = [one.is_busy(40.0, None) for _ in range(8)]
    assert rests == sorted(rests)
    assert rests[-1] == 60.0


def test_host_that_does_not_answer_is_given_up_and_a_good_answer_forgives() -> None:
    one = host()
    for _ in range(STRIKES - 1):
        one.failed()
    assert not one.failing
    one.answered(0.1)
    for _ in range(STRIKES):
        assert not one.failing
        one.failed()
    assert one.failing


def test_nothing_pending_is_never_ready() -> None:
    assert host(pages=0).ready_in_s(0.0) is None
