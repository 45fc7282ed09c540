"""The window: what a model is sent never exceeds what it can read, its reply included.

The first to be shortened is the conversation before the question, then the passages, the least
useful first. What the caller's own words fill by themselves is refused.
"""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import TypeAlias

from hydrophone.engine.attachments import picture_tokens
from hydrophone.engine.prompt import Block, arranged, conversation, pack
from hydrophone.engine.queries.history import condensed
from hydrophone.errors import InvalidRequest
from hydrophone.llm.base import TokenCounter
from hydrophone.types import Question, Source, Turn

AskWindow: TypeAlias = Callable[[str], Awaitable[int | None]]

# For an endpoint that does not tell, and the least that a model is taken to have.
DEFAULT_TOKENS = 8_192
SMALLEST_TOKENS = 2_048
# What a reply gets that the caller sets no limit for, and what each must have.
REPLY_TOKENS = 1_024
LEAST_REPLY_TOKENS = 128
# What chat templates put around a turn.
TURN_TOKENS = 8
_HISTORY_SHARE = 3
# Our instructions, with what a caller may wish for, have fewer.
_OURS_TOKENS = 500


@dataclass(frozen=True, slots=True)
class Fitted:
    """What is sent: the turns, the sources that stand in them, and how long the reply may be."""

    turns: tuple[Turn, ...]
    shown: tuple[Source, ...]
    max_tokens: int | None
    prompt_tokens: int


class Window:
    """The window of an endpoint's models.

    `tokens` counts what is sent, rather too much than too little. `context_tokens` is how many the
    models can read and write together; without it `ask` asks the endpoint, once for each model and
    only when the prompt is long.
    """

    def __init__(
        self,
        tokens: TokenCounter,
        *,
        context_tokens: int | None = None,
        ask: AskWindow | None = None,
    ) -> None:
        self._tokens = tokens
        self._context_tokens = context_tokens
        self._ask = ask
        self._told: dict[str, int] = {}

    async def fit(
        self,
        question: Question,
        sources: Sequence[Source],
        model: str,
        passage_tokens: int,
        now: datetime,
        *,
        ours: str | None = None,
    ) -> Fitted:
        """The prompt for a question and its sources, best first, under the instructions `ours`.

        Raises InvalidRequest when the question does not fit by itself.
        """
        limit = await self._limit(model, short=self._is_short(question, sources))
        fitting = _Fitting(self._tokens, question, now, limit, ours)
        return await asyncio.to_thread(fitting.fit, sources, passage_tokens)

    def _is_short(self, question: Question, sources: Sequence[Source]) -> bool:
        """Whether it fits into any window: no tokenizer makes more of a text than its bytes."""
        if question.has_media or question.tools.functions or question.output.format is not None:
            return False
        texts = [turn.text for turn in question.turns]
        texts += [passage.text for source in sources for passage in source.result.passages]
        most = sum(len(text) if text.isascii() else 4 * len(text) for text in texts)
        reply = question.output.max_tokens or REPLY_TOKENS
        return most + reply + _OURS_TOKENS < SMALLEST_TOKENS

    async def _limit(self, model: str, *, short: bool) -> int:
        if self._context_tokens is not None:
            return self._context_tokens
        if model not in self._told:
            if short:
                return SMALLEST_TOKENS
            told = await self._ask(model) if self._ask else None
            self._told[model] = told or DEFAULT_TOKENS
        return self._told[model]


class _Fitting:
    """One prompt on its way into a window of `limit` tokens."""

    def __init__(
        self,
        tokens: TokenCounter,
        question: Question,
        now: datetime,
        limit: int,
        ours: str | None = None,
    ) -> None:
        self._ours = ours
        self._tokens = tokens
        self._question = question
        self._now = now
        self._limit = limit
        self._reply = min(question.output.max_tokens or REPLY_TOKENS, limit // 2)
        self._beside = tokens.count(_beside(question))

    def fit(self, sources: Sequence[Source], passage_tokens: int) -> Fitted:
        system, earlier, asked = _parted(self._question.turns)
        rules = [turn for turn in earlier if turn.role == "system"]
        must = self._cost(self._turns([*system, *rules, *asked], [], sources)) + self._beside
        if must + LEAST_REPLY_TOKENS > self._limit:
            raise InvalidRequest(
                f"the messages have some {must:,} tokens, and the model's window holds "
                f"{self._limit:,} with its reply: send less, or, if the window is larger, set "
                "HYDROPHONE_MODEL_CONTEXT_TOKENS",
                param="messages",
                code="context_length_exceeded",
            )
        room = max(0, self._limit - max(self._reply, LEAST_REPLY_TOKENS) - must)
        blocks = pack(sources, self._tokens, min(passage_tokens, room))
        passages = sum(block.tokens for block in blocks)
        if earlier:
            budget = max(room - passages, room // _HISTORY_SHARE)
            stay = self._cost(rules)
            earlier = condensed(earlier, budget + stay, self._cost)
            passages = room + stay - self._cost(earlier)
            blocks = pack(sources, self._tokens, min(passage_tokens, max(0, passages)))
        return self._fitted([*system, *earlier, *asked], blocks, sources)

    def _fitted(
        self, said: Sequence[Turn], blocks: list[Block], sources: Sequence[Source]
    ) -> Fitted:
        """The prompt of these; where the sum is more than its parts, with fewer passages."""
        while True:
            turns = self._turns(said, blocks, sources)
            cost = self._cost(turns) + self._beside
            if not blocks or cost + self._reply <= self._limit:
                break
            blocks = blocks[:-1]
        wanted = self._question.output.max_tokens
        numbers = {block.n for block in blocks}
        return Fitted(
            turns=tuple(turns),
            shown=tuple(source for source in sources if source.n in numbers),
            max_tokens=None if wanted is None else max(1, min(wanted, self._limit - cost)),
            prompt_tokens=cost,
        )

    def _turns(
        self, turns: Sequence[Turn], blocks: Sequence[Block], sources: Sequence[Source]
    ) -> list[Turn]:
        texts = [block.text for block in arranged(blocks)] or ([""] if sources else [])
        question = replace(self._question, turns=tuple(turns))
        return conversation(question, texts, self._now, ours=self._ours)

    def _cost(self, turns: Sequence[Turn]) -> int:
        texts = "\n".join([turn.text for turn in turns] + [_called(turn) for turn in turns])
        return self._tokens.count(texts) + TURN_TOKENS * len(turns) + picture_tokens(turns)


def _beside(question: Question) -> str:
    """What is sent beside the turns: the caller's functions and the schema of the answer."""
    functions = [
        f"{one.name} {one.description} {one.parameters}" for one in question.tools.functions
    ]
    format = question.output.format
    return "\n".join([*functions, str(format)] if format else functions)


def _called(turn: Turn) -> str:
    return "\n".join(f"{call.name} {call.arguments}" for call in turn.tool_calls)


def _parted(turns: Sequence[Turn]) -> tuple[Sequence[Turn], Sequence[Turn], Sequence[Turn]]:
    """The system texts at the beginning, what was said then, and all from the last question on."""
    system = next((n for n, turn in enumerate(turns) if turn.role != "system"), len(turns))
    asked = max((n for n, turn in enumerate(turns) if turn.role == "user"), default=system)
    return turns[:system], turns[system:asked], turns[asked:]
