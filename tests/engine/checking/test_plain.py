"""What a sentence says without its dress, and whether it says anything."""

from __future__ import annotations

import pytest

from hydrophone.engine.checking.plain import is_claim, stripped


@pytest.mark.parametrize(
    ("text", "plain"),
    [
        ("- **Whales** sing in the *deep* sea.", "Whales sing in the deep sea."),
        ("3. Whales sing [1][2].", "Whales sing."),
        (
            "> `Whales` sing [as this page says](https://a.example).",
            "Whales sing as this page says.",
        ),
        ("## Whales sing", "Whales sing"),
        ("| Whales | sing |", "Whales ; sing"),
        ("Yes, whales sing in the sea.", "whales sing in the sea."),
        ("Do this, step by step: 1.", "Do this, step by step:"),
        ("He wrote Symphony No. 4.", "He wrote Symphony No. 4."),
        ("3.5 tonnes are too much.", "3.5 tonnes are too much."),
        ("snake_case_names stay as they are.", "snake_case_names stay as they are."),
    ],
)
def test_the_dress_of_a_sentence_is_taken_off(text: str, plain: str) -> None:
    assert stripped(text) == plain


@pytest.mark.parametrize(
    "text",
    [
        "Paris.",
        "1969",
        "Whales sing.".replace("sing", "sing at night"),
        "Please note that the office is closed on Mondays.",
        "No information leaves the building without a signature.",
        "If you have received a summons, you may answer it at the court.",
        "- The tower is 330 metres high.",
        "塔高330米。",
    ],
)
def test_what_states_something_is_a_claim(text: str) -> None:
    assert is_claim(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "---",
        "## The history of the tower",
        "**The history of the tower**",
        "How high is the tower?",
        "Hello!",
        "Great question!",
        "Sure, here are the steps:",
        "Here is a summary.",
        "These are the reasons:",
        "You are correct.",
        "The sources do not say who built it.",
        "The sources do not agree.",
        "The provided documents don't mention a date.",
        "There is no information about this in the sources.",
        "I could not find an answer.",
        "Let me know if you need anything else.",
        "If you have any further questions, ask again.",
        "    return tower.height",
        "```python",
        "x = tower[0] + {};",
        "$$h = 330$$",
    ],
)
def test_what_states_nothing_is_no_claim(text: str) -> None:
    assert not is_claim(text)
