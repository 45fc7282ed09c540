"""Perplexity's web session: a client for people with an account there, with their own session.

    from hydrophone.perplexity import Perplexity

    with Perplexity("YOUR_SESSION_TOKEN") as client:
        conversation = client.create_conversation()
        print(conversation.ask("What is a hydrophone?").answer)

It speaks an interface that the service does not document: it may break any day. Use it with your
own account, and politely.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from hydrophone.perplexity.account.history import ThreadNotFound
    from hydrophone.perplexity.client.conversation import AsyncConversation
    from hydrophone.perplexity.client.perplexity import AsyncPerplexity
    from hydrophone.perplexity.client.response import Response
    from hydrophone.perplexity.client.waiting import Conversation, Perplexity
    from hydrophone.perplexity.config import ClientConfig, ConversationConfig, Coordinates
    from hydrophone.perplexity.constants import (
        CitationMode,
        LogLevel,
        SearchFocus,
        SourceFocus,
        TimeRange,
    )
    from hydrophone.perplexity.errors import (
        AuthenticationError,
        BotWallError,
        ConnectionFailed,
        FileAccessError,
        FileUploadError,
        FileValidationError,
        HTTPError,
        ModelAccessError,
        PerplexityError,
        RateLimitError,
        ResearchClarifyingQuestionsError,
        ResponseParsingError,
        StreamingError,
        UnknownModelError,
    )
    from hydrophone.perplexity.files.inputs import FileInput
    from hydrophone.perplexity.models.names import Models
    from hydrophone.perplexity.models.table import MODELS, Model
    from hydrophone.perplexity.wire.results import SearchResultItem

# Where each name stands: a room of this package is loaded when something of it is first used.
_WHERE = {
    "account.history": ("ThreadNotFound",),
    "client.conversation": ("AsyncConversation",),
    "client.perplexity": ("AsyncPerplexity",),
    "client.response": ("Response",),
    "client.waiting": ("Conversation", "Perplexity"),
    "config": ("ClientConfig", "ConversationConfig", "Coordinates"),
    "constants": ("CitationMode", "LogLevel", "SearchFocus", "SourceFocus", "TimeRange"),
    "errors": (
        "AuthenticationError",
        "BotWallError",
        "ConnectionFailed",
        "FileAccessError",
        "FileUploadError",
        "FileValidationError",
        "HTTPError",
        "ModelAccessError",
        "PerplexityError",
        "RateLimitError",
        "ResearchClarifyingQuestionsError",
        "ResponseParsingError",
        "StreamingError",
        "UnknownModelError",
    ),
    "files.inputs": ("FileInput",),
    "models.names": ("Models",),
    "models.table": ("MODELS", "Model"),
    "wire.results": ("SearchResultItem",),
}
_ROOMS = {name: room for room, names in _WHERE.items() for name in names}

__all__ = [
    "MODELS",
    "AsyncConversation",
    "AsyncPerplexity",
    "AuthenticationError",
    "BotWallError",
    "CitationMode",
    "ClientConfig",
    "ConnectionFailed",
    "Conversation",
    "ConversationConfig",
    "Coordinates",
    "FileAccessError",
    "FileInput",
    "FileUploadError",
    "FileValidationError",
    "HTTPError",
    "LogLevel",
    "Model",
    "ModelAccessError",
    "Models",
    "Perplexity",
    "PerplexityError",
    "RateLimitError",
    "ResearchClarifyingQuestionsError",
    "Response",
    "ResponseParsingError",
    "SearchFocus",
    "SearchResultItem",
    "SourceFocus",
    "StreamingError",
    "ThreadNotFound",
    "TimeRange",
    "UnknownModelError",
]


def __getattr__(name: str) -> Any:
    from importlib import import_module

    if name not in _ROOMS:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(import_module(f"{__name__}.{_ROOMS[name]}"), name)
