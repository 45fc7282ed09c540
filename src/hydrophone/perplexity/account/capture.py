"""A capture of what the service sends, for a bug report: its shape, and nothing of its contents.

Of every text stand its length and, where the protocol has a fixed list of words for it, the word.
So a capture shows which keys and forms there are, and says nothing of whose they are.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from hydrophone.perplexity.account.tier import SESSION_PATH
from hydrophone.perplexity.asking import PATH, VERSION, ask_body
from hydrophone.perplexity.config import ConversationConfig
from hydrophone.perplexity.errors import PerplexityError
from hydrophone.perplexity.models.table import Model
from hydrophone.perplexity.session.web import WebSession

# Keys whose values are words of the protocol.
_WORDS = frozenset(
    (
        *("status", "type", "step_type", "intended_usage", "progress", "op"),
        *("mode", "search_mode", "message_mode", "error_code"),
        *("display_model", "user_selected_model"),
        *("subscription_tier", "subscription_status", "subscription_source", "payment_tier"),
    )
)
# What may stand under these keys is whatever the answer is made of: of it those that are known.
_NAMES = frozenset(("variant", "field"))
_PROTOCOL = """
    answer ask_text assets blocks chunks citations content diff_block followups goals items
    markdown_block media_items pending_followups_block patches payload plan_block progress queries
    query report sources sources_payload sources_answer_mode_block state status step steps text
    text_payload title type unified_assets unified_assets_block url value variant version web_result
    web_result_block web_results workflow_block workflow_root is_streaming
"""
_KNOWN = frozenset(_PROTOCOL.split())
_SOURCES = frozenset(("web", "scholar", "academic", "social", "edgar", "finance", "my_files"))
_COUNTS = re.compile(r"remaining|limit|offset|count|index|total|quota|max_|size")
_MOST_COUNTED = 1_000_000
_WORD_CHARS = 60
_LIKE_A_WORD = re.compile(rf"[\w./~-]{{0,{_WORD_CHARS}}}\Z")
_MOST_FRAMES = 2_000
_LOOKS: Sequence[tuple[str, Mapping[str, str]]] = (
    (SESSION_PATH, {}),
    ("/rest/user/settings", {}),
    ("/rest/rate-limit/all", {}),
    ("/rest/models/config", {"config_schema": "v1", "version": VERSION, "source": "default"}),
)


async def captured(web: WebSession, model: Model, question: str | None = None) -> dict[str, Any]:
    """What the service answers to looking around, and to `question`, which costs quota."""
    found: dict[str, Any] = {}
    for path, query in _LOOKS:
        try:
            found[path] = shape_of(await web.get(path, query))
        except PerplexityError as error:
            found[path] = {"error": type(error).__name__}
    if question is not None:
        found[PATH] = await _frames(web, model, question)
    return found


async def _frames(web: WebSession, model: Model, question: str) -> list[Any]:
    body = ask_body(question, model, ConversationConfig())
    frames: list[Any] = []
    try:
        async with web.frames(PATH, body) as stream:
            async for frame in stream:
                if len(frames) < _MOST_FRAMES:
                    frames.append(shape_of(frame.data))
    except PerplexityError as error:
        frames.append({"error": type(error).__name__})
    return frames


def shape_of(value: Any, key: str = "") -> Any:
    """The value with every text replaced by its length, but for words of the protocol, and every
    number that is no count by its digits."""
    if isinstance(value, str):
        return _text(value, key)
    if isinstance(value, bool) or value is None:
        return value
    if isinstance(value, int):
        counts = _COUNTS.search(key) and abs(value) < _MOST_COUNTED
        return value if counts else f"number of {len(str(value))} digits"
    if isinstance(value, Mapping):
        known = _SOURCES if key == "source_to_limit" else None
        return {_key(name, known): shape_of(one, name) for name, one in value.items()}
    if isinstance(value, list):
        return [shape_of(one, key) for one in value]
    return "number" if isinstance(value, float) else "?"


def _text(value: str, key: str) -> str:
    length = f"text of {len(value)} characters"
    if key == "path":
        parts = value.split("/")
        return "/".join(one if _is_known(one) else f"…{len(one)}" for one in parts)
    if key in _NAMES:
        return value if value in _KNOWN else length
    is_word = key in _WORDS and _LIKE_A_WORD.match(value) and not _names_somebody(value)
    return value if is_word else length


def _is_known(part: str) -> bool:
    """Whether a part of a patch's path is a name of the protocol, or an index."""
    return not part or part == "-" or part in _KNOWN or (part.isdigit() and len(part) < 5)


def _key(name: object, known: frozenset[str] | None) -> str:
    """A key, unless it is a value itself: an id, an address, what the account has connected."""
    text = str(name)
    plain = len(text) <= _WORD_CHARS and not any(char.isspace() for char in text)
    shown = plain and not _names_somebody(text) and (known is None or text in known)
    return text if shown else f"key of {len(text)} characters"


def _names_somebody(text: str) -> bool:
    digits = sum(char.isdigit() for char in text)
    return "@" in text or "://" in text or digits > 8
