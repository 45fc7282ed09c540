"""Conversations that are remembered for a while, and no longer."""

from __future__ import annotations

from hydrophone.api.responses.memory import RecentTurns
from hydrophone.types import Principal, SearchResult, Source, TextPart, Turn

ADA, BOB = Principal("key", "ada"), Principal("key", "bob")
SOURCE = Source(1, SearchResult("https://a.example/", "A", "Whales sing."))


def said(text: str) -> tuple[Turn, ...]:
    return (
        Turn("user", (TextPart(text),)),
        Turn("assistant", (TextPart("Yes. [1]"),), sources=(SOURCE,)),
    )


def test_turns_come_back_as_they_were_to_their_caller_alone() -> None:
    recent = RecentTurns()
    recent.put("k", ADA, said("Do whales sing?"))
    assert recent.get("k", ADA) == said("Do whales sing?")
    assert recent.get("k", BOB) is None
    assert recent.get("other", ADA) is None


def test_what_is_an_hour_old_is_forgotten() -> None:
    now = 100.0
    recent = RecentTurns(keep_s=3600, clock=lambda: now)
    recent.put("old", ADA, said("one"))
    now += 1800
    recent.put("new", ADA, said("two"))
    now += 1801
    assert recent.get("old", ADA) is None
    assert recent.get("new", ADA) == said("two")
    now += 1800
    assert recent.get("new", ADA) is None


def test_the_oldest_are_forgotten_when_there_is_no_room() -> None:
    recent = RecentTurns(most_bytes=5_000)
    for number in range(20):
        recent.put(f"k{number}", ADA, said("x" * 1_000))
    kept = [number for number in range(20) if recent.get(f"k{number}", ADA)]
    assert 0 < len(kept) < 5
    assert kept == list(range(20 - len(kept), 20))


def test_what_is_too_large_is_not_remembered_and_pushes_nothing_out() -> None:
    recent = RecentTurns(most_bytes=5_000)
    recent.put("small", ADA, said("x"))
    recent.put("large", ADA, said("x" * 10_000))
    assert recent.get("large", ADA) is None
    assert recent.get("small", ADA) == said("x")


def test_a_key_that_is_used_again_counts_once() -> None:
    recent = RecentTurns(most_bytes=3_000)
    for _ in range(50):
        recent.put("k", ADA, said("x" * 1_000))
    recent.put("other", ADA, said("y"))
    assert recent.get("k", ADA) is not None
    assert recent.get("other", ADA) is not None


def test_what_is_deleted_makes_room() -> None:
    recent = RecentTurns(most_bytes=2_500)
    recent.put("a", ADA, said("x" * 1_000))
    assert recent.forget("a", ADA)
    assert not recent.forget("a", ADA)
    recent.put("b", ADA, said("y" * 1_000))
    assert recent.get("a", ADA) is None
    assert recent.get("b", ADA) is not None
