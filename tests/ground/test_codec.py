"""The codec: what goes in comes out, and nothing else is taken for an event."""

from __future__ import annotations

import collections.abc
import contextlib
import dataclasses
import types
import typing
from datetime import UTC, date, datetime, timedelta, timezone
from typing import Any, Literal

import orjson
import pytest
from hypothesis import given
from hypothesis import strategies as st

from hydrophone.codec import (
    VERSION,
    CodecError,
    decode,
    decode_value,
    encode,
    encode_value,
    event_name,
)
from hydrophone.ports import KeptPage, SearchOutcome
from hydrophone.types import (
    Citation,
    Document,
    Event,
    Failed,
    Filter,
    Finished,
    JsonFormat,
    MediaPart,
    OutputOptions,
    Question,
    RegexFormat,
    Related,
    SearchOptions,
    SearchResult,
    Source,
    Sources,
    SourceSpan,
    Text,
    TextPart,
    Turn,
    Usage,
    ask,
)

EVENT_CLASSES = typing.get_args(Event)
INTEGERS = st.integers(-(2**63), 2**63 - 1)
JSON = st.recursive(
    st.none() | st.booleans() | INTEGERS | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=5,
)
ZONES = st.none() | st.integers(-720, 840).map(lambda minutes: timezone(timedelta(minutes=minutes)))


def values_of(annotation: Any) -> st.SearchStrategy[Any]:
    """Any value of the annotated type; a dataclass gets each of its fields, optional or not."""
    if dataclasses.is_dataclass(annotation):
        hints = typing.get_type_hints(annotation)
        return st.builds(annotation, **{name: values_of(hint) for name, hint in hints.items()})
    origin, arguments = typing.get_origin(annotation), typing.get_args(annotation)
    if origin is collections.abc.Mapping:
        return st.dictionaries(st.text(), JSON, max_size=3)
    if origin is Literal:
        return st.sampled_from(arguments)
    if origin is tuple:
        return st.lists(values_of(arguments[0]), max_size=3).map(tuple)
    if origin in (typing.Union, types.UnionType):
        return st.one_of([values_of(argument) for argument in arguments])
    return {
        str: st.text(),
        int: INTEGERS,
        bool: st.booleans(),
        bytes: st.binary(),
        date: st.dates(),
        float: st.floats(allow_nan=False, allow_infinity=False),
        datetime: st.datetimes(timezones=ZONES),
        types.NoneType: st.none(),
    }[annotation]


@pytest.mark.parametrize("cls", EVENT_CLASSES, ids=lambda cls: cls.__name__)
def test_every_event_comes_back_as_it_was(cls: type) -> None:
    @given(values_of(cls))
    def check(event: Event) -> None:
        line = encode(event)
        assert decode(line) == event
        assert decode(line.decode()) == event
        assert b"\n" not in line

    check()


def test_a_whole_event_is_written_as_documented() -> None:
    assert encode(Text("ä\n")) == '{"v":1,"type":"text","delta":"ä\\n"}'.encode()
    assert orjson.loads(encode(Finished("stop", Usage(1, 2)))) == {
        "v": VERSION,
        "type": "finished",
        "reason": "stop",
        "usage": dataclasses.asdict(Usage(1, 2)),
        "model": None,
        "charged": None,
        "conversation": None,
    }


def test_names_are_snake_case_and_differ() -> None:
    names = {cls.__name__: orjson.loads(encode(_any(cls)))["type"] for cls in EVENT_CLASSES}
    assert names["StepResult"] == "step_result"
    assert names["ToolCallDelta"] == "tool_call_delta"
    assert len(set(names.values())) == len(EVENT_CLASSES)
    assert all(event_name(_any(cls)) == names[cls.__name__] for cls in EVENT_CLASSES)


def test_times_keep_their_moment_and_their_zone() -> None:
    moment = datetime(2026, 11, 22, 3, 4, 5, 678901, tzinfo=UTC)
    result = SearchResult("https://a.example", "A", "", published=moment)
    read = decode(encode(Sources((Source(1, result),))))
    assert isinstance(read, Sources)
    assert read.items[0].result.published == moment


def test_fields_that_are_not_known_are_ignored_at_every_depth() -> None:
    body = orjson.loads(encode(Finished("stop", Usage(1, 2))))
    body["future"] = {"deep": [1]}
    body["usage"]["future_tokens"] = 3
    assert decode(orjson.dumps(body)) == Finished("stop", Usage(1, 2))


def test_absent_fields_take_their_defaults() -> None:
    assert decode('{"v":1,"type":"sources"}') == Sources()
    failed = decode(
        '{"v":1,"type":"failed","code":"c","message":"m","status":500,"retryable":true,"usage":{}}'
    )
    assert failed == Failed("c", "m", 500, True, Usage())


CITATION = Citation(1, "p", None, SourceSpan("v", 0, 1), "q", "exact")


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"null",
        b"[]",
        b"3",
        b'"text"',
        b"{}",
        b"{",
        b"\xff",
        b'{"type":"text","delta":"a"}',
        b'{"v":2,"type":"text","delta":"a"}',
        b'{"v":"1","type":"text","delta":"a"}',
        b'{"v":1,"delta":"a"}',
        b'{"v":1,"type":"Text","delta":"a"}',
        b'{"v":1,"type":"nothing"}',
        b'{"v":1,"type":["text"],"delta":"a"}',
        b'{"v":1,"type":"text"}',
        b'{"v":1,"type":"text","delta":1}',
        b'{"v":1,"type":"text","delta":null}',
        b'{"v":1,"type":"sources","complete":1}',
        b'{"v":1,"type":"sources","items":3}',
        b'{"v":1,"type":"sources","items":[3]}',
        b'{"v":1,"type":"finished","reason":"tired","usage":{}}',
        b'{"v":1,"type":"finished","reason":"stop"}',
        b'{"v":1,"type":"finished","reason":"stop","usage":3}',
        b'{"v":1,"type":"finished","reason":"stop","usage":{"prompt_tokens":1.5}}',
        b'{"v":1,"type":"finished","reason":"stop","usage":{"prompt_tokens":true}}',
        encode(CITATION).replace(b'"exact"', b'"certain"'),
        encode(CITATION).replace(b'"answer_span":null', b'"answer_span":{"start":1}'),
        encode(CITATION).replace(b'"score":null', b'"score":[]'),
        encode(
            Sources((Source(1, SearchResult("u", "t", "s", published=datetime(2026, 1, 1))),))
        ).replace(b"2026-01-01", b"yesterday"),
        encode(Text("a"))[:-1],
        encode(Text("a")) * 2,
    ],
)
def test_anything_else_is_refused(line: bytes) -> None:
    with pytest.raises(CodecError):
        decode(line)


@pytest.mark.parametrize(
    "line",
    [
        b'{"v":1,"type":"related","questions":"abc"}',
        b'{"v":1,"type":"related","questions":{"a":1}}',
        b'{"v":1,"type":"finished","reason":"stop","usage":[]}',
        b'{"v":1,"type":"finished","reason":"stop","usage":"x"}',
    ],
)
def test_text_is_not_taken_for_a_list_nor_a_list_for_an_object(line: bytes) -> None:
    with pytest.raises(CodecError):
        decode(line)


def test_a_list_of_one_text_is_a_list() -> None:
    assert decode(b'{"v":1,"type":"related","questions":["abc"]}') == Related(("abc",))


@given(st.binary(max_size=60))
def test_noise_is_refused_and_nothing_else_is_raised(noise: bytes) -> None:
    with pytest.raises(CodecError):
        decode(noise)


@given(st.data())
def test_a_line_with_any_one_value_replaced_is_an_event_or_is_refused(data: st.DataObject) -> None:
    event = data.draw(st.one_of([values_of(cls) for cls in EVENT_CLASSES]))
    body = orjson.loads(encode(event))
    name = data.draw(st.sampled_from(sorted(body)))
    body[name] = data.draw(st.none() | st.booleans() | INTEGERS | st.text() | st.just([]))
    with contextlib.suppress(CodecError):
        assert isinstance(decode(orjson.dumps(body)), EVENT_CLASSES)


def _any(cls: type) -> Event:
    """Some event of the class: texts are empty, numbers zero, what may be absent is."""
    required = {
        field.name: typing.get_type_hints(cls)[field.name]
        for field in dataclasses.fields(cls)
        if field.default is dataclasses.MISSING
    }
    return typing.cast(Event, cls(**{name: _empty(hint) for name, hint in required.items()}))


def _empty(annotation: Any) -> Any:
    if typing.get_origin(annotation) is Literal:
        return typing.get_args(annotation)[0]
    if typing.get_origin(annotation) in (types.UnionType, typing.Union):
        return None
    return SourceSpan("v", 0, 0) if annotation is SourceSpan else annotation()


def test_every_question_comes_back_as_it_was() -> None:
    @given(values_of(Question))
    def check(question: Question) -> None:
        line = encode_value(question)
        assert decode_value(Question, line) == question
        assert b"\n" not in line

    check()


@pytest.mark.parametrize("cls", [Document, SearchOutcome, KeptPage, Source])
def test_other_values_of_the_ground_come_back_as_they_were(cls: type) -> None:
    @given(values_of(cls))
    def check(value: object) -> None:
        assert decode_value(cls, encode_value(value)) == value

    check()


def test_a_schema_of_any_mapping_comes_back_as_its_json() -> None:
    schema = types.MappingProxyType({"type": "object", "items": [1, None, {"a": True}]})
    asked = dataclasses.replace(
        ask("q"), output=OutputOptions(format=JsonFormat(schema=schema, name="n"))
    )
    kept = decode_value(Question, encode_value(asked)).output.format
    assert isinstance(kept, JsonFormat)
    assert kept.schema == dict(schema)


def test_formats_parts_and_days_are_told_apart() -> None:
    after = date(2026, 1, 2)
    before = datetime(2026, 1, 3, 4, 5, tzinfo=UTC)
    found = SearchOptions(filter=Filter(published_after=after, published_before=before))
    parts = (TextPart("t"), MediaPart("image", data=b"\x00\xff"))
    asked = Question(
        (Turn("user", parts),), "m", search=found, output=OutputOptions(format=RegexFormat("a+"))
    )
    assert decode_value(Question, encode_value(asked)) == asked


@pytest.mark.parametrize("text", ["\ud800", "a\udfffb"])
def test_what_is_no_unicode_is_refused_with_a_reason(text: str) -> None:
    with pytest.raises(CodecError, match="cannot be written"):
        encode_value(ask(text))


@pytest.mark.parametrize(
    "line",
    [
        b"",
        b"[]",
        b"{}",
        encode(Text("a")),
        encode_value(ask("q")).replace(b'"v":1', b'"v":2'),
        encode_value(ask("q")).replace(b'"turns":[', b'"turns":[3,'),
        encode_value(Question((Turn("user", (MediaPart("file", data=b"ab"),)),), "m")).replace(
            b'"YWI="', b'"%%%%"'
        ),
    ],
)
def test_what_is_no_question_is_refused(line: bytes) -> None:
    with pytest.raises(CodecError):
        decode_value(Question, line)
