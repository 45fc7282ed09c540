"""What the links of a text say, where it says something."""

from __future__ import annotations

from hydrophone.fetch.extract.html.reading import read_html
from hydrophone.fetch.extract.link_texts import MOST, telling
from hydrophone.fetch.extract.text import read_markdown

URL = "https://example.com/sea"


def test_links_that_only_ask_to_be_clicked_are_left_out() -> None:
    said = ["Read more", "Click here to read more", "How whales hear", "How whales hear", "1 2 3"]
    assert telling([*said, "https://example.com/a b c", "word " * 20]) == ("How whales hear",)


def test_there_are_at_most_so_many() -> None:
    assert len(telling(f"Whale number {n}" for n in range(100))) == MOST


def test_links_of_the_main_text_of_a_page_are_kept() -> None:
    page = b"""<html><head><title>The sea</title></head><body>
    <nav><a href="/x">All about our company</a></nav><main><h1>The sea</h1>
    <p>Whales live in the sea, and many <a href="/hear">studies on how <b>whales</b> hear</a> were
    made. <a href="#top">Back to the beginning of it</a> The sea is deep and wide and blue.</p>
    </main></body></html>"""
    assert read_html(page, URL).link_texts == ("studies on how whales hear",)


def test_links_of_markdown_are_kept() -> None:
    text = b"# Sea\n\nSee [how *whales* hear](hear.md), [here](x.md) and [the very top](#sea).\n"
    assert read_markdown(text, URL).link_texts == ("how whales hear",)
