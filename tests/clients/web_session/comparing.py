"""What our client and the two published ones make of every scenario, side by side."""

from __future__ import annotations

import json
import os
import re
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from hydrophone.perplexity import ClientConfig, ConversationConfig, Perplexity, PerplexityError
from hydrophone.perplexity.errors import ResearchClarifyingQuestionsError
from tests.emulators.perplexity_web.scenarios import OTHER, SCENARIOS, Scenario, answers
from tests.emulators.perplexity_web.scripts import Script
from tests.emulators.perplexity_web.threaded import service_in_a_thread
from tests.emulators.perplexity_web.tunnel import tunnelled_service

ROOT = Path(__file__).resolve().parents[3]
PAGE = ROOT / "docs" / "web-session.md"
BEGIN, END = "<!-- scenarios: begin -->\n", "<!-- scenarios: end -->"
DRIVER = Path(__file__).resolve().parent / "drive.py"
# Each client's environment, and its package.
PUBLISHED = {
    "perplexity-webui-scraper": "perplexity_webui_scraper",
    "perplexity-web-mcp-cli": "perplexity_web_mcp",
}
RIGHT = "right"
_DEADLINE_S = 100
_SHOWN_CHARS = 40


@dataclass(frozen=True)
class Outcome:
    """What a client made of a scenario."""

    answer: str | None = None
    error: str | None = None
    sources: tuple[str, ...] = ()
    notices: tuple[str, ...] = ()


def published_outcomes(
    name: str, python: Path, folder: Path, scenarios: Sequence[Scenario] = SCENARIOS
) -> dict[str, Outcome]:
    """What a published client makes of scenarios, itself unchanged, behind a proxy."""
    with tunnelled_service(folder) as (service, variables):
        service.state.answers, service.state.scripts = answers(), [Script(pieces=(OTHER,))]
        given = {
            "package": PUBLISHED[name],
            "token": service.state.accounts[0].token,
            "questions": [
                {"name": one.name, "goes_on": one.goes_on, "model": one.model} for one in scenarios
            ],
        }
        kept = {key: os.environ[key] for key in ("PATH", "TMPDIR") if key in os.environ}
        done = subprocess.run(
            [python, DRIVER],
            env={**kept, **variables, "HOME": str(folder)},
            input=json.dumps(given),
            capture_output=True,
            text=True,
            timeout=_DEADLINE_S,
        )
    assert done.returncode == 0, done.stderr
    made: Mapping[str, dict[str, object]] = json.loads(done.stdout.splitlines()[-1])
    return {scenario: _outcome(one) for scenario, one in made.items()}


def our_outcomes() -> dict[str, Outcome]:
    """What `hydrophone.perplexity` makes of all scenarios."""
    with service_in_a_thread() as service:
        service.state.answers, service.state.scripts = answers(), [Script(pieces=(OTHER,))]
        token = service.state.accounts[0].token
        return {one.name: _ours(one, token, service.origin) for one in SCENARIOS}


def _ours(scenario: Scenario, token: str, origin: str) -> Outcome:
    config = ClientConfig(
        requests_per_second=0,
        max_retries=2,
        retry_base_delay=0.01,
        timeout=2,
        idle_timeout=0.3,
        research_interaction="auto" if scenario.goes_on else "manual",
    )
    with Perplexity(token, config, origin=origin) as client:
        conversation = client.create_conversation(ConversationConfig(citation_mode="default"))
        try:
            conversation.ask(scenario.name, scenario.model)
        except ResearchClarifyingQuestionsError as error:
            return Outcome(error=f"{type(error).__name__}: {'; '.join(error.questions)}")
        except PerplexityError as error:
            return Outcome(error=type(error).__name__)
        return Outcome(
            conversation.answer,
            None,
            tuple(item.url for item in conversation.search_results),
            tuple(notice.kind for notice in conversation.notices),
        )


def judged(scenario: Scenario, outcome: Outcome) -> str:
    """`right`, or what came in its place."""
    if scenario.error is not None:
        return RIGHT if outcome.error == scenario.error else _instead_of_error(outcome)
    if outcome.error is not None:
        return f"`{outcome.error}`"
    if outcome.answer != scenario.answer:
        return f"“{_short(outcome.answer)}”" if outcome.answer else "no answer"
    if scenario.notice is not None and scenario.notice not in outcome.notices:
        return "nothing said of it"
    if scenario.sources is not None and list(outcome.sources) != list(scenario.sources):
        return "sources in the wrong order"
    return RIGHT


def _instead_of_error(outcome: Outcome) -> str:
    if outcome.error is not None:
        return f"`{outcome.error}`"
    return "taken for an answer" if outcome.answer else "no answer, and no error"


def wanted(scenario: Scenario) -> str:
    """What is right, in words."""
    if scenario.error is not None:
        return f"`{scenario.error}`"
    if scenario.notice is not None:
        return "the answer, and a notice"
    if scenario.sources is not None:
        return "the answer, its sources in their order"
    return "the answer"


def table(columns: Mapping[str, Mapping[str, Outcome]]) -> Iterator[str]:
    """The lines of a Markdown table, a column for each client."""
    yield f"| The service sends | Right is | {' | '.join(columns)} |"
    yield f"|---|---|{'---|' * len(columns)}"
    for one in SCENARIOS:
        cells = [judged(one, outcomes[one.name]) for outcomes in columns.values()]
        yield f"| {one.name} | {wanted(one)} | {' | '.join(cells)} |"


def heading(name: str) -> str:
    """A published client with the version that its lock pins."""
    lock = (ROOT / "requirements" / "clients" / f"{name}.txt").read_text("utf-8")
    pinned = re.search(rf"^{name}==(\S+)", lock, re.MULTILINE)
    assert pinned is not None
    return f"{name} {pinned[1]}"


def page_with(text: str, lines: Sequence[str]) -> str:
    """The page's text with these lines between the two marks."""
    before, _, rest = text.partition(BEGIN)
    _, mark, behind = rest.partition(END)
    assert mark, f"{PAGE} has no marks for the table"
    return f"{before}{BEGIN}\n{chr(10).join(lines)}\n\n{END}{behind}"


def rows_of(text: str) -> list[list[str]]:
    """The cells of the table in the page's text."""
    _, _, rest = text.partition(BEGIN)
    lines = rest.partition(END)[0].strip().splitlines()
    return [[cell.strip() for cell in line.strip("|").split(" | ")] for line in lines]


def _short(text: str | None) -> str:
    line = (text or "").replace("\n", " ⏎ ")
    return line if len(line) <= _SHOWN_CHARS else f"{line[:_SHOWN_CHARS]}…"


def _outcome(made: Mapping[str, object]) -> Outcome:
    sources = made.get("sources")
    answer, error = made.get("answer"), made.get("error")
    return Outcome(
        answer if isinstance(answer, str) else None,
        error if isinstance(error, str) else None,
        tuple(sources) if isinstance(sources, list) else (),
    )
