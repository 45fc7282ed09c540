"""Kept conversations: by which names, how many, how long."""

from __future__ import annotations

import pytest

from hydrophone.errors import NotFound
from hydrophone.perplexity.answering.kept import KeptConversations
from hydrophone.perplexity.wire.thread import Thread


class Clock:
    now = 0.0

    def __call__(self) -> float:
        return self.now


def filled(
    kept: KeptConversations, *names: str, owner: str = "me", account: str = "account"
) -> None:
    for name in names:
        one = kept.begin(name, owner, account, "best")
        kept.use(one, Thread(backend_uuid=f"uuid-{name}", slug=f"slug-{name}"), "best")


def test_a_conversation_is_found_by_its_id_and_threads_by_its_caller_alone() -> None:
    kept = KeptConversations()
    filled(kept, "a")
    for name in ("a", "uuid-a", "slug-a"):
        assert kept.find(name, "me", "account") is not None
        assert kept.find(name, "you", "account") is None
        assert kept.find(name, "me", "another account") is None


def test_the_oldest_goes_when_a_caller_has_too_many() -> None:
    kept = KeptConversations(most=2)
    filled(kept, "a", "b", "c")
    filled(kept, "a", owner="you")
    assert [one.id for one in kept.of("me", "account")] == ["c", "b"]
    assert kept.find("uuid-a", "me", "account") is None
    assert kept.counts() == (3, 2, 6)


def test_a_conversation_goes_when_nobody_has_used_it() -> None:
    clock = Clock()
    kept = KeptConversations(timeout_s=10, clock=clock)
    filled(kept, "a", "b")
    clock.now = 8
    one = kept.find("a", "me", "account")
    assert one is not None
    kept.use(one, one.thread, "best")
    clock.now = 12
    assert [one.id for one in kept.of("me", "account")] == ["a"]


def test_forgetting_is_for_the_caller() -> None:
    kept = KeptConversations()
    filled(kept, "a")
    with pytest.raises(NotFound):
        kept.forget("a", "you", "account")
    kept.forget("uuid-a", "me", "account")
    assert not kept.of("me", "account")
    with pytest.raises(NotFound):
        kept.forget("a", "me", "account")


def test_accounts_behind_one_caller_have_each_their_own() -> None:
    kept = KeptConversations(most=2)
    filled(kept, "a", "b")
    filled(kept, "a", "c", account="another")
    assert [one.id for one in kept.of("me", "account")] == ["b", "a"]
    assert [one.id for one in kept.of("me", "another")] == ["c", "a"]
    assert kept.counts() == (4, 2, 8)
    with pytest.raises(NotFound):
        kept.forget("b", "me", "another")
    kept.forget("a", "me", "another")
    assert kept.find("a", "me", "account") is not None
    assert kept.find("a", "me", "another") is None


async def test_one_that_answers_goes_neither_by_age_nor_by_number() -> None:
    clock = Clock()
    kept = KeptConversations(timeout_s=10, most=1, clock=clock)
    filled(kept, "a")
    one = kept.find("a", "me", "account")
    assert one is not None
    async with kept.turn(one):
        clock.now = 20
        filled(kept, "b")
        assert kept.find("a", "me", "account") is one
        kept.use(one, one.thread, "best")
    assert [one.id for one in kept.of("me", "account")] == ["a"]


async def test_one_without_an_answer_is_not_shown_and_goes_with_its_last_question() -> None:
    kept = KeptConversations()
    one = kept.begin("a", "me", "account", "best")
    async with kept.turn(one):
        assert kept.find("a", "me", "account") is one
        assert not kept.of("me", "account")
        assert kept.counts() == (0, 0, 0)
    assert kept.find("a", "me", "account") is None
