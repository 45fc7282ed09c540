from __future__ import annotations

from hydrophone.scripted import ScriptItem
from hydrophone.types import SearchResult, Source, Span, Text
from tests.page.browser import Page
from tests.page.house import (
    DONE,
    NOTES,
    TIDES,
    citation,
    quoted_answer,
    searched,
    served,
    source,
)
from tests.page.test_asking import FINISHED, ask

OPEN_NOTE = "document.querySelector('.note:not([hidden])')"
QUOTE = f"{OPEN_NOTE}.querySelector('.quotes').textContent"
CHIPS = "[...document.querySelectorAll('.chip')].map(chip => chip.textContent)"
QUOTES = "[...document.querySelectorAll('.quotes')].map(one => one.textContent)"
VERDICTS = "[...document.querySelectorAll('.verdict')].map(one => one.textContent)"
NO_QUOTE = "No quote has been checked for this mark."


async def answered(page: Page, url: str) -> None:
    await ask(page, url, "Who is the harbour master?")
    await page.until(FINISHED)


async def focus_chip(page: Page, index: int) -> None:
    await page.value(f"document.querySelectorAll('.chip')[{index}].focus()")


async def test_focus_on_a_chip_shows_the_exact_quote_and_escape_closes_it(page: Page):
    async with served(quoted_answer()) as server:
        await answered(page, server.url)
        await focus_chip(page, 0)
        assert await page.value(QUOTE) == "Ada Quill is\nthe harbour master."
        described = (
            "document.getElementById(document.activeElement.getAttribute('aria-describedby'))"
        )
        assert await page.value(f"{described}.textContent") == "Ada Quill is\nthe harbour master."
        assert await page.value("document.activeElement.ariaExpanded") == "true"
        await page.press("Escape")
        assert await page.value(OPEN_NOTE) is None
        assert await page.value("document.activeElement.className") == "chip"


async def test_two_citations_of_one_source_show_their_own_quotes(page: Page):
    async with served(quoted_answer()) as server:
        await answered(page, server.url)
        assert await page.value(CHIPS) == ["2", "2", "1"]
        assert await page.value(QUOTES) == [
            "Ada Quill is\nthe harbour master.",
            "She was named in 1902.",
            "High water is at noon.",
        ]
        await focus_chip(page, 1)
        assert await page.value(QUOTE) == "She was named in 1902."


async def test_only_one_note_is_open(page: Page):
    async with served(quoted_answer()) as server:
        await answered(page, server.url)
        await focus_chip(page, 0)
        await focus_chip(page, 2)
        assert await page.value("document.querySelectorAll('.note:not([hidden])').length") == 1
        assert await page.value(QUOTE) == "High water is at noon."


async def test_hover_opens_and_leaving_closes(page: Page):
    async with served(quoted_answer()) as server:
        await answered(page, server.url)
        await page.move_mouse(".chip")
        await page.until(OPEN_NOTE)
        await page.move_mouse(".note:not([hidden])")
        await page.move_mouse("h1")
        await page.until(f"!{OPEN_NOTE}")


async def test_tap_opens_and_second_tap_closes(page: Page):
    async with served(quoted_answer()) as server:
        await page.resize(375, 740, phone=True)
        await answered(page, server.url)
        await page.tap(".chip")
        await page.until(OPEN_NOTE)
        assert await page.value(QUOTE) == "Ada Quill is\nthe harbour master."
        await page.tap(".chip")
        await page.until(f"!{OPEN_NOTE}")
        await page.tap(".chip")
        await page.until(OPEN_NOTE)
        await page.tap("h2")
        await page.until(f"!{OPEN_NOTE}")


async def test_tab_goes_from_the_chip_into_its_note_and_to_the_source(page: Page):
    async with served(quoted_answer()) as server:
        await answered(page, server.url)
        await focus_chip(page, 2)
        await page.press("Tab")
        assert await page.value("document.activeElement.href") == "https://tides.example/port"
        assert await page.value(OPEN_NOTE) is not None
        await page.press("Tab")
        assert await page.value("document.activeElement.className") == "quiet jump"
        await page.press("Enter")
        assert await page.value("document.activeElement.matches('.source')")
        assert "Tide tables" in await page.value("document.activeElement.innerText")
        assert await page.value(OPEN_NOTE) is None


async def test_escape_inside_a_note_returns_to_its_chip(page: Page):
    async with served(quoted_answer()) as server:
        await answered(page, server.url)
        await focus_chip(page, 2)
        await page.press("Tab")
        await page.press("Escape")
        assert await page.value("document.activeElement.className") == "chip"
        assert await page.value(OPEN_NOTE) is None


async def test_web_page_is_a_safe_link_and_a_file_is_text(page: Page):
    async with served(quoted_answer()) as server:
        await answered(page, server.url)
        links = await page.value(
            "[...document.querySelectorAll('.sources a')].map(a => [a.href, a.rel, a.target])"
        )
        assert links == [["https://tides.example/port", "noopener noreferrer", "_blank"]]
        places = "[...document.querySelectorAll('.place')].map(p => p.firstChild.textContent)"
        assert await page.value(places) == [
            "tides.example/port",
            "/home/ada/my notes/harbour.txt",
        ]
        assert "notes" in await page.value("document.querySelectorAll('.place')[1].innerText")


async def test_address_that_would_run_code_is_no_link(page: Page):
    evil = Source(1, SearchResult("javascript:alert(1)", "Evil", "Text."))
    script: list[ScriptItem] = [*searched(evil), Text("Text. [1]"), DONE]
    async with served(script) as server:
        await answered(page, server.url)
        assert await page.value("document.querySelectorAll('.exchange a').length") == 0
        assert await page.value("document.querySelector('.place').innerText") == (
            "javascript:alert(1)"
        )


async def test_cited_sources_are_marked(page: Page):
    third = source(3, "https://other.example/", "Not used", "Nothing here.")
    script = quoted_answer()
    script[1:2] = searched(TIDES, NOTES, third)[1:]
    async with served(script) as server:
        await answered(page, server.url)
        cited = "[...document.querySelectorAll('.source')].map(s => s.matches('.cited'))"
        assert await page.value(cited) == [True, True, False]
        names = "[...document.querySelectorAll('.number')].map(n => n.ariaLabel)"
        assert await page.value(names) == ["Source 1, cited", "Source 2, cited", "Source 3"]


async def test_markup_of_pages_is_shown_as_text(page: Page):
    bad = "<img src=x onerror=document.title='broken'><script>document.title='broken'</script>"
    evil = source(1, "https://evil.example/<b>", bad, bad, collection=bad)
    script: list[ScriptItem] = [
        *searched(evil),
        Text(f"{bad} [1]\n\n```\n{bad}\n```"),
        citation(1, bad, None),
        DONE,
    ]
    async with served(script) as server:
        await ask(page, server.url, bad)
        await page.until(FINISHED)
        await focus_chip(page, 0)
        assert await page.value(QUOTE) == bad
        assert await page.value("document.querySelector('.answer pre').textContent") == bad
        assert await page.value("document.querySelector('.asked').textContent") == bad
        assert await page.value("document.querySelector('.title').textContent") == bad
        assert await page.value("document.querySelectorAll('main img, main script').length") == 0
        assert await page.value("document.title") == "Hydrophone"


async def test_mark_of_no_source_and_mark_in_code_are_text(page: Page):
    text = "See `list[1]` and [7]. [1]\n\n```python\nlist[1]\n```\n\nEnd [1]"
    script: list[ScriptItem] = [*searched(TIDES), *[Text(sign) for sign in text], DONE]
    async with served(script) as server:
        await answered(page, server.url)
        assert await page.value(CHIPS) == ["1", "1"]
        assert await page.value("document.querySelector('.answer p code').textContent") == "list[1]"
        assert await page.value("document.querySelector('.answer pre').textContent") == "list[1]"
        assert "[7]" in await page.value("document.querySelector('.answer p').innerText")


async def test_the_check_is_told_and_what_it_doubts_stands_out(page: Page):
    script: list[ScriptItem] = [
        *searched(TIDES, NOTES),
        Text("Noon. [1] Ada rules. [2] She is old. [2]"),
        citation(1, "High water is at noon.", Span(0, 5), "supported", "moved"),
        citation(2, "Ada Quill is the harbour master.", Span(10, 20), "unsupported"),
        citation(2, "She was named in 1902.", Span(25, 36), "exists"),
        DONE,
    ]
    async with served(script) as server:
        await answered(page, server.url)
        assert await page.value(VERDICTS) == [
            "Checked: the source says this. The writer had cited another source.",
            "Checked: the source does not say this.",
            "The nearest sentence of the source; not checked.",
        ]
        doubted = "[...document.querySelectorAll('.chip')].map(c => c.matches('.doubted'))"
        assert await page.value(doubted) == [False, True, False]
        await focus_chip(page, 1)
        name = "document.activeElement.ariaLabel"
        assert await page.value(name) == "Source 2, Harbour notes, doubted"


async def test_mark_without_a_citation_says_so(page: Page):
    async with served([*searched(TIDES), Text("Noon. [1]"), DONE]) as server:
        await answered(page, server.url)
        await focus_chip(page, 0)
        assert await page.value(QUOTE) == NO_QUOTE


async def test_open_note_survives_the_text_that_still_comes(page: Page):
    script: list[ScriptItem] = [
        *searched(TIDES),
        Text("High water is at noon. [1]"),
        citation(1, "High water is at noon.", None),
        1.0,
        Text(" And so on, at length."),
        DONE,
    ]
    async with served(script) as server:
        await ask(page, server.url, "When?")
        await page.until("document.querySelector('.chip')")
        await focus_chip(page, 0)
        await page.until(FINISHED)
        assert await page.value(QUOTE) == "High water is at noon."
        assert await page.value("document.activeElement.className") == "chip"
