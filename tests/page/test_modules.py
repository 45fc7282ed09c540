"""The modules that draw nothing, called in the browser that they are written for."""

from __future__ import annotations

import json
from typing import Any

from tests.page.browser import Page
from tests.page.house import served

STREAM = (
    ": ping\r\n\r\n"
    'event: text\r\ndata: {"delta":"Ä 🌊"}\r\n\r\n'
    "data: one\ndata:two\n\n"
    "\n\nevent: nothing\n\n"
    "data\r\rid: 7\ndata: last\n\n"
    "data: never ended"
)
EVENTS = [
    {"name": "text", "data": '{"delta":"Ä 🌊"}'},
    {"name": "message", "data": "one\ntwo"},
    {"name": "message", "data": ""},
    {"name": "message", "data": "last"},
]


async def call(page: Page, module: str, body: str, *values: Any) -> Any:
    """Run `body` with the module as `m` and the values as `a`, `b` …"""
    names = "abcdef"[: len(values)]
    arguments = ",".join(json.dumps(value) for value in values)
    function = (
        f"(async ({','.join(names)}) => {{const m = await import('/page/{module}'); {body}}})"
    )
    return await page.value(f"{function}({arguments})")


async def test_stream_is_read_the_same_wherever_it_is_cut(page: Page):
    code = """
        const bytes = new TextEncoder().encode(a);
        const read = async (cuts) => {
          const pieces = [0, ...cuts].map((cut, i) => bytes.slice(cut, cuts[i] ?? bytes.length));
          const body = new ReadableStream({
            start: (wire) => { pieces.forEach((piece) => wire.enqueue(piece)); wire.close(); },
          });
          const found = [];
          for await (const event of m.eventsOf(body)) found.push(event);
          return JSON.stringify(found);
        };
        const results = new Set();
        for (let cut = 0; cut <= bytes.length; cut += 1) results.add(await read([cut]));
        results.add(await read([...bytes.keys()]));
        return [...results];
    """
    async with served([]) as server:
        await page.open(server.url)
        results = await call(page, "sse.js", code, STREAM)
    assert [json.loads(one) for one in results] == [EVENTS]


async def test_citations_go_to_the_marks_after_what_they_prove(page: Page):
    marks = [{"n": 1, "at": 10}, {"n": 2, "at": 14}, {"n": 1, "at": 40}, {"n": 1, "at": 60}]

    def cited(n: int, quote: str, start: int | None) -> dict[str, object]:
        span = None if start is None else {"start": start, "end": start + 5}
        return {"n": n, "quote": quote, "answer_span": span}

    cases = [
        # In order, without spans.
        ([cited(1, "a", None), cited(1, "b", None)], ["a", "", "b", ""]),
        # Out of order, with spans.
        ([cited(1, "c", 50), cited(1, "a", 0), cited(2, "x", 0)], ["a", "x", "", "c"]),
        # The first mark has no citation of its own.
        ([cited(1, "b", 20)], ["", "", "b", ""]),
        # A span after the last mark, and more quotes than marks.
        ([cited(2, "x", 90), cited(2, "y", 90)], ["", "xy", "", ""]),
        # More quotes than marks that could hold them.
        ([cited(1, quote, 0) for quote in "abcd"], ["ad", "", "b", "c"]),
        # All marks of the number stand before what is proven.
        ([cited(1, "z", 90)], ["", "", "", "z"]),
        # A number that no mark has.
        ([cited(9, "z", 0)], ["", "", "", ""]),
    ]
    async with served([]) as server:
        await page.open(server.url)
        for citations, expected in cases:
            code = "return m.assign(a, b).map(list => list.map(c => c.quote).join(''))"
            assert await call(page, "citations.js", code, marks, citations) == expected


async def test_marks_are_counted_in_code_points(page: Page):
    text = "🌊🌊 Ä [1]\n\n```\n🌊 [1]\n```\n🌊 [2] [3]"
    code = "return m.marksOf(m.blocksOf(a, n => n < 3)).map(mark => [mark.n, mark.at])"
    async with served([]) as server:
        await page.open(server.url)
        marks = await call(page, "answer_text.js", code, text)
    assert marks == [[1, text.index("[1]")], [2, text.index("[2]")]]


async def test_text_becomes_blocks_and_loses_nothing(page: Page):
    text = "One\ntwo\n\n\n  three `a` ``b``\n~~~\ncode\n\n  more\n~~~\nfour\n```js\nopen"
    code = (
        "return m.blocksOf(a, () => true).map(b => [b.kind, b.pieces.map(p => p.text).join('|')])"
    )
    async with served([]) as server:
        await page.open(server.url)
        blocks = await call(page, "answer_text.js", code, text)
    assert blocks == [
        ["paragraph", "One\ntwo"],
        ["paragraph", "  three |a| |b"],
        ["code", "code\n\n  more"],
        ["paragraph", "four"],
        ["code", "open"],
    ]


async def test_place_names_the_real_host(page: Page):
    async with served([]) as server:
        await page.open(server.url)
        for url, place, link in [
            ("https://good.example@evil.example/x", "evil.example/x", True),
            ("https://example.org/", "example.org", True),
            ("https://example.org/%E6%B8%AF?q=1", "example.org/港?q=1", True),
            ("https://example.org/%ff", "example.org/%ff", True),
            ("file:///srv/a%20b.md", "/srv/a b.md", False),
            ("data:text/html,x", "data:text/html,x", False),
            ("no address", "no address", False),
        ]:
            code = "return [m.placeOf(a), m.linkOf(a) !== null]"
            assert await call(page, "address.js", code, url) == [place, link]


async def test_markdown_keeps_titles_and_addresses_apart(page: Page):
    result = {"url": "https://e.example/a(b)?c=<d>", "title": "A [x](y)\n*b*"}
    code = "return m.asMarkdown('Text. [1]\\n', [{n: 1, result: a}])"
    async with served([]) as server:
        await page.open(server.url)
        markdown = await call(page, "clipboard.js", code, result)
    line = "1. [A \\[x\\](y) \\*b\\*](<https://e.example/a(b)?c=%3Cd%3E>)\n"
    assert markdown == f"Text. [1]\n\n## Sources\n\n{line}"
