"""Who asks and under what. Never recorded, so a recording holds no secret."""

from __future__ import annotations

import asyncio
import random
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import Any, Literal

from hydrophone.types.usage import Meter

Clock = Callable[[], float]
IdGenerator = Callable[[], str]


class Secret:
    """A value that never prints itself. `reveal` is the only way to read it."""

    __slots__ = ("_value",)

    def __init__(self, value: str) -> None:
        self._value = value

    def reveal(self) -> str:
        """The value, for the one call that needs it."""
        return self._value

    def __repr__(self) -> str:
        return "Secret(…)"

    __str__ = __repr__

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Secret) and self._value == other._value

    def __hash__(self) -> int:
        return hash(self._value)

    def __bool__(self) -> bool:
        return bool(self._value)

    def __reduce__(self) -> str:
        raise TypeError("a secret cannot be pickled")


@dataclass(frozen=True, slots=True)
class Principal:
    """Who asks: the loopback caller of an open server, or the holder of a key."""

    kind: Literal["local", "key", "session"]
    id: str
    name: str = ""


LOCAL = Principal("local", "local", "this machine")


class CancelScope:
    """Lets somebody else stop the work: a cancel request, a closing server.

    For one event loop: all calls are made in it.
    """

    __slots__ = ("_cancelled", "_tasks")

    def __init__(self) -> None:
        self._cancelled = False
        self._tasks: set[asyncio.Task[Any]] = set()

    @property
    def cancelled(self) -> bool:
        """Whether the work has been told to stop."""
        return self._cancelled

    def cancel(self) -> None:
        """Tell the work to stop; it ends with `Failed(code="cancelled")`."""
        self._cancelled = True
        for task in self._tasks:
            self._cancel_soon(task)

    def watch(self, task: asyncio.Task[Any]) -> None:
        """Cancel this task with the scope; soon, when that has been cancelled already."""
        self._tasks.add(task)
        if self._cancelled:
            self._cancel_soon(task)

    def forget(self, task: asyncio.Task[Any]) -> None:
        """What the scope covers in the task is done; it must have been watched."""
        self._tasks.remove(task)

    def _cancel_soon(self, task: asyncio.Task[Any]) -> None:
        # Not at once: a task that has not begun would end without a word.
        asyncio.get_running_loop().call_soon(self._cancel, task)

    def _cancel(self, task: asyncio.Task[Any]) -> None:
        if task in self._tasks:  # still: it may go on with what is none of this scope's business
            task.cancel()


_VERSION_7 = 7 << 76 | 2 << 62
_RANDOM = ~(0xF << 76 | 3 << 62)


def new_id() -> str:
    """A UUID of version 7 (RFC 9562): milliseconds since 1970, then random bits.

    Not a secret: it opens nothing. Ids that count up keep the ledger's index together.
    """
    chance = random.getrandbits(80) & _RANDOM
    text = f"{time.time_ns() // 1_000_000 << 80 | _VERSION_7 | chance:032x}"
    return f"{text[:8]}-{text[8:12]}-{text[12:16]}-{text[16:20]}-{text[20:]}"


@dataclass(frozen=True, slots=True)
class RequestContext:
    """Who asks and under what. `clock` gives seconds since 1970 in UTC.

    `whole`: the door gives out nothing before the answer is whole, so a writer need not stream.
    """

    principal: Principal = LOCAL
    credential: Secret | None = None
    request_id: str = field(default_factory=new_id)
    clock: Clock = time.time
    new_id: IdGenerator = new_id
    meter: Meter = field(default_factory=Meter)
    cancel: CancelScope = field(default_factory=CancelScope)
    door: str = "python"
    whole: bool = False
