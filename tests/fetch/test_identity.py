"""The names by which site owners know us."""

from __future__ import annotations

from hydrophone.fetch.identity import CRAWLER, READER, user_agent


def test_user_agents_name_the_robot_and_who_is_behind_it() -> None:
    about = "https://search.example/bot"
    assert user_agent(CRAWLER, about) == (
        "Mozilla/5.0 (compatible; HydrophoneBot/1.0; +https://search.example/bot)"
    )
    assert user_agent(READER, about) == (
        "Mozilla/5.0 (compatible; Hydrophone-User/1.0; +https://search.example/bot)"
    )
    assert user_agent(READER) == "Mozilla/5.0 (compatible; Hydrophone-User/1.0)"
