from __future__ import annotations

import re
from importlib.resources import files
from typing import Any

import pytest

from hydrophone.scripted import ScriptItem
from hydrophone.types import Text
from tests.page.browser import Page
from tests.page.house import DONE, FOREVER_S, citation, quoted_answer, searched, served, source
from tests.page.test_asking import FINISHED, FOCUSED, ask

OVERFLOW = "document.documentElement.scrollWidth - document.documentElement.clientWidth"
ACTIVE = "(document.activeElement)"
GROUND = "getComputedStyle(document.documentElement).backgroundColor"
LONG = "w" * 300


def unbreakable_answer() -> list[ScriptItem]:
    found = source(1, f"https://{'a' * 60}.example/{LONG}", LONG, LONG, collection=LONG)
    text = f"{LONG} `{LONG}` [1]\n\n```\n{LONG}\n```"
    return [*searched(found), Text(text), citation(1, LONG, None), DONE]


async def test_narrowest_phone_needs_no_sideways_scrolling(page: Page):
    await page.resize(320, 600, phone=True)
    async with served(unbreakable_answer(), key="k") as server:
        await page.open(server.url)
        await page.until(f"{FOCUSED} === 'key'")
        assert await page.value(OVERFLOW) == 0
        await page.type("k")
        await page.press("Enter")
        await page.until(f"{FOCUSED} === 'question'")
        assert await page.value(OVERFLOW) == 0
        await page.type(f"{LONG}?")
        await page.press("Enter")
        await page.until(FINISHED)
        await page.value("document.querySelector('.chip').focus()")
        assert await page.value("document.querySelector('.note').checkVisibility()")
        assert await page.value(OVERFLOW) == 0
        edges = await page.value(
            "(box => [box.left, box.right])"
            "(document.querySelector('.note').getBoundingClientRect())"
        )
        assert 0 <= edges[0] < edges[1] <= 320


async def test_dark_scheme_is_dark_and_light_is_light(page: Page):
    async with served([]) as server:
        await page.open(server.url)
        await page.prefer(prefers_color_scheme="light")
        light = await page.value(GROUND)
        await page.prefer(prefers_color_scheme="dark")
        dark = await page.value(GROUND)

    def brightness(colour: str) -> int:
        return sum(map(int, re.findall(r"\d+", colour)[:3]))

    assert brightness(light) > 700
    assert brightness(dark) < 120


async def test_reduced_motion_stills_the_ping(page: Page):
    async with served([*searched()[:1], FOREVER_S]) as server:
        await ask(page, server.url, "Tides?")
        moving = "document.getAnimations({subtree: true}).length"
        await page.until(f"{moving} > 0")
        await page.prefer(prefers_reduced_motion="reduce")
        await page.until(f"{moving} === 0")


async def test_keyboard_focus_is_visible_everywhere(page: Page):
    async with served(quoted_answer()) as server:
        await ask(page, server.url, "Who?")
        await page.until(FINISHED)
        edge = "getComputedStyle(document.getElementById('composer')).borderColor"
        await page.value("document.querySelector('.skip').focus()")
        calm = await page.value(edge)
        seen: list[str] = []
        while (await tab(page)) != "BODY":
            name = await page.value("(e => e.id || e.className || e.tagName)" + ACTIVE)
            outline = await page.value(f"getComputedStyle{ACTIVE}.outlineStyle")
            # The box has no outline of its own: the frame around it changes its colour.
            assert outline != "none" or (name == "question" and await page.value(edge) != calm)
            seen.append(name)
        order = ["restart", "chip", "copy", "question", "ask"]
        places = [next(i for i, name in enumerate(seen) if part in name) for part in order]
        assert places == sorted(places)


async def tab(page: Page) -> str:
    await page.press("Tab")
    return str(await page.value(f"{ACTIVE}.tagName"))


async def test_focus_of_a_source_is_not_hidden_behind_the_question_box(page: Page):
    await page.resize(375, 500, phone=True)
    async with served(quoted_answer()) as server:
        await ask(page, server.url, "Who?")
        await page.until(FINISHED)
        await page.value("document.querySelectorAll('.jump')[0].click()")
        await page.until("document.activeElement.matches('.source')")
        await page.until(
            "(s => s.top >= 0 && s.top < document.getElementById('composer')"
            ".getBoundingClientRect().top)(document.activeElement.getBoundingClientRect())"
        )


async def test_assistive_technology_finds_names_and_the_live_region(page: Page):
    async with served(quoted_answer()) as server:
        await ask(page, server.url, "Who is it?")
        await page.until(FINISHED)
        tree = (await page.call("Accessibility.getFullAXTree"))["nodes"]
        found = {(role(node), name(node)) for node in tree if not node["ignored"]}
        for expected in [
            ("heading", "Hydrophone"),
            ("heading", "Who is it?"),
            ("article", "Who is it?"),
            ("region", "2 sources"),
            ("textbox", "Your question"),
            ("combobox", "Model"),
            ("button", "Ask"),
            ("button", "New question"),
            ("button", "Source 2, Harbour notes"),
            ("button", "Copy answer"),
        ]:
            assert expected in found
        live = [node for node in tree if role(node) == "status"]
        assert [value(node, "live") for node in live] == ["polite"]
        unnamed = [n for n in tree if role(n) in ("button", "link", "textbox") and not name(n)]
        assert not unnamed
        described = [n for n in tree if role(n) == "button" and name(n) == "Source 1, Tide tables"]
        assert described[0]["description"]["value"] == "High water is at noon."


async def test_screen_reader_hears_of_stages_and_not_of_each_word(page: Page):
    text = "High water is at noon. " * 40
    words: list[ScriptItem] = [Text(word + " ") for word in text.split()]
    async with served([*searched(source(1, "https://t.example/", "T", "x")), *words, DONE]) as one:
        await page.open(one.url)
        await page.until(f"{FOCUSED} === 'question'")
        await page.value(
            "window.said = [], new MutationObserver(() => said.push("
            "document.getElementById('status').textContent)).observe("
            "document.getElementById('status'), {childList: true}), 1"
        )
        await page.type("When?")
        await page.press("Enter")
        await page.until(FINISHED)
        said = await page.value("window.said")
        assert 1 <= len(said) <= 3
        assert said[-1] == "The answer is complete and cites 0 sources."


def role(node: Any) -> str:
    return str(node.get("role", {}).get("value", ""))


def name(node: Any) -> str:
    return str(node.get("name", {}).get("value", ""))


def value(node: Any, key: str) -> Any:
    return next(p["value"]["value"] for p in node["properties"] if p["name"] == key)


PAIRS = [
    ("ink", "ground"),
    ("ink", "raised"),
    ("ink", "sunken"),
    ("soft", "ground"),
    ("soft", "raised"),
    ("soft", "sunken"),
    ("accent", "ground"),
    ("accent", "raised"),
    ("accent", "accent-ground"),
    ("on-accent", "accent"),
    ("trouble", "trouble-ground"),
    ("trouble", "sunken"),
]


@pytest.mark.parametrize("scheme", [0, 1], ids=["light", "dark"])
def test_colours_have_the_contrast_of_level_aa(scheme: int):
    css = (files("hydrophone.page") / "static" / "page.css").read_text(encoding="utf-8")
    block = re.findall(r":root \{(.*?)\}", css, re.DOTALL)[scheme]
    colours = dict(re.findall(r"--([a-z-]+): #([0-9a-f]{6});", block))
    ratios = {pair: contrast(colours[pair[0]], colours[pair[1]]) for pair in PAIRS}
    assert {pair: ratio for pair, ratio in ratios.items() if ratio < 4.5} == {}
    assert contrast(colours["edge"], colours["raised"]) >= 3


def contrast(first: str, second: str) -> float:
    """The ratio of WCAG 2.2, "contrast ratio" and "relative luminance"."""
    low, high = sorted((luminance(first), luminance(second)))
    return (high + 0.05) / (low + 0.05)


def luminance(colour: str) -> float:
    parts = [int(colour[i : i + 2], 16) / 255 for i in (0, 2, 4)]
    red, green, blue = (p / 12.92 if p <= 0.04045 else ((p + 0.055) / 1.055) ** 2.4 for p in parts)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue
