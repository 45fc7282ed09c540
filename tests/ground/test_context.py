"""Secrets, principals, the cancel scope and the context."""

from __future__ import annotations

import asyncio
import copy
import json
import logging
import pickle
import traceback
from collections.abc import Callable
from dataclasses import FrozenInstanceError, asdict

import orjson
import pytest

from hydrophone.ports import Credentials
from hydrophone.types import LOCAL, CancelScope, RequestContext, Secret, new_id

HIDDEN = "geheim-1234"


@pytest.mark.parametrize(
    "show",
    [
        repr,
        str,
        ascii,
        "{}".format,
        "{!r:>40}".format,
        "%s".__mod__,
        lambda secret: f"{secret}",
        lambda secret: f"{[secret]} {(secret,)} { {'key': secret} }",
        lambda secret: repr(RequestContext(credential=secret)),
        lambda secret: repr(Credentials(bearer=secret)),
        lambda secret: str(ValueError(secret)),
        lambda secret: "".join(traceback.format_exception(ValueError("no", secret))),
    ],
)
def test_a_secret_never_prints_itself(show: Callable[[Secret], str]) -> None:
    assert HIDDEN not in show(Secret(HIDDEN))


def test_a_secret_never_gets_into_a_log(caplog: pytest.LogCaptureFixture) -> None:
    with caplog.at_level(logging.DEBUG):
        logging.getLogger("test").warning("%s %r", Secret(HIDDEN), [Secret(HIDDEN)])
    assert HIDDEN not in caplog.text


@pytest.mark.parametrize(
    "carry_off",
    [
        *(lambda s, p=p: pickle.dumps(s, p) for p in range(pickle.HIGHEST_PROTOCOL + 1)),
        lambda s: pickle.dumps(RequestContext(credential=s)),
        lambda s: asdict(Credentials(bearer=s)),
        copy.copy,
        copy.deepcopy,
        json.dumps,
        orjson.dumps,
    ],
)
def test_a_secret_never_pickles_or_serializes(carry_off: Callable[[object], object]) -> None:
    with pytest.raises(TypeError):
        carry_off(Secret(HIDDEN))


def test_a_secret_has_no_attributes_to_look_at() -> None:
    with pytest.raises(TypeError):
        vars(Secret(HIDDEN))


def test_secrets_compare_by_value_and_only_with_secrets() -> None:
    assert Secret("a") == Secret("a")
    assert Secret("a") != Secret("b")
    assert Secret("a") != "a"
    assert len({Secret("a"), Secret("a")}) == 1
    assert not Secret("")
    assert Secret(HIDDEN).reveal() == HIDDEN


async def test_a_cancel_scope_cancels_all_that_it_watches_and_stays_cancelled() -> None:
    scope = CancelScope()
    begun: list[int] = []

    async def work(number: int) -> None:
        begun.append(number)
        await asyncio.sleep(30)

    early, done_before = (asyncio.create_task(work(n)) for n in range(2))
    scope.watch(early)
    scope.watch(done_before)
    scope.forget(done_before)
    await asyncio.sleep(0)
    assert not scope.cancelled
    scope.cancel()
    scope.cancel()
    late = asyncio.create_task(work(2))
    scope.watch(late)
    await asyncio.wait([early, late])
    assert scope.cancelled
    assert early.cancelled()
    assert late.cancelled()
    assert begun == [0, 1, 2], "a task that is watched too late begins all the same"
    assert not done_before.done()
    done_before.cancel()


async def test_each_context_has_its_own_id_meter_and_scope() -> None:
    one, other = RequestContext(), RequestContext()
    assert one.request_id != other.request_id
    assert one.meter is not other.meter
    assert one.cancel is not other.cancel
    assert one.principal == LOCAL


async def test_a_context_cannot_be_changed() -> None:
    with pytest.raises(FrozenInstanceError):
        RequestContext().door = "other"  # type: ignore[misc]


def test_ids_do_not_repeat() -> None:
    assert len({new_id() for _ in range(1000)}) == 1000
