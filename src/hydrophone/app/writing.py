"""What the model writer is given: the check of its citations, and the window of its model."""

from __future__ import annotations

from typing import TYPE_CHECKING

from hydrophone.settings import Settings

if TYPE_CHECKING:
    from hydrophone.engine.writing.release import Checking
    from hydrophone.engine.writing.window import AskWindow, Window
    from hydrophone.llm.base import ChatModel, Reranker, TokenCounter
    from hydrophone.llm.entailment import EntailmentModel


def checking_for(
    settings: Settings, reranker: Reranker, entailment: EntailmentModel | None = None
) -> Checking | None:
    """How answers are checked; None when they are not."""
    if settings.citation_check == "off":
        return None
    from hydrophone.engine.checking.support import SupportChecker
    from hydrophone.engine.writing.release import Checking

    trails = settings.citation_release == "trail"
    checker = SupportChecker(reranker, entailment=entailment)
    return Checking(checker, settings.citation_check, trails=trails)


def window_for(settings: Settings, endpoint: ChatModel, tokens: TokenCounter) -> Window:
    """The window of the endpoint's models. Raises NotConfigured when the tokenizer that is set
    cannot be read."""
    from hydrophone.engine.writing.window import Window

    ask: AskWindow | None = getattr(endpoint, "context_tokens", None)
    return Window(
        _prompt_counter(settings, tokens), context_tokens=settings.model_context_tokens, ask=ask
    )


def _prompt_counter(settings: Settings, tokens: TokenCounter) -> TokenCounter:
    from hydrophone.llm.tokens import (
        TOKENS_A_WORD,
        TOKENS_A_WORDPIECE,
        CautiousCounter,
        TokenizerCounter,
    )

    if settings.model_tokenizer is not None:
        return TokenizerCounter(settings.model_tokenizer.expanduser(), "model")
    factor = TOKENS_A_WORDPIECE if tokens.model == "wordpiece" else TOKENS_A_WORD
    return CautiousCounter(tokens, factor)
