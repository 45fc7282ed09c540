"""The versioned JSON form of events: one object an event, `{"v":1,"type":"text","delta":"…"}`.

Resume, background jobs, replay and the page stand on it. Values are written as orjson writes
dataclasses (datetimes in RFC 3339); reading follows the dataclasses' own annotations, so a new
field needs no code here. Fields that a reader does not know are ignored, absent ones take their
defaults: that is the compatibility within a version.
"""

from __future__ import annotations

import dataclasses
import re
import types
import typing
from collections.abc import Callable
from datetime import date, datetime
from functools import cache
from typing import Any, Literal, Union

import orjson

from hydrophone.errors import InternalError
from hydrophone.types import Event

VERSION = 1

_EVENT_CLASSES: tuple[type, ...] = typing.get_args(Event)
_NAME_BY_CLASS = {
    cls: re.sub(r"(?<!^)([A-Z])", r"_\1", cls.__name__).lower() for cls in _EVENT_CLASSES
}
_CLASS_BY_NAME = {name: cls for cls, name in _NAME_BY_CLASS.items()}


class CodecError(InternalError):
    """The bytes are not an event that this version can read."""


def event_name(event: Event) -> str:
    """The event's name on the wire: its class's, in snake case."""
    return _NAME_BY_CLASS[type(event)]


def encode(event: Event) -> bytes:
    """The event as one line of JSON in UTF-8."""
    body = {f.name: getattr(event, f.name) for f in dataclasses.fields(event)}
    return orjson.dumps({"v": VERSION, "type": _NAME_BY_CLASS[type(event)], **body})


def decode(line: bytes | str) -> Event:
    """The event that `encode` wrote. Raises CodecError on anything else."""
    try:
        body = orjson.loads(line)
        if body["v"] != VERSION:
            raise CodecError(f"event of version {body['v']!r}; this is version {VERSION}")
        cls = _CLASS_BY_NAME[body["type"]]
        return typing.cast(Event, _reader(cls)(body))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise CodecError(f"not an event: {error!r}") from error


@cache
def _reader(annotation: Any) -> Callable[[Any], Any]:
    """A function that turns parsed JSON into a value of the annotated type."""
    origin = typing.get_origin(annotation)
    if dataclasses.is_dataclass(annotation) and isinstance(annotation, type):
        return _dataclass_reader(annotation)
    if origin is Literal:
        return _literal_reader(typing.get_args(annotation))
    if origin is tuple:
        read_item = _reader(typing.get_args(annotation)[0])
        read_list = _plain_reader(list)
        return lambda value: tuple(read_item(item) for item in read_list(value))
    if origin in (Union, types.UnionType):
        return _optional_reader(typing.get_args(annotation))
    if annotation in (datetime, date):
        return typing.cast(Callable[[Any], Any], annotation.fromisoformat)
    if annotation is float:
        return float
    if annotation in (str, int, bool):
        return _plain_reader(annotation)
    raise TypeError(f"the codec has no reader for {annotation!r}")


def _dataclass_reader(cls: type) -> Callable[[Any], Any]:
    hints = typing.get_type_hints(cls)
    readers: dict[str, Callable[[Any], Any]] = {}

    def read(value: Any) -> Any:
        if type(value) is not dict:
            raise ValueError(f"{value!r} is no object")
        if not readers:
            names = [f.name for f in dataclasses.fields(cls)]
            readers.update({name: _reader(hints[name]) for name in names})
        known = {name: readers[name](value[name]) for name in readers if name in value}
        return cls(**known)

    return read


def _literal_reader(allowed: tuple[Any, ...]) -> Callable[[Any], Any]:
    def read(value: Any) -> Any:
        if value not in allowed:
            raise ValueError(f"{value!r} is none of {allowed}")
        return value

    return read


def _optional_reader(members: tuple[Any, ...]) -> Callable[[Any], Any]:
    others = [member for member in members if member is not type(None)]
    if len(others) != 1:
        raise TypeError(f"the codec reads no unions but optional ones: {members!r}")
    read_some = _reader(others[0])
    return lambda value: None if value is None else read_some(value)


def _plain_reader(kind: type) -> Callable[[Any], Any]:
    def read(value: Any) -> Any:
        if type(value) is not kind:
            raise ValueError(f"{value!r} is no {kind.__name__}")
        return value

    return read
