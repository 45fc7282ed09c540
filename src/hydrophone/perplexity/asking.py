"""The request that a question is sent in: POST /rest/sse/perplexity_ask."""

from __future__ import annotations

import uuid
from collections.abc import Sequence
from typing import Any

from hydrophone.perplexity.config import ConversationConfig, sources
from hydrophone.perplexity.constants import SearchFocus, TimeRange
from hydrophone.perplexity.models.table import Model
from hydrophone.perplexity.wire.thread import Thread

# What the service's own page calls itself.
VERSION = "2.18"
PATH = "/rest/sse/perplexity_ask"
_SPACE_ACCESS = 1


def ask_body(
    query: str,
    model: Model,
    config: ConversationConfig,
    *,
    thread: Thread | None = None,
    attachments: Sequence[str] = (),
    free: bool = False,
) -> dict[str, Any]:
    """The body of a question; `thread` is the conversation that it goes on with, `attachments` the
    addresses of uploaded files. `free`: the account has no subscription."""
    writing = config.search_focus == SearchFocus.WRITING
    place = config.coordinates
    identifier = model.free_identifier if free and model.free_identifier else model.identifier
    params: dict[str, Any] = {
        "version": VERSION,
        "model_preference": identifier,
        "mode": model.mode,
        "search_focus": "internet",
        "skip_search_enabled": writing,
        "sources": [] if writing else list(sources(config)),
        "search_recency_filter": _recency(config.time_range),
        "language": config.language,
        "timezone": config.timezone,
        "local_search_enabled": place is not None,
        "client_coordinates": None
        if place is None
        else {"location_lat": place.latitude, "location_lng": place.longitude, "name": ""},
        "attachments": list(attachments),
        "is_incognito": not config.save_to_library,
        "use_schematized_api": True,
        "send_back_text_in_streaming_api": False,
        "prompt_source": "user",
        "query_source": "home",
        "frontend_uuid": str(uuid.uuid4()),
        # The service would wait for a person to agree to a tool.
        "should_ask_for_mcp_tool_confirmation": False,
        "supports_tool_approval_modal": False,
    }
    params |= _place(config, thread)
    return {"params": params, "query_str": query}


def _place(config: ConversationConfig, thread: Thread | None) -> dict[str, Any]:
    """Where the question belongs: into a space, and behind another or to the beginning."""
    place: dict[str, Any] = {}
    if config.space_uuid is not None:
        place["query_source"] = "collection"
        place["target_collection_uuid"] = config.space_uuid
        place["target_thread_access_level"] = _SPACE_ACCESS
        place["is_incognito"] = False
    if thread is None or thread.backend_uuid is None:
        return place | {"frontend_context_uuid": str(uuid.uuid4())}
    place["query_source"] = "followup"
    place["followup_source"] = "link"
    place["last_backend_uuid"] = thread.backend_uuid
    if thread.read_write_token is not None:
        place["read_write_token"] = thread.read_write_token
    return place


def _recency(time_range: str) -> str | None:
    return None if time_range == TimeRange.ALL else time_range.upper()
