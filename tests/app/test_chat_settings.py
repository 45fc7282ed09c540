"""The settings of the chat door in a started server, and citation styles over the whole way."""

from __future__ import annotations

import re

from tests.running import Server, Shell, serving

CHAT = "/v1/sonar"
USER = {"role": "user", "content": "How do I add my own documents?"}
MARKER = re.compile(r" \[(\d)\]")
LINK = re.compile(r" \[\d\]\(([^)\s]+)\)")


def test_strict_and_pro_search_reach_the_door(shell: Shell) -> None:
    settings = {"HYDROPHONE_STRICT": "1", "NEXT_PUBLIC_PRO_MODE_ENABLED": "false"}
    with serving(shell, HYDROPHONE_OFFLINE="1", **settings) as server:
        twice = server.request(CHAT, {"messages": [USER, USER]})
        pro = server.request(CHAT, {"messages": [USER], "pro_search": True})
        pattern = {"type": "regex", "regex": {"regex": "^[0-9]+$"}}
        formed = server.request(CHAT, {"messages": [USER], "response_format": pattern})
    assert (twice.status, twice.json["error"]["type"]) == (400, "invalid_message")
    assert (pro.status, pro.json["error"]["type"]) == (400, "invalid_parameter")
    assert (formed.status, formed.json["error"]["param"]) == (400, "response_format")


def test_citation_modes_change_the_text_and_not_the_citations(shell: Shell) -> None:
    with serving(shell, HYDROPHONE_OFFLINE="1") as server:
        plain, sources = asked(server, "default")
        linked, _ = asked(server, "markdown")
        clean, unchanged = asked(server, "clean")
    cited = [sources[int(number) - 1] for number in MARKER.findall(plain)]
    assert cited
    assert LINK.findall(linked) == cited
    assert clean == MARKER.sub("", plain)
    assert unchanged == sources


def asked(server: Server, mode: str) -> tuple[str, list[str]]:
    """The text of the answer and its sources; each quote stands where its annotation says."""
    body = {"messages": [USER], "perplexity": {"citation_mode": mode}}
    answer = server.request(CHAT, body).json
    message = answer["choices"][0]["message"]
    for one in (annotation["url_citation"] for annotation in message["annotations"]):
        shown = message["content"][one["start_index"] : one["end_index"]]
        assert " ".join(one["quote"].split()).startswith(shown.rstrip("… "))
    return message["content"], answer["citations"]
