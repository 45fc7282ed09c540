"""What a robots.txt means, by the facts of Google's parser and by files of real sites."""

from __future__ import annotations

import base64
import gzip
import json
from pathlib import Path
from typing import Any

import pytest

from hydrophone.fetch.robots.rules import SIZE_LIMIT_BYTES, parse_robots

_DATA = Path(__file__).parent.parent / "data"


def _rows(name: str) -> list[dict[str, Any]]:
    with gzip.open(_DATA / name, "rt", encoding="utf-8") as file:
        return [json.loads(line) for line in file]


def _allows(text: str | bytes, url: str, agent: str = "HydrophoneBot") -> bool:
    body = text.encode() if isinstance(text, str) else text
    return parse_robots(body, agent).allows(f"https://a.example{url}")


def test_all_facts_of_googles_parser_hold() -> None:
    facts = _rows("google_robots_facts.jsonl.gz")
    wrong = []
    for fact in facts:
        text = fact.get("robots_txt")
        body = base64.b64decode(fact["robots_b64"]) if text is None else text.encode()
        if parse_robots(body, fact["agent"]).allows(fact["url"]) != fact["allowed"]:
            wrong.append(fact)
    assert len(facts) == 142
    assert wrong == []


def test_real_files_are_read_and_mean_what_protego_says() -> None:
    from protego import Protego

    rows = _rows("real_robots_sample.jsonl.gz")
    asked = 0
    for row in rows:
        body = base64.b64decode(row["b64"])
        rules = parse_robots(body, "HydrophoneBot")
        others = Protego.parse(body.decode("utf-8-sig", "replace").replace("\xa0", " "))
        assert rules.sitemaps == tuple(others.sitemaps)
        assert rules.crawl_delay_s == others.crawl_delay("HydrophoneBot")
        for line in body.decode("utf-8", "replace").splitlines():
            path = line.partition(":")[2].strip().replace("*", "x").rstrip("$")
            url = f"https://{row['host']}{path if path.startswith('/') else '/'}"
            asked += 1
            assert rules.allows(url) == others.can_fetch(url, "HydrophoneBot"), url
    assert len(rows) == 40
    assert asked > 500


def test_own_group_wins_over_everybodys_wherever_it_stands() -> None:
    text = """
    User-agent: hydrophonebot
    Disallow: /own
    User-agent: *
    Disallow: /
    User-agent: HydrophoneBot/1.0 (the crawler)
    Disallow: /more
    """
    assert [_allows(text, path) for path in ("/", "/own", "/more")] == [True, False, False]
    assert not _allows(text, "/", "OtherBot")


def test_groups_of_similar_names_are_not_ours() -> None:
    for name in ("Hydrophone", "HydrophoneBotPlus", "MyHydrophoneBot", "Hydrophone-User", "bot"):
        assert _allows(f"User-agent: {name}\nDisallow: /", "/"), name
    assert not _allows("User-agent: Hydrophone-User\nDisallow: /", "/", "Hydrophone-User")


def test_own_group_without_rules_allows_all() -> None:
    for rule in ("Disallow:", "", "Crawl-delay: 1"):
        assert _allows(f"User-agent: *\nDisallow: /\n\nUser-agent: HydrophoneBot\n{rule}", "/")


def test_lines_that_mean_nothing_do_not_split_a_group() -> None:
    text = "User-agent: HydrophoneBot\nNoindex: /x\nSitemap: https://a.example/s\n<p>\nDisallow: /x"
    rules = parse_robots(text.encode(), "HydrophoneBot")
    assert not rules.allows("https://a.example/x")
    assert rules.sitemaps == ("https://a.example/s",)


@pytest.mark.parametrize(
    "line",
    ["Disallow: /x", "disallow:/x", "  DISALLOW :  /x  # why", "Disallow /x", "Dissalow: /x"],
)
def test_rule_may_be_spelled_in_many_ways(line: str) -> None:
    assert not _allows(f"User Agent: *\r{line}", "/x/y")
    assert _allows(f"User Agent: *\r{line}", "/y")


@pytest.mark.parametrize(
    ("given", "delay_s"),
    [("2.5", 2.5), ("0", 0.0), ("-1", None), ("nan", None), ("soon", None), ("1e9", 1e9)],
)
def test_crawl_delay_is_told_as_it_is(given: str, delay_s: float | None) -> None:
    assert (
        parse_robots(f"User-agent: *\nCrawl-delay: {given}".encode(), "x").crawl_delay_s == delay_s
    )


def test_crawl_delay_of_others_is_not_ours() -> None:
    text = b"User-agent: *\nCrawl-delay: 5\n\nUser-agent: HydrophoneBot\nDisallow: /x"
    assert parse_robots(text, "HydrophoneBot").crawl_delay_s is None
    assert parse_robots(text, "OtherBot").crawl_delay_s == 5.0


@pytest.mark.parametrize("path", ["/caf\u00e9", "/caf%C3%A9", "/caf%c3%a9"])
def test_other_scripts_match_in_every_spelling(path: str) -> None:
    assert not _allows(f"User-agent: *\nDisallow: {path}", "/caf%C3%A9/x")


def test_letters_in_escapes_are_refused_as_letters_and_allowed_only_when_nobody_doubts() -> None:
    assert not _allows("User-agent: *\nDisallow: /%7Eann", "/~ann/")
    assert not _allows("User-agent: *\nDisallow: /\nAllow: /%7Eann", "/~ann/")
    assert _allows("User-agent: *\nDisallow: /\nAllow: /~ann", "/~ann/")


@pytest.mark.parametrize(
    "body",
    [
        b"",
        b"\x00\xff\xfe\x00" * 1000,
        b"\xff\xfe\x00",
        bytes(range(256)) * 50,
        b"<html><body>Disallow: / User-agent: *</body></html>",
        b"User-agent: *\n" + b"Disallow: /" + b"a" * 1_000_000,
        b"Disallow: /\nAllow\nUser-agent\n:::\n: x\nuser-agent:\n",
        b"User-agent: *\nDisallow: http://[::1\nAllow: %%%$*$*\x0b\x0cDisallow: /y\n",
    ],
)
def test_rubbish_is_read_without_an_error_and_forbids_nothing(body: bytes) -> None:
    assert _allows(body, "/page")


def test_wide_text_with_its_mark_is_read() -> None:
    assert not _allows("User-agent: *\r\nDisallow: /x".encode("utf-16"), "/x")


def test_what_follows_the_size_limit_is_not_read() -> None:
    head = b"User-agent: *\n"
    filling = b"#" * (SIZE_LIMIT_BYTES - len(head) - len(b"Disallow: /x\n") - 1) + b"\n"
    body = head + filling + b"Disallow: /x\nDisallow: /y\n"
    assert [_allows(body, path) for path in ("/x", "/y")] == [False, True]
