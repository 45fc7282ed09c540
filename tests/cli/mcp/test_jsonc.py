"""Other programs' files are changed in one place and nowhere else."""

from __future__ import annotations

import json

import pytest
from hypothesis import given
from hypothesis import strategies as st

from hydrophone.cli.mcp import jsonc
from hydrophone.errors import InvalidRequest

ENTRY = {"command": "/opt/hydrophone", "args": ["mcp"]}
COMMENTED = """// my settings, "mcpServers": not here
{
\t"theme": "dark", /* a { brace */
\t"url": "https://x.example//y", // the end
\t"servers": {
\t\t// the first
\t\t"one": {"command": "a, }"},  // stays with one
\t},
}
"""

keys = st.text(max_size=8)
values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=10),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(keys, inner, max_size=3),
    max_leaves=8,
)
servers = st.dictionaries(keys, st.dictionaries(keys, values, max_size=2), max_size=3)
files = st.dictionaries(keys.filter(lambda key: key != "servers"), values, max_size=3)


def test_comments_layout_and_commas_stay() -> None:
    changed = jsonc.put(COMMENTED, "servers", "hydrophone", ENTRY)
    entry = '    "hydrophone": {\n      "command": "/opt/hydrophone",'
    assert changed.startswith(COMMENTED[: COMMENTED.index("\n\t},")] + "\n" + entry)
    assert changed.endswith("\n\t},\n}\n")
    assert jsonc.remove(changed, "servers", "hydrophone").replace(",", "") == COMMENTED.replace(
        ",", ""
    )


def test_an_entry_is_replaced_where_it_stands() -> None:
    text = '{"servers": {"a": 1, "hydrophone": {"old": [1, 2]}, "b": 2} /* x */ }'
    changed = jsonc.put(text, "servers", "hydrophone", {"new": 3})
    assert changed == text.replace('{"old": [1, 2]}', json.dumps({"new": 3}, indent=2)).replace(
        '{\n  "new": 3\n}', '{\n      "new": 3\n    }'
    )


def test_line_ends_are_those_of_the_file() -> None:
    text = '{\r\n  "servers": {\r\n    "a": 1\r\n  }\r\n}\r\n'
    changed = jsonc.put(text, "servers", "hydrophone", ENTRY)
    assert changed.count("\n") == changed.count("\r\n")


@pytest.mark.parametrize("text", ["{}", "{ // nothing yet\n}", '\ufeff{"servers": {}}', "{\n}\n"])
def test_an_empty_file_gets_the_section(text: str) -> None:
    changed = jsonc.put(text, "servers", "hydrophone", ENTRY)
    assert jsonc.parse(changed) == {"servers": {"hydrophone": ENTRY}}
    assert all(comment in changed for comment in ("// nothing yet",) if comment in text)


@pytest.mark.parametrize(
    "text",
    [
        *("", "[]", "1", "{", '{"a"}', '{"a": }', '{"a": 1} x', '{"servers": []}', "{'a': 1}"),
        *("[" * 100_000, '{"a": ' * 50_000),
    ],
    ids=range(11),
)
def test_what_cannot_be_read_is_refused(text: str) -> None:
    with pytest.raises(InvalidRequest):
        jsonc.put(text, "servers", "hydrophone", ENTRY)


@given(files, servers, st.booleans(), st.sampled_from([None, 0, 2]))
def test_whatever_the_file_holds_only_the_entry_comes_and_goes(
    file: dict[str, object], others: dict[str, object], has_section: bool, indent: int | None
) -> None:
    others.pop("hydrophone", None)
    whole = file | ({"servers": others} if has_section else {})
    text = json.dumps(whole, indent=indent)
    changed = jsonc.put(text, "servers", "hydrophone", ENTRY)
    kept = others if has_section else {}
    assert json.loads(changed) == file | {"servers": kept | {"hydrophone": ENTRY}}
    assert json.loads(jsonc.remove(changed, "servers", "hydrophone")) == file | {"servers": kept}
