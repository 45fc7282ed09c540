"""What comes back for a question, whoever answered, and who may be asked."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Protocol

from hydrophone.evaluation.answers.questions import Asked
from hydrophone.types import Citation, Source


@dataclass(frozen=True, slots=True)
class Times:
    """Seconds from the question to its first source, the first text, and the end; None where there
    was none."""

    first_source_s: float | None
    first_text_s: float | None
    end_s: float


@dataclass(frozen=True, slots=True)
class Reply:
    """An answer as its reader has it.

    `citations` are those that it came with beside its text; an engine that only sets markers has
    none. `abstained`: it says that the sources do not answer. `confidence` is on the engine's own
    scale, None when it tells none. `spent` has what the engine tells of tokens, calls, searches and
    cost, by the names of their measures. `tool_calls` names functions that were called. `error`
    says why there is no answer.
    """

    text: str
    sources: tuple[Source, ...]
    citations: tuple[Citation, ...]
    abstained: bool
    times: Times
    confidence: float | None = None
    spent: Mapping[str, float] = field(default_factory=dict)
    tool_calls: tuple[str, ...] = ()
    error: str | None = None


class Asker(Protocol):
    """Puts questions to an answer engine."""

    async def ask(self, asked: Asked) -> Reply:
        """The answer to one question. What goes wrong with it is the reply's `error`."""
