from __future__ import annotations

from tests.page.browser import Page
from tests.page.house import quoted_answer, served
from tests.page.test_asking import FINISHED, FOCUSED, IN_BOX

FORM_SHOWN = "!document.getElementById('key-form').hidden"
PROBLEM = "document.getElementById('key-problem').textContent"
KEPT = "JSON.stringify([Object.values(sessionStorage), Object.values(localStorage)])"


async def give_key(page: Page, key: str) -> None:
    await page.until(f"{FORM_SHOWN} && {FOCUSED} === 'key'")
    await page.value("document.getElementById('key').value = ''")
    await page.type(key)
    await page.press("Enter")


async def test_key_is_asked_for_and_used(page: Page):
    async with served(quoted_answer(), key="right-key") as server:
        await page.open(server.url)
        await give_key(page, "right-key")
        await page.until(f"!({FORM_SHOWN}) && {FOCUSED} === 'question'")
        await page.type("Who?")
        await page.press("Enter")
        await page.until(FINISHED)
        assert await page.value("document.querySelectorAll('.chip').length") == 3
        assert await page.value(KEPT) == '[["right-key"],[]]'
        assert not [url for url in page.requested if "right-key" in url]
        assert await page.value("document.cookie") == ""


async def test_wrong_key_is_said_and_not_kept(page: Page):
    async with served(quoted_answer(), key="right-key") as server:
        await page.open(server.url)
        await give_key(page, "wrong-key")
        await page.until(f"{PROBLEM} === 'This key is not known.'")
        assert await page.value(KEPT) == "[[],[]]"
        await give_key(page, "with ümlaut")
        assert "no special characters" in await page.value(PROBLEM)
        await give_key(page, "right-key")
        await page.until(f"!({FORM_SHOWN})")


async def test_question_that_met_a_401_is_asked_again_with_the_key(page: Page):
    async with served(quoted_answer()) as server:
        await page.open(server.url)
        await page.until("document.querySelectorAll('#model option').length > 1")
        server.door.key = "new-key"
        await page.type("Who is it?")
        await page.press("Enter")
        await page.until(f"{FORM_SHOWN} && {IN_BOX} === 'Who is it?'")
        assert await page.value("document.querySelectorAll('.exchange').length") == 0
        await give_key(page, "new-key")
        await page.until(FINISHED)
        assert [one.last_user_text for one in server.answerer.questions] == ["Who is it?"]


async def test_forgotten_key_is_gone_with_what_it_opened(page: Page):
    async with served(quoted_answer(), key="right-key") as server:
        await page.open(server.url)
        await give_key(page, "right-key")
        await page.until(f"{FOCUSED} === 'question'")
        await page.type("Who?")
        await page.press("Enter")
        await page.until(FINISHED)
        await page.click("#forget-key")
        await page.until(FORM_SHOWN)
        assert await page.value(KEPT) == "[[],[]]"
        assert await page.value("document.querySelectorAll('.exchange').length") == 0
        assert await page.value("document.getElementById('forget-key').hidden")


async def test_key_lasts_over_a_reload(page: Page):
    async with served(quoted_answer(), key="right-key") as server:
        await page.open(server.url)
        await give_key(page, "right-key")
        await page.until(f"!({FORM_SHOWN})")
        await page.open(server.url)
        await page.until("document.querySelectorAll('#model option').length > 1")
        assert not await page.value(FORM_SHOWN)
