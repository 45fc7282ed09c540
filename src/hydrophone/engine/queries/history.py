"""A conversation made shorter: the newest turns whole, the older ones only their gist."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import TypeAlias

from hydrophone.index.sentences import split_sentences
from hydrophone.types import TextPart, Turn

Cost: TypeAlias = Callable[[Sequence[Turn]], int]

GIST_SENTENCES = 2
GIST_CHARS = 400


def condensed(turns: Sequence[Turn], budget: int, cost: Cost) -> tuple[Turn, ...]:
    """The conversation within `budget`, in the unit of `cost`, which counts some turns.

    As many of the newest exchanges as fit stay whole; each older one is shortened to its question
    and the first sentences of its answer, and the oldest are left out when even that is too much.
    System texts always stay, also when they are more than the budget. What tools said of an
    exchange stays or goes with it, as endpoints refuse one without the other.
    """
    if cost(turns) <= budget:
        return tuple(turns)
    system = [turn for turn in turns if turn.role == "system"]
    left = budget - cost(system)
    kept: list[Turn] = []
    whole = True
    for exchange in reversed(_exchanges([turn for turn in turns if turn.role != "system"])):
        said, costs = exchange, cost(exchange) if whole else 0
        if not whole or costs > left:
            whole, said = False, _gist(exchange)
            costs = cost(said)
        if costs > left:
            break
        left -= costs
        kept = [*said, *kept]
    return (*system, *kept)


def gist_of(text: str) -> str:
    """The first sentences of a text, within some 400 characters."""
    end = 0
    for span in split_sentences(text[: 2 * GIST_CHARS])[:GIST_SENTENCES]:
        if end and span.end > GIST_CHARS:
            break
        end = min(span.end, GIST_CHARS)
    return text[:end].strip()


def _exchanges(turns: Sequence[Turn]) -> list[list[Turn]]:
    """Each begins with what the user says; what comes before the first user turn is one as well."""
    found: list[list[Turn]] = []
    for turn in turns:
        if turn.role == "user" or not found:
            found.append([])
        found[-1].append(turn)
    return found


def _gist(exchange: Sequence[Turn]) -> list[Turn]:
    """The question and the beginning of the answer; calls of tools and their results are left out,
    and so are pictures and files."""
    said = [turn for turn in exchange if turn.text.strip() and turn.role != "tool"]
    asked = [_shortened(turn) for turn in said if turn.role == "user"]
    answered = [_shortened(turn) for turn in said if turn.role == "assistant"][-1:]
    return [*asked, *answered]


def _shortened(turn: Turn) -> Turn:
    return replace(turn, parts=(TextPart(gist_of(turn.text)),), tool_calls=(), sources=())
