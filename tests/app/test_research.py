"""Deep research as a server's settings bound it."""

from __future__ import annotations

from tests.running import Shell, serving

QUESTION = "How do I add my own documents, and which formats can be read?"


def test_the_settings_bound_every_report_and_the_answer_names_the_bound(shell: Shell) -> None:
    settings = {"HYDROPHONE_OFFLINE": "1", "HYDROPHONE_RESEARCH_SEARCHES": "2"}
    with serving(shell, **settings) as server:
        body = server.ask(QUESTION, model="sonar-deep-research").json
        plain = server.ask(QUESTION, model="sonar-pro").json
    assert body["usage"]["num_search_queries"] == 2
    [notice] = [one for one in body["notices"] if one["type"] == "budget"]
    assert "searches" in notice["message"]
    text = body["choices"][0]["message"]["content"]
    assert "[1]" in text
    assert text.rstrip().endswith("]")
    assert plain["usage"]["num_search_queries"] > 2
