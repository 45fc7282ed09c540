"""Markers in three modes; code and indices are left alone, and pieces give what the whole gives."""

from __future__ import annotations

import itertools

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from hydrophone.perplexity.citations import Citations, Mode, formatted, renumbered

URLS = ["https://one.example/", "https://two.example/"]
TEXT = """Hello world [1]. Both[1][2] agree, [2] too.

```python
x = arr[1] + y[2]
```

An index `y[1]` and ``a ` b[2]`` stay; so do arr[0], y[12], [1](https://x.example/) and [note].
"""
CLEAN = """Hello world. Both agree, too.

```python
x = arr[1] + y[2]
```

An index `y[1]` and ``a ` b[2]`` stay; so do arr[0], y[12], [1](https://x.example/) and [note].
"""


def test_clean_takes_markers_out_with_their_blank() -> None:
    assert formatted(TEXT, "clean", URLS) == CLEAN


def test_default_leaves_the_text_as_it_is() -> None:
    assert formatted(TEXT, "default", URLS) == TEXT


def test_markdown_makes_links_of_markers_that_have_a_source() -> None:
    text = "Both[1][2] and [3], `y[1]`."
    linked = "Both[1](https://one.example/)[2](https://two.example/) and [3], `y[1]`."
    assert formatted(text, "markdown", URLS) == linked


def test_a_long_list_of_sources_has_numbers_of_three_digits() -> None:
    urls = [f"https://{n}.example/" for n in range(1, 121)]
    text = "Seen [100][7], y[121], [1000] and [0]."
    assert formatted(text, "clean", urls) == "Seen, y[121], [1000] and [0]."
    linked = "Seen [100](https://100.example/)[7](https://7.example/), y[121], [1000] and [0]."
    assert formatted(text, "markdown", urls) == linked


def test_a_source_without_an_address_is_no_link() -> None:
    assert formatted("Of a file [1][2].", "markdown", [None, "https://b.example/"]) == (
        "Of a file [1][2](https://b.example/)."
    )


def test_without_sources_only_what_stands_alone_is_a_marker() -> None:
    assert formatted("True [1]. arr[1] is.", "clean", []) == "True. arr[1] is."


def test_a_source_that_comes_later_counts_from_then_on() -> None:
    urls: list[str | None] = []
    citations = Citations("markdown", urls)
    first = citations.feed("One[1] ")
    urls.append(URLS[0])
    assert first + citations.feed("two[1] ") + citations.close() == f"One[1] two[1]({URLS[0]}) "


@pytest.mark.parametrize(
    "text",
    [
        "- item\n\n    ```python\n    a = x[1]\n\n    b = x[2]\n    ```\n",
        "- a\n    - b\n\n\t\t```\n\t\tx[1]\n\n\t\tx[2]\n\t\t```\n",
        "- ```python\n  a = x[1]\n\n  b = x[2]\n  ```\n",
        "12. ~~~\n    x[1]\n\n    x[2]\n    ~~~\n",
        "1) - ```\n     x[1]\n\n     x[2]\n     ```\n",
        "> ```\n> x[1]\n>\n> x[2]\n> ```\n",
        ">- ```\n>  x[1]\n>\n>  x[2]\n>  ```\n",
        "* ```\r\n  x[1]\r\n\r\n  x[2]\r\n  ```\r\n",
        "```md\n> ```\nx[1]\n\n- ```\n    ```\nx[2]\n```  \n",
    ],
)
def test_a_block_of_code_in_a_list_or_a_quote_stands_as_it_is(text: str) -> None:
    assert formatted(f"{text}End [1].", "clean", URLS) == f"{text}End."
    linked = f"{text}End [1]({URLS[0]})."
    assert formatted(f"{text}End [1].", "markdown", URLS) == linked


def test_code_in_a_quote_ends_with_the_quote() -> None:
    text = "> ```\n> x[1]\n\nSaid [1].\n```\nx[2]\n```\nAnd [2]."
    clean = "> ```\n> x[1]\n\nSaid.\n```\nx[2]\n```\nAnd."
    assert formatted(text, "clean", URLS) == clean


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("- One [1]\n* Two `[2]` [2]\n", "- One\n* Two `[2]`\n"),
        ("1. One [1]\n> Two [2]\n2", "1. One\n> Two\n2"),
        ("- ```x[1]``` y [1]\n", "- ```x[1]``` y\n"),
        ("---\n[1] **a [1]**\n-```\n[2]", "---\n **a**\n-```\n"),
    ],
)
def test_lists_and_quotes_without_blocks_of_code_are_text(text: str, clean: str) -> None:
    assert formatted(text, "clean", URLS) == clean


def test_a_marker_before_a_link_is_one() -> None:
    text = "Both [1][2](x) and [1][note]."
    assert formatted(text, "clean", URLS) == "Both [2](x) and [note]."
    linked = f"Both [1]({URLS[0]})[2](x) and [1]({URLS[0]})[note]."
    assert formatted(text, "markdown", URLS) == linked


def test_markers_get_other_numbers_and_those_without_one_go() -> None:
    text = "A file [1]. Both[1][2] say, [3] too: `[2]`, [2](x), [7]."
    shown = "A file. Both[1] say, [2] too: `[2]`, [2](x), [7]."
    assert renumbered(text, {1: None, 2: 1, 3: 2}) == shown


class _Counting(Citations):
    """Counts the characters that stand before each step."""

    def __init__(self) -> None:
        super().__init__("clean", URLS)
        self.looked_at = 0

    def _in_text(self, last: bool) -> tuple[int, str]:
        self.looked_at += len(self._held)
        return super()._in_text(last)

    def _in_fence(self, last: bool) -> tuple[int, str]:
        self.looked_at += len(self._held)
        return super()._in_fence(last)


@pytest.mark.parametrize(
    "line",
    [
        "A line of a report with a marker [1] in it.\n",
        "x x x x x `a[1]` ",
        "a tick ` alone [1]\n",
        "```\nx[1]\n```\n",
        "- - - ",
        "```",
    ],
)
def test_a_text_twice_as_long_costs_twice_as_much(line: str) -> None:
    costs = []
    for count in (1_000, 2_000):
        citations = _Counting()
        citations.feed(line * count)
        citations.close()
        costs.append(citations.looked_at)
    assert costs[1] <= 2.5 * costs[0]


@pytest.mark.parametrize(
    ("text", "clean"),
    [
        ("a tick ` alone [1]\n\nand on [2].", "a tick ` alone\n\nand on."),
        ("~~~\n[1]\n~~~\n[1] end", "~~~\n[1]\n~~~\n end"),
        ("````\n```\n[1]\n````\nx [1]", "````\n```\n[1]\n````\nx"),
        ("```js x[1]``` and y [1]", "```js x[1]``` and y"),
        ("```\nnever closed [1]", "```\nnever closed [1]"),
        ("[1]", ""),
        ("end [", "end ["),
        ("end [1", "end [1"),
        ("ends `code[1]", "ends `code"),
    ],
)
def test_code_of_all_kinds(text: str, clean: str) -> None:
    assert formatted(text, "clean", URLS) == clean


_PARTS = [
    "[1]",
    "[2]",
    "[0]",
    "[12]",
    "[1](x)",
    "(",
    "[1][2][3][",
    " ",
    "`",
    "``",
    "```",
    "~~~",
    "\n",
    "word",
    ".",
    "[",
    "- ",
    "1. ",
    "> ",
    "    ",
    "\t",
    "\n\n",
    "\n> ",
]


@settings(max_examples=600)
@given(
    parts=st.lists(st.sampled_from(_PARTS), max_size=30),
    mode=st.sampled_from(["default", "markdown", "clean"]),
    data=st.data(),
)
def test_pieces_give_what_the_whole_gives(
    parts: list[str], mode: Mode, data: st.DataObject
) -> None:
    text = "".join(parts)
    cuts = sorted(data.draw(st.sets(st.integers(0, len(text)), max_size=10)))
    edges = [0, *cuts, len(text)]
    citations = Citations(mode, URLS)
    pieces = [citations.feed(text[a:b]) for a, b in itertools.pairwise(edges)]
    assert "".join(pieces) + citations.close() == formatted(text, mode, URLS)
