"""Clients by their token: how many, for how long."""

from __future__ import annotations

import asyncio

import pytest

from hydrophone.perplexity.answering.pool import ClientPool, PoolFull
from hydrophone.perplexity.client.perplexity import AsyncPerplexity
from hydrophone.types import Secret


class Client(AsyncPerplexity):
    closed = False

    async def close(self) -> None:
        await super().close()
        self.closed = True


def made(token: Secret) -> Client:
    return Client(token.reveal())


async def test_one_token_has_one_client_which_several_use_at_once() -> None:
    pool = ClientPool(made)
    async with pool.lease(Secret("one")) as first, pool.lease(Secret("one")) as second:
        assert first.client is second.client
    assert len(pool) == 1
    await pool.close()
    assert getattr(first.client, "closed", False)


async def test_the_one_that_is_idle_longest_makes_room_and_none_that_is_in_use() -> None:
    pool = ClientPool(made, most=2)
    async with pool.lease(Secret("one")) as one:
        async with pool.lease(Secret("two")) as two:
            with pytest.raises(PoolFull):
                async with pool.lease(Secret("three")):
                    pass
        async with pool.lease(Secret("three")):
            pass
        await asyncio.sleep(0)
        assert len(pool) == 2
        assert not getattr(one.client, "closed", True)
    await pool.close()
    assert getattr(two.client, "closed", False)


async def test_an_idle_client_is_closed_after_a_while() -> None:
    pool = ClientPool(made, idle_s=0)
    async with pool.lease(Secret("one")) as one:
        await asyncio.sleep(0.01)
        assert not getattr(one.client, "closed", True)
    await asyncio.sleep(0.01)
    assert not len(pool)
    await pool.close()
    assert getattr(one.client, "closed", False)


async def test_a_token_is_in_no_name_of_the_pool() -> None:
    pool = ClientPool(made)
    async with pool.lease(Secret("header..secret.cipher.tag")) as leased:
        assert "secret" not in repr(vars(pool)) + leased.account
    await pool.close()
