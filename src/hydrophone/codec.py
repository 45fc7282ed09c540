"""The versioned JSON form of events: one object an event, `{"v":1,"type":"text","delta":"…"}`.

Resume, background jobs, replay and the page stand on it. Values are written as orjson writes
dataclasses (datetimes in RFC 3339, bytes in base64); reading follows the dataclasses' own
annotations, so a new field needs no code here. Fields that a reader does not know are ignored,
absent ones take their defaults: that is the compatibility within a version.

Other values of the ground, such as a `Question`, have the same form by `encode_value`.
"""

from __future__ import annotations

import base64
import dataclasses
import re
import types
import typing
from collections.abc import Callable, Mapping
from datetime import date, datetime
from functools import cache
from typing import Any, Literal, TypeVar, Union

import orjson

from hydrophone.errors import InternalError
from hydrophone.types import Event, JsonValue

VERSION = 1
Value = TypeVar("Value")

_EVENT_CLASSES: tuple[type, ...] = typing.get_args(Event)


def _name(cls: type) -> str:
    return re.sub(r"(?<!^)([A-Z])", r"_\1", cls.__name__).lower()


_NAME_BY_CLASS = {cls: _name(cls) for cls in _EVENT_CLASSES}
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


def encode_value(value: object) -> bytes:
    """Any dataclass of the ground as one line of JSON in UTF-8.

    Raises CodecError for text that is no Unicode and for numbers that JSON's readers do not hold.
    """
    assert dataclasses.is_dataclass(value)
    assert not isinstance(value, type)
    body = {f.name: getattr(value, f.name) for f in dataclasses.fields(value)}
    try:
        return orjson.dumps({"v": VERSION, "type": _name(type(value)), **body}, default=_as_json)
    except orjson.JSONEncodeError as error:
        raise CodecError(f"{type(value).__name__} cannot be written as JSON: {error}") from error


def decode_value(cls: type[Value], line: bytes | str) -> Value:
    """The value of this class that `encode_value` wrote. Raises CodecError on anything else."""
    try:
        body = orjson.loads(line)
        if (body["v"], body["type"]) != (VERSION, _name(cls)):
            raise CodecError(f"{body['type']!r} of version {body['v']!r} is no {_name(cls)}")
        return typing.cast(Value, _reader(typing.cast(Any, cls))(body))
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise CodecError(f"not a {_name(cls)}: {error!r}") from error


def _as_json(value: object) -> JsonValue:
    if isinstance(value, bytes):
        return base64.b64encode(value).decode()
    if isinstance(value, Mapping):
        return dict(value)
    raise TypeError(f"{type(value).__name__} is no JSON")


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
        return _union_reader(typing.get_args(annotation))
    if origin is Mapping:
        return _plain_reader(dict)
    if annotation is bytes:
        return lambda value: base64.b64decode(value, validate=True)
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


def _union_reader(members: tuple[Any, ...]) -> Callable[[Any], Any]:
    """What may be absent, a day or a moment, or one of several dataclasses."""
    others = tuple(member for member in members if member is not type(None))
    if len(others) == 1:
        read_some = _reader(others[0])
    elif set(others) == {date, datetime}:
        read_some = _read_day_or_moment
    elif all(dataclasses.is_dataclass(member) for member in others):
        read_some = _dataclasses_reader(others)
    else:
        raise TypeError(f"the codec reads no such unions: {members!r}")
    if len(others) == len(members):
        return read_some
    return lambda value: None if value is None else read_some(value)


def _read_day_or_moment(value: Any) -> date:
    return datetime.fromisoformat(value) if "T" in value else date.fromisoformat(value)


def _dataclasses_reader(classes: tuple[Any, ...]) -> Callable[[Any], Any]:
    """All fields are written, so the class is the one that knows most of the names."""
    names = {cls: {f.name for f in dataclasses.fields(cls)} for cls in classes}
    return lambda value: _reader(max(names, key=lambda cls: len(names[cls] & value.keys())))(value)


def _plain_reader(kind: type) -> Callable[[Any], Any]:
    def read(value: Any) -> Any:
        if type(value) is not kind:
            raise ValueError(f"{value!r} is no {kind.__name__}")
        return value

    return read
