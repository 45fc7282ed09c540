"""A follow-up rewritten by the language model, while the rule's words for it are searched for."""

from __future__ import annotations

import asyncio
import re
from collections.abc import Sequence
from dataclasses import replace
from types import TracebackType
from typing import Self

from hydrophone.engine.extras.aside import Aside
from hydrophone.engine.hostile.fence import defused
from hydrophone.engine.queries.history import gist_of
from hydrophone.engine.queries.plan import Plan
from hydrophone.llm.overlap import stems
from hydrophone.types import RequestContext, Turn

DEADLINE_S = 4.0
MAX_TOKENS = 120
MOST_TURNS = 6
LEAST_WORDS = 2
_OWN_TAG = re.compile(r"<(?=\s*/?\s*conversation\b)", re.IGNORECASE)


class Rewriting:
    """Asks for what the last turn means; entered before the search, left with the call stopped."""

    def __init__(self, aside: Aside, turns: Sequence[Turn], context: RequestContext) -> None:
        self._aside = aside
        self._turns = turns
        self._context = context
        self._task: asyncio.Task[str] | None = None

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        trace: TracebackType | None,
    ) -> None:
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    def begin(self) -> None:
        """Ask now, once: the search has been begun."""
        if self._task is None:
            self._task = asyncio.create_task(self._ask())

    async def question(self) -> str:
        """The question as it is meant; empty when the model failed, took too long, or said nothing
        that could be one. Raises Cancelled."""
        return await self._task if self._task is not None else ""

    async def meant(self, plan: Plan) -> Plan:
        """The plan with the question as it is meant."""
        question = await self.question()
        return replace(plan, question=question) if question else plan

    async def _ask(self) -> str:
        await asyncio.sleep(0)  # the search that was begun before goes out before
        text = conversation(self._turns)
        lines = await self._aside.lines(
            "rewrite", text, self._context, deadline_s=DEADLINE_S, max_tokens=MAX_TOKENS
        )
        line = lines[0] if lines else ""
        return line if len(stems(line)) >= LEAST_WORDS else ""


def conversation(turns: Sequence[Turn]) -> str:
    """The last turns' gist as the prompt shows them, and the last message."""
    said = [turn for turn in turns if turn.role in ("user", "assistant") and turn.text.strip()]
    last = max((n for n, turn in enumerate(said) if turn.role == "user"), default=0)
    before = [f"{_who(turn)} {_shown(turn)}" for turn in said[max(0, last - MOST_TURNS) : last]]
    lines = [
        "<conversation>",
        *before,
        "</conversation>",
        "",
        f"Last message: {_shown(said[last])}",
    ]
    return "\n".join(lines)


def _who(turn: Turn) -> str:
    return "Asked:" if turn.role == "user" else "Answered:"


def _shown(turn: Turn) -> str:
    return _OWN_TAG.sub("&lt;", " ".join(defused(gist_of(turn.text)).split()))
