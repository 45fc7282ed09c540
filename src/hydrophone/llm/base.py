"""What other rooms know of models: four Protocols and the values that pass through them."""

from __future__ import annotations

from collections.abc import AsyncIterator, Sequence
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal, Protocol, TypeAlias

from hydrophone.types import (
    Effort,
    FinishReason,
    JsonFormat,
    RegexFormat,
    Sampling,
    ToolCall,
    ToolCallDelta,
    Tools,
    Turn,
)

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    Vectors: TypeAlias = NDArray[np.float32]

RerankerKind = Literal["cross-encoder", "overlap"]


class Embedder(Protocol):
    """Turns text into vectors whose dot product says how near in meaning two texts are."""

    @property
    def model(self) -> str:
        """Names the model, its version included: vectors of different models do not compare."""

    @property
    def dimensions(self) -> int:
        """How many numbers a vector has."""

    async def embed_query(self, text: str) -> Vectors:
        """The vector of a question: float32, shape (dimensions,), length 1. Somebody waits."""

    async def embed_passages(self, texts: Sequence[str]) -> Vectors:
        """The vectors of passages: float32, shape (len(texts), dimensions), length 1 each.

        Background work: it takes its time and leaves questions theirs. A text has the same vector
        whatever stands beside it. Cancelling stops it within one text.
        """


class Reranker(Protocol):
    """Says how well texts answer a query."""

    @property
    def model(self) -> str:
        """Names the model or the formula."""

    @property
    def kind(self) -> RerankerKind:
        """Which family of thresholds its scores belong to."""

    async def score(self, query: str, texts: Sequence[str]) -> list[float]:
        """One score a text, in their order; higher is better, and the scale is the kind's own."""


class TokenCounter(Protocol):
    """Counts the tokens of a text, for limits and bills where no endpoint counts them."""

    @property
    def model(self) -> str:
        """Names whose tokens are counted."""

    def count(self, text: str) -> int:
        """How many tokens; some microseconds per hundred characters."""


@dataclass(frozen=True, slots=True)
class ModelRequest:
    """What a language model is asked. `deadline_s` is for the whole call, in seconds from now."""

    model: str
    messages: tuple[Turn, ...]
    tools: Tools = field(default_factory=Tools)
    sampling: Sampling = field(default_factory=Sampling)
    max_tokens: int | None = None
    stop: tuple[str, ...] = ()
    response_format: JsonFormat | RegexFormat | None = None
    reasoning_effort: Effort | None = None
    deadline_s: float = 120.0


@dataclass(frozen=True, slots=True)
class ModelUsage:
    """The endpoint's own counts; completion tokens include those of the reasoning."""

    prompt_tokens: int = 0
    completion_tokens: int = 0
    reasoning_tokens: int = 0


@dataclass(frozen=True, slots=True)
class ModelDelta:
    """A piece of a reply. A later `usage` replaces an earlier one."""

    text: str = ""
    thinking: str = ""
    tool_calls: tuple[ToolCallDelta, ...] = ()
    finish_reason: FinishReason | None = None
    usage: ModelUsage | None = None


@dataclass(frozen=True, slots=True)
class ModelReply:
    """A whole reply; `usage` is None where the endpoint counts nothing."""

    text: str
    thinking: str = ""
    tool_calls: tuple[ToolCall, ...] = ()
    finish_reason: FinishReason = "stop"
    usage: ModelUsage | None = None


class ChatModel(Protocol):
    """A language model that goes on with a conversation."""

    @property
    def name(self) -> str:
        """Names the model server, for people."""

    def stream(
        self, request: ModelRequest
    ) -> AbstractAsyncContextManager[AsyncIterator[ModelDelta]]:
        """Enter to send the request and get the reply as it is written; leave to stop it.

        A reply that ends well has exactly one delta with a `finish_reason`; `usage` may come with
        it, before it or after it. Entering and iterating raise NotConfigured (key or address of
        the endpoint wrong), InvalidModel, InvalidRequest (the endpoint refuses the request),
        DeadlineExceeded, and UpstreamError for all else.
        """

    async def complete(self, request: ModelRequest) -> ModelReply:
        """The whole reply at once. Raises what `stream` raises."""
