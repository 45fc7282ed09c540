from __future__ import annotations

from hydrophone.errors import RateLimited
from hydrophone.types import Citation, Notice, Revision, Sources, Span, Text, Thinking
from tests.page.browser import Page
from tests.page.house import (
    DONE,
    FOREVER_S,
    NOTES,
    TIDES,
    citation,
    quoted_answer,
    searched,
    served,
)

FINISHED = "document.querySelector('.exchange[aria-busy=false]')"
ANSWER = "document.querySelector('.answer').innerText"
IN_BOX = "document.getElementById('question').value"
STATUS = "document.getElementById('status').textContent"
FOCUSED = "document.activeElement.id"


async def ask(page: Page, url: str, question: str) -> None:
    await page.open(url)
    await page.until(f"{FOCUSED} === 'question'")
    await page.type(question)
    await page.press("Enter")


async def test_keyboard_alone_asks_and_reads(page: Page):
    async with served(quoted_answer()) as server:
        await page.open(server.url)
        await page.until(f"{FOCUSED} === 'question'")
        await page.type("Who is the")
        await page.press("Enter", shift=True)
        await page.type("harbour master?")
        await page.press("Enter")
        await page.until(FINISHED)
        asked = server.answerer.questions[0]
        assert asked.last_user_text == "Who is the\nharbour master?"
        assert await page.value("document.querySelector('.asked').textContent") == (
            "Who is the\nharbour master?"
        )
        assert await page.value(IN_BOX) == ""
        assert await page.value(FOCUSED) == "question"
        words = await page.value("document.querySelector('.answer p').firstChild.textContent")
        assert words == "Ada Quill is the harbour master."
        assert await page.value(STATUS) == "The answer is complete and cites 2 sources."


async def test_sources_stand_before_the_text_comes(page: Page):
    async with served([*searched(TIDES, NOTES), FOREVER_S]) as server:
        await ask(page, server.url, "Tides?")
        await page.until("document.querySelectorAll('.source').length === 2")
        assert await page.value(ANSWER) == ""
        assert await page.value(STATUS) == "2 sources found."
        assert "2 sources found" in await page.value(
            "document.querySelector('.progress').innerText"
        )


async def test_text_streams_in_while_the_answer_goes_on(page: Page):
    async with served([*searched(TIDES), Text("High water "), FOREVER_S]) as server:
        await ask(page, server.url, "Tides?")
        await page.until(f"{ANSWER}.includes('High water')")
        assert await page.value("document.querySelector('.exchange').ariaBusy") == "true"


async def test_search_step_is_shown_until_sources_come(page: Page):
    async with served([*searched(TIDES)[:1], FOREVER_S]) as server:
        await ask(page, server.url, "Tides?")
        await page.until("document.querySelector('.progress').innerText.includes('“tides”')")


async def test_stop_button_stops_the_work_and_keeps_the_text(page: Page):
    async with served([*searched(TIDES), Text("High water"), FOREVER_S]) as server:
        await ask(page, server.url, "Tides?")
        await page.until(f"{ANSWER}.includes('High water')")
        await page.click("#stop")
        await page.until(FINISHED)
        while not server.answerer.stopped:
            await page.value("1")
        assert server.answerer.stopped == 1
        assert await page.value(ANSWER) == "High water"
        assert await page.value(STATUS) == "Stopped."
        assert await page.value("document.getElementById('ask').checkVisibility()")
        assert await page.value(FOCUSED) == "question"


async def test_escape_stops_too(page: Page):
    async with served([*searched(TIDES), FOREVER_S]) as server:
        await ask(page, server.url, "Tides?")
        await page.until("document.querySelector('.source')")
        await page.press("Escape")
        await page.until(FINISHED)
        assert await page.value(STATUS) == "Stopped."


async def test_question_is_never_in_the_address(page: Page):
    async with served(quoted_answer()) as server:
        await ask(page, server.url, "Wer ist geheim?")
        await page.until(FINISHED)
        assert await page.value("location.href") == f"{server.url}/"
        assert not [url for url in page.requested if "geheim" in url]


async def test_page_asks_nobody_but_its_server(page: Page):
    async with served(quoted_answer()) as server:
        await ask(page, server.url, "Who?")
        await page.until(FINISHED)
        assert page.requested
        assert not [url for url in page.requested if not url.startswith(server.url)]


async def test_refusal_is_shown_and_the_question_kept(page: Page):
    script = [RateLimited("too many questions today", retry_after_s=7)]
    async with served(script) as server:
        await ask(page, server.url, "Tides, again?")
        await page.until(FINISHED)
        message = "Too many questions today. (Again in 7 s.)"
        assert await page.value("document.querySelector('.failure-text').textContent") == message
        assert await page.value(STATUS) == message
        assert await page.value(IN_BOX) == "Tides, again?"


async def test_failure_in_the_middle_keeps_the_text_and_can_be_asked_again(page: Page):
    script = [*searched(TIDES), Text("High water"), RateLimited("enough", retry_after_s=1)]
    async with served(script) as server:
        await ask(page, server.url, "Tides?")
        await page.until(FINISHED)
        assert await page.value(ANSWER) == "High water"
        assert await page.value("document.querySelector('.failure-text').textContent") == "Enough."
        await page.click(".again")
        await page.until(f"{FINISHED} && {IN_BOX} === 'Tides?'")
        assert len(server.answerer.questions) == 2
        assert await page.value("document.querySelectorAll('.exchange').length") == 1


async def test_server_that_is_gone_is_said_and_the_question_kept(page: Page):
    async with served(quoted_answer()) as server:
        await page.open(server.url)
        await page.until("document.querySelectorAll('#model option').length > 1")
    await page.type("Anybody there?")
    await page.press("Enter")
    await page.until(FINISHED)
    failure = await page.value("document.querySelector('.failure-text').textContent")
    assert failure.startswith("The server does not answer.")
    assert await page.value(IN_BOX) == "Anybody there?"


async def test_not_in_the_sources_is_a_calm_state(page: Page):
    words = "The sources that were found do not answer this question."
    script = [*searched(TIDES), Notice("not_in_sources", words), Text(words), DONE]
    async with served(script) as server:
        await ask(page, server.url, "Who wrote it?")
        await page.until(FINISHED)
        assert await page.value("document.querySelector('.unanswered .answer').innerText") == words
        assert await page.value("document.querySelector('.failure').hidden")
        assert await page.value("document.querySelector('.notices').hidden")
        assert await page.value(STATUS) == words


async def test_notices_and_thoughts_are_shown_discreetly(page: Page):
    notice = Notice("no_reranker", "The model files are missing.")
    script = [notice, *searched(TIDES), Thinking("Let me "), Thinking("see."), Text("Noon."), DONE]
    async with served(script) as server:
        await ask(page, server.url, "When?")
        await page.until(FINISHED)
        assert await page.value("document.querySelector('.notices').innerText") == notice.message
        assert await page.value("document.querySelector('.thoughts-text').textContent") == (
            "Let me see."
        )
        assert await page.value("document.querySelector('.thoughts').open") is False


async def test_revision_replaces_text_and_quotes(page: Page):
    revised = Revision("At noon. [1]", (citation(1, "High water is at noon.", Span(0, 8)),))
    first = Citation(1, "p1", None, citation(1, "x", None).source_span, "Old quote.", "exists")
    script = [*searched(TIDES), Text("At six. [1] Or so. [1]"), first, revised, DONE]
    async with served(script) as server:
        await ask(page, server.url, "When?")
        await page.until(FINISHED)
        quotes = "[...document.querySelectorAll('.cite q')].map(q => q.textContent)"
        assert await page.value(quotes) == ["High water is at noon."]
        text = await page.value("document.querySelector('.answer p').firstChild.textContent")
        assert text == "At noon."


async def test_next_question_brings_the_conversation_along(page: Page):
    async with served([Sources(complete=True), Text("At noon."), DONE]) as server:
        await ask(page, server.url, "When is high water?")
        await page.until(FINISHED)
        await page.type("And low water?")
        await page.press("Enter")
        await page.until("document.querySelectorAll('.exchange[aria-busy=false]').length === 2")
        turns = [(turn.role, turn.text) for turn in server.answerer.questions[1].turns]
        assert turns == [
            ("user", "When is high water?"),
            ("assistant", "At noon."),
            ("user", "And low water?"),
        ]
        await page.click("#restart")
        assert await page.value("document.querySelectorAll('.exchange').length") == 0
        await page.type("Who?")
        await page.press("Enter")
        await page.until(FINISHED)
        assert len(server.answerer.questions[2].turns) == 1


async def test_model_is_the_servers_unless_one_is_chosen(page: Page):
    async with served(quoted_answer()) as server:
        await ask(page, server.url, "Who?")
        await page.until(FINISHED)
        assert server.answerer.questions[0].model == "default"
        await page.until("document.querySelectorAll('#model option').length === 3")
        await page.value("document.getElementById('model').value = 'sonar'")
        await page.type("Who?")
        await page.press("Enter")
        await page.until("document.querySelectorAll('.exchange[aria-busy=false]').length === 2")
        assert server.answerer.questions[1].model == "sonar"


async def test_example_asks_its_question(page: Page):
    async with served(quoted_answer()) as server:
        await page.open(server.url)
        await page.click(".example")
        await page.until(FINISHED)
        asked = server.answerer.questions[0].last_user_text
        assert asked == "How do I add my own documents?"


async def test_slash_comes_back_to_the_box_and_is_typed_inside_it(page: Page):
    async with served(quoted_answer()) as server:
        await page.open(server.url)
        await page.until(f"{FOCUSED} === 'question'")
        await page.value("document.activeElement.blur()")
        await page.press("/")
        assert await page.value(FOCUSED) == "question"
        assert await page.value(IN_BOX) == ""
        await page.press("/")
        assert await page.value(IN_BOX) == "/"


async def test_enter_that_composes_a_character_asks_nothing(page: Page):
    async with served(quoted_answer()) as server:
        await page.open(server.url)
        await page.until(f"{FOCUSED} === 'question'")
        await page.type("みなと")
        await page.value(
            "document.activeElement.dispatchEvent(new KeyboardEvent('keydown',"
            "{key: 'Enter', bubbles: true, isComposing: true}))"
        )
        assert await page.value(IN_BOX) == "みなと"
        assert server.answerer.questions == []


async def test_question_typed_while_an_answer_runs_is_kept(page: Page):
    async with served([*searched(TIDES), FOREVER_S]) as server:
        await ask(page, server.url, "First?")
        await page.until("document.querySelector('.source')")
        await page.type("Second?")
        await page.press("Enter")
        assert await page.value(IN_BOX) == "Second?"
        assert len(server.answerer.questions) == 1
        assert (await page.value(STATUS)).startswith("Stop the answer first")


async def test_copy_gives_markdown_with_all_sources(page: Page):
    async with served(quoted_answer()) as server:
        await ask(page, server.url, "Who?")
        await page.until(FINISHED)
        await page.value(
            "Object.defineProperty(navigator, 'clipboard', {value: {writeText: async text => {"
            "window.copied = text}}}), 1"
        )
        await page.click(".copy")
        await page.until("window.copied")
        assert await page.value("window.copied") == (
            "Ada Quill is the harbour master. [2] She was named in 1902. [2] "
            "High water is at noon. [1]\n\n## Sources\n\n"
            "1. [Tide tables](<https://tides.example/port>)\n"
            "2. Harbour notes (`file:///home/ada/my%20notes/harbour.txt`)\n"
        )
        assert await page.value("document.querySelector('.copy').textContent") == "Copied"


async def test_copy_works_where_the_browser_refuses_the_clipboard(page: Page):
    async with served(quoted_answer()) as server:
        await ask(page, server.url, "Who?")
        await page.until(FINISHED)
        await page.value(
            "Object.defineProperty(navigator, 'clipboard', {value: undefined}),"
            "document.addEventListener('copy', () => {"
            "window.copied = document.activeElement.value}), 1"
        )
        await page.click(".copy")
        await page.until("document.querySelector('.copy').textContent === 'Copied'")
        assert "1. [Tide tables]" in await page.value("window.copied")
