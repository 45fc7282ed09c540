"""What a web session says is told as it comes: sources under our numbers, and its last word."""

from __future__ import annotations

import pytest

from hydrophone.types import (
    CitationStyle,
    Finished,
    OutputOptions,
    Question,
    Revision,
    Sources,
    ask,
)
from tests.emulators.perplexity_web.scripts import Script, Shape
from tests.emulators.perplexity_web.service import WebService
from tests.emulators.perplexity_web.streams import ROWS
from tests.perplexity.answering.asking import answered, text_of

FILE = {"name": "report.pdf", "url": "", "snippet": "Ours.", "is_attachment": True}


@pytest.mark.parametrize("shape", ["legacy", "schematized", "diffs"])
@pytest.mark.parametrize(
    ("style", "shown"),
    [
        ("default", "A file says. One says [1]. Both [2]."),
        ("clean", "A file says. One says. Both."),
        (
            "markdown",
            "A file says. One says [2](https://one.example/). Both [3](https://two.example/).",
        ),
    ],
)
async def test_a_source_without_an_address_is_not_told_and_takes_no_number(
    service: WebService, shape: Shape, style: CitationStyle, shown: str
) -> None:
    pieces = ("A file says [", "1]. One", " says [2]", ". Both [1]", "[3].")
    script = Script(pieces=pieces, rows=(FILE, *ROWS), shape=shape)
    output = OutputOptions(citation_style=style)
    events = await answered(service, script, Question(ask("?").turns, "best", output=output))
    found = [one for event in events if isinstance(event, Sources) for one in event.items]
    assert [(one.n, one.result.url) for one in found] == [
        (n, row["url"]) for n, row in enumerate(ROWS, 1)
    ]
    assert text_of(events) == shown
    assert not any(isinstance(event, Revision) for event in events)


async def test_a_source_without_an_address_that_comes_late_has_the_text_told_anew(
    service: WebService,
) -> None:
    early = [{"intended_usage": "web_results", "web_result_block": {"web_results": list(ROWS)}}]
    one = {"intended_usage": "ask_text", "markdown_block": {"chunks": ["One [2]. "]}}
    script = Script(
        pieces=("One [2]. ", "File [1]."), rows=(FILE, *ROWS), extra=({"blocks": [*early, one]},)
    )
    events = await answered(service, script)
    assert text_of(events) == "One [1]. File."
    assert isinstance(events[-1], Finished)


async def test_the_last_word_is_told_though_it_is_shorter(service: WebService) -> None:
    rows = [{"name": str(n), "url": f"https://{n}.example/", "snippet": ""} for n in range(1, 13)]
    script = Script(pieces=("Whales sing ", "[12]."), rows=rows, last="Whales sing [2].")
    assert text_of(await answered(service, script)) == "Whales sing [2]."
