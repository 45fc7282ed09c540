"""When a failing provider is left alone."""

from __future__ import annotations

import pytest

from hydrophone.search.watch.breaker import Breaker


class Time:
    """A clock that goes when it is told to."""

    def __init__(self) -> None:
        self.now_s = 1000.0

    def __call__(self) -> float:
        return self.now_s


@pytest.fixture
def time() -> Time:
    return Time()


@pytest.fixture
def breaker(time: Time) -> Breaker:
    return Breaker(failures=3, pause_s=30, longest_pause_s=100, clock=time)


def fail(breaker: Breaker, times: int = 1) -> None:
    for _ in range(times):
        assert breaker.admit()
        breaker.fail()


def test_it_opens_after_so_many_failures_in_a_row(breaker: Breaker) -> None:
    fail(breaker, 2)
    assert breaker.admit()
    breaker.fail()
    assert not breaker.admit()
    assert breaker.open_s == 30


def test_an_answer_between_begins_the_count_again(breaker: Breaker) -> None:
    fail(breaker, 2)
    breaker.succeed()
    fail(breaker, 2)
    assert breaker.admit()


def test_after_the_pause_one_trial_is_let_through(breaker: Breaker, time: Time) -> None:
    fail(breaker, 3)
    time.now_s += 29.9
    assert not breaker.admit()
    time.now_s += 0.2
    assert breaker.admit()
    assert not breaker.admit()


def test_a_good_trial_closes_it(breaker: Breaker, time: Time) -> None:
    fail(breaker, 3)
    time.now_s += 31
    assert breaker.admit()
    breaker.succeed()
    assert breaker.admit()
    assert breaker.admit()
    assert breaker.open_s == 0


def test_each_bad_trial_doubles_the_pause_up_to_a_limit(breaker: Breaker, time: Time) -> None:
    fail(breaker, 3)
    pauses = []
    for _ in range(4):
        pauses.append(breaker.open_s)
        time.now_s += breaker.open_s
        assert breaker.admit()
        breaker.fail()
    assert pauses == [30, 60, 100, 100]


def test_a_trial_that_was_given_up_lets_another_through(breaker: Breaker, time: Time) -> None:
    fail(breaker, 3)
    time.now_s += 31
    assert breaker.admit()
    breaker.give_up()
    assert breaker.admit()


def test_who_says_when_to_come_again_is_obeyed_at_once(breaker: Breaker, time: Time) -> None:
    assert breaker.admit()
    breaker.fail(pause_s=77)
    assert not breaker.admit()
    assert breaker.open_s == 77
    time.now_s += 77
    assert breaker.admit()


def test_a_late_failure_does_not_shorten_the_pause(breaker: Breaker) -> None:
    assert breaker.admit()
    assert breaker.admit()
    breaker.fail(pause_s=500)
    breaker.fail(pause_s=1)
    assert breaker.open_s == 500
