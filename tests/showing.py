"""All that a program could print of an error or an object, to look for secrets in it."""

from __future__ import annotations

import traceback
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType

from rich.pretty import pretty_repr

_TESTS = str(Path(__file__).resolve().parent)
_AROUND_CHARS = 80


def shown(error: BaseException, *, in_hand: bool = True) -> Iterator[str]:
    """The error and those behind it: words, attributes, and the way, with all that stood in the
    variables on it when that is to be looked at, too."""
    for one in _chain(error):
        yield from (str(one), repr(one), repr(getattr(one, "__dict__", "")))
        way = traceback.TracebackException.from_exception(one, capture_locals=False)
        yield "".join(way.format())
        if in_hand:
            yield from _locals(one.__traceback__)


def seen_of(thing: object) -> Iterator[str]:
    """An object as it is printed, plainly and by rich, and what it has."""
    yield repr(thing)
    yield pretty_repr(thing)
    parts = getattr(thing, "__dict__", None)
    if parts is not None:
        yield pretty_repr(parts)


def leaks(texts: Iterable[str], secrets: Iterable[str]) -> list[str]:
    """Where secrets came to light, for a failure's message."""
    wanted = tuple(secrets)
    return [
        f"{secret}: …{text[max(0, at - _AROUND_CHARS) : at + _AROUND_CHARS]}…"
        for text in texts
        for secret in wanted
        if (at := text.find(secret)) >= 0
    ]


def leaks_in_files(folder: Path, secrets: Iterable[str], *, but: Iterable[str] = ()) -> list[str]:
    """The files below a folder that have a secret in them, but for those that are there for it."""
    wanted, allowed = [secret.encode() for secret in secrets], set(but)
    return [
        f"{path}: {secret!r}"
        for path in sorted(folder.rglob("*"))
        if path.is_file() and path.name not in allowed
        for secret in wanted
        if secret in path.read_bytes()
    ]


def _chain(error: BaseException) -> Iterator[BaseException]:
    """The error, its causes, and what was being dealt with, also where that is not displayed."""
    waiting, known = [error], set[int]()
    while waiting:
        one = waiting.pop()
        if id(one) in known:
            continue
        known.add(id(one))
        yield one
        waiting += [behind for behind in (one.__cause__, one.__context__) if behind is not None]
        waiting += one.exceptions if isinstance(one, BaseExceptionGroup) else ()


def _locals(way: TracebackType | None) -> Iterator[str]:
    """What stood in the variables of each function on the way; the tests' own are not looked at."""
    for frame, _ in traceback.walk_tb(way):
        if not frame.f_code.co_filename.startswith(_TESTS):
            name = f"{frame.f_code.co_filename}:{frame.f_code.co_name} "
            yield name + pretty_repr(frame.f_locals)
            yield name + repr(frame.f_locals)
