"""The small memory of what came lately."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis import strategies as st

from hydrophone.search.watch.recent import Recent


def test_a_value_is_kept_for_its_lifetime() -> None:
    now = [0.0]
    recent: Recent[str, int] = Recent(lifetime_s=10, most=5, clock=lambda: now[0])
    recent.put("a", 1)
    now[0] = 9.9
    assert recent.get("a") == 1
    now[0] = 10.0
    assert recent.get("a") is None
    assert len(recent) == 0


def test_what_was_used_longest_ago_goes_first() -> None:
    recent: Recent[str, int] = Recent(lifetime_s=10, most=2)
    recent.put("a", 1)
    recent.put("b", 2)
    recent.get("a")
    recent.put("c", 3)
    assert (recent.get("a"), recent.get("b"), recent.get("c")) == (1, None, 3)


def test_a_value_that_would_fill_a_quarter_is_not_kept() -> None:
    recent: Recent[str, str] = Recent(lifetime_s=10, most=100, size=len)
    recent.put("small", "x" * 25)
    recent.put("large", "x" * 26)
    assert recent.get("small") is not None
    assert recent.get("large") is None


def test_a_new_value_takes_the_place_of_the_old() -> None:
    recent: Recent[str, str] = Recent(lifetime_s=10, most=100, size=len)
    recent.put("a", "x" * 20)
    recent.put("a", "y" * 10)
    assert recent.get("a") == "y" * 10
    assert len(recent) == 1


@settings(deadline=None)
@given(st.lists(st.tuples(st.integers(0, 9), st.integers(1, 40)), max_size=60))
def test_the_sizes_together_never_pass_the_limit(puts: list[tuple[int, int]]) -> None:
    recent: Recent[int, str] = Recent(lifetime_s=10, most=100, size=len)
    for key, size in puts:
        recent.put(key, "x" * size)
        kept = [recent.get(key) or "" for key in range(10)]
        assert sum(map(len, kept)) <= 100
