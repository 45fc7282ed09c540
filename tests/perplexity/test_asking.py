"""The request of a question, key by key."""

from __future__ import annotations

import uuid
from typing import Any

import pytest

from hydrophone.perplexity import MODELS, ConversationConfig, Coordinates
from hydrophone.perplexity.asking import ask_body
from hydrophone.perplexity.wire.thread import Thread
from hydrophone.types import Secret

BEGUN = Thread("b-1", "c-1", "slug", "Title", Secret("rw-1"))
IDS = ("frontend_uuid", "frontend_context_uuid")


def params(model: str = "best", **more: Any) -> dict[str, Any]:
    config = more.pop("config", ConversationConfig())
    body = ask_body("Which?", MODELS[model], config, **more)
    assert set(body) == {"params", "query_str"}
    assert body["query_str"] == "Which?"
    asked: dict[str, Any] = body["params"]
    return asked


def test_a_plain_question_is_asked_as_the_services_page_does() -> None:
    asked = params()
    assert all(str(uuid.UUID(asked.pop(name))) for name in IDS)
    assert asked == {
        "version": "2.18",
        "model_preference": "pplx_pro_upgraded",
        "mode": "copilot",
        "search_focus": "internet",
        "skip_search_enabled": False,
        "sources": ["web"],
        "search_recency_filter": None,
        "language": "en-US",
        "timezone": None,
        "local_search_enabled": False,
        "client_coordinates": None,
        "attachments": [],
        "is_incognito": True,
        "use_schematized_api": True,
        "send_back_text_in_streaming_api": False,
        "prompt_source": "user",
        "query_source": "home",
        "should_ask_for_mcp_tool_confirmation": False,
        "supports_tool_approval_modal": False,
    }


def test_each_question_has_an_id_of_its_own() -> None:
    assert params()["frontend_uuid"] != params()["frontend_uuid"]


def test_a_place_allows_to_search_around_it() -> None:
    asked = params(config=ConversationConfig(coordinates=Coordinates(-23.5, -46.6)))
    place = {"location_lat": -23.5, "location_lng": -46.6, "name": ""}
    assert (asked["client_coordinates"], asked["local_search_enabled"]) == (place, True)


def test_writing_searches_nothing() -> None:
    asked = params(config=ConversationConfig(search_focus="writing", source_focus="all"))
    assert (asked["skip_search_enabled"], asked["sources"]) == (True, [])


@pytest.mark.parametrize(
    ("time_range", "told"),
    [("all", None), ("day", "DAY"), ("week", "WEEK"), ("month", "MONTH"), ("year", "YEAR")],
)
def test_each_time_range_has_its_filter(time_range: str, told: str | None) -> None:
    asked = params(config=ConversationConfig(time_range=time_range))
    assert asked["search_recency_filter"] == told


def test_connectors_stand_beside_the_other_sources() -> None:
    config = ConversationConfig(source_focus="academic", connectors=["google_drive"])
    assert params(config=config)["sources"] == ["scholar", "google_drive"]
    alone = ConversationConfig(source_focus=(), connectors=["google_drive"])
    assert params(config=alone)["sources"] == ["google_drive"]


@pytest.mark.parametrize(("free", "identifier"), [(True, "turbo"), (False, "pplx_pro_upgraded")])
def test_an_account_without_a_subscription_asks_another_model(free: bool, identifier: str) -> None:
    assert params(free=free)["model_preference"] == identifier


def test_research_has_its_own_mode() -> None:
    asked = params("deep-research")
    assert (asked["mode"], asked["model_preference"]) == ("research", "pplx_alpha")


def test_what_follows_names_the_entry_before_it() -> None:
    asked = params(thread=BEGUN)
    assert {name: asked[name] for name in ("query_source", "followup_source")} == {
        "query_source": "followup",
        "followup_source": "link",
    }
    assert (asked["last_backend_uuid"], asked["read_write_token"]) == ("b-1", Secret("rw-1"))
    assert "frontend_context_uuid" not in asked
    assert "read_write_token" not in params(thread=Thread("b-1"))


@pytest.mark.parametrize(("thread", "source"), [(None, "collection"), (BEGUN, "followup")])
def test_all_questions_of_a_space_are_kept_in_it(thread: Thread | None, source: str) -> None:
    asked = params(config=ConversationConfig(space_uuid="space-1"), thread=thread)
    assert asked["target_collection_uuid"] == "space-1"
    assert asked["target_thread_access_level"] == 1
    assert asked["is_incognito"] is False
    assert asked["query_source"] == source


def test_uploaded_files_are_named_by_their_addresses() -> None:
    assert params(attachments=["https://x/a", "https://x/b"])["attachments"] == [
        "https://x/a",
        "https://x/b",
    ]
