"""No field of the body is read and dropped: each, sent alone, makes another question."""

from __future__ import annotations

from typing import Any

import pytest

from hydrophone.api.chat.schema import ChatRequest, WebSearchOptions
from hydrophone.api.chat.webui import WebUiBlock
from tests.api.chat.asking import USER, asked

# What the endpoint itself heeds, and not the question.
ELSEWHERE = {"model", "stream", "stream_mode", "n"}
TOOL = {"type": "function", "function": {"name": "f"}}
SAMPLES: dict[str, Any] = {
    "messages": [USER, USER],
    "max_tokens": 5,
    "max_completion_tokens": 5,
    "temperature": 0.5,
    "top_p": 0.5,
    "top_k": 5,
    "presence_penalty": 0.5,
    "frequency_penalty": 0.5,
    "seed": 5,
    "stop": "x",
    "reasoning_effort": "low",
    "response_format": {"type": "json_object"},
    "tools": [TOOL],
    "tool_choice": "none",
    "parallel_tool_calls": False,
    "language_preference": "de",
    "response_formatting_locale": "de-AT",
    "citation_mode": "clean",
    "disable_search": True,
    "enable_search_classifier": True,
    "search_mode": "academic",
    "web_search_options": {"search_context_size": "high"},
    "pro_search": True,
    "max_results": 5,
    "num_search_results": 5,
    "safe_search": True,
    "country": "US",
    "latitude": 1,
    "longitude": 1,
    "return_images": True,
    "num_images": 5,
    "image_domain_filter": ["a.example"],
    "image_format_filter": ["png"],
    "media_response": {"overrides": {"return_videos": True}},
    "return_related_questions": True,
    "search_domain_filter": ["a.example"],
    "search_language_filter": ["en"],
    "search_recency_filter": "day",
    "search_after_date_filter": "3/1/2025",
    "search_before_date_filter": "3/1/2025",
    "last_updated_after_filter": "3/1/2025",
    "last_updated_before_filter": "3/1/2025",
    "collections": ["sea"],
    "perplexity": {"citation_mode": "clean"},
    "conversation_id": "a-conversation",
}
BLOCK: dict[str, Any] = {
    "citation_mode": "clean",
    "search_focus": "writing",
    "source_focus": "academic",
    "time_range": "day",
    "language": "de",
    "timezone": "Europe/Paris",
    "coordinates": {"latitude": 1, "longitude": 1},
    "save_to_library": True,
    "response_format": "json_object",
    "thread_uuid": "a-thread",
    "space_uuid": "a-space",
    "research_interaction": "manual",
    "custom_model_mode": "research",
}
OPTIONS: dict[str, Any] = {
    "search_context_size": "medium",
    "search_type": "pro",
    "user_location": {"city": "Paris"},
    "image_results_enhanced_relevance": True,
}


@pytest.mark.parametrize("field", sorted(ChatRequest.model_fields.keys() - ELSEWHERE))
def test_a_field_alone_makes_another_question(field: str) -> None:
    together = {"latitude": {"longitude": 0}, "longitude": {"latitude": 0}}.get(field, {})
    assert asked(**{field: SAMPLES[field]}, **together) != asked()


@pytest.mark.parametrize("field", sorted(WebUiBlock.model_fields))
def test_an_option_of_the_block_alone_makes_another_question(field: str) -> None:
    assert asked(perplexity={field: BLOCK[field]}) != asked()


@pytest.mark.parametrize("field", sorted(WebSearchOptions.model_fields))
def test_a_search_option_alone_makes_another_question(field: str) -> None:
    assert asked(web_search_options={field: OPTIONS[field]}) != asked()


@pytest.mark.parametrize("field", sorted(ChatRequest.model_fields.keys() - {"messages"}))
def test_null_is_as_if_a_field_had_not_been_sent(field: str) -> None:
    assert asked(**{field: None}) == asked()
