"""A server whose model files are missing, and one with a language model."""

from __future__ import annotations

import json
from collections.abc import Iterator

import pytest

from tests.app.ledger import rows_when, stored_bytes
from tests.app.modelling import modelling, settings_for
from tests.emulators.openai_model import ModelServer, Reply
from tests.running import Server, Shell, serving

QUESTION = "How do I add my own documents?"
WRITTEN = "You use a command [1]. It has many colours [2, 77]. Walruses hum [88]."


def test_without_model_files_words_alone_answer_and_say_so(shell: Shell) -> None:
    empty = shell.folder / "models"
    empty.mkdir()
    settings = {"HYDROPHONE_MODELS_DIR": str(empty), "HYDROPHONE_OFFLINE": "1"}
    with serving(shell, **settings) as server:
        answer = server.ask(QUESTION)
        assert answer.status == 200
        body = answer.json
        assert {notice["type"] for notice in body["notices"]} == {"no_embedder", "no_reranker"}
        (message,) = [choice["message"] for choice in body["choices"]]
        assert "[1]" in message["content"]
        assert message["annotations"][0]["url_citation"]["url"].startswith("file://")


@pytest.fixture(scope="module")
def model() -> Iterator[ModelServer]:
    with modelling(Reply(WRITTEN, pieces=9)) as running:
        yield running


@pytest.fixture(scope="module")
def server(lasting: Shell, model: ModelServer) -> Iterator[Server]:
    with serving(lasting, **settings_for(model)) as running:
        yield running


def test_markers_of_sources_that_do_not_exist_never_come_out(
    server: Server, model: ModelServer
) -> None:
    body = server.ask(QUESTION).json
    message = body["choices"][0]["message"]
    assert message["content"] == "You use a command [1]. It has many colours [2]. Walruses hum."
    cited = [note["url_citation"]["url"] for note in message["annotations"]]
    assert cited == body["citations"][:2]
    prompt = json.dumps(model.requests[-1].body)
    assert "hydrophone add" in prompt


def test_streamed_text_is_the_same_and_ends_with_done(server: Server) -> None:
    connection, response = server.stream(QUESTION)
    lines = response.read().decode().splitlines()
    connection.close()
    data = [line.removeprefix("data: ") for line in lines if line.startswith("data: ")]
    assert data[-1] == "[DONE]"
    deltas = [json.loads(one)["choices"][0]["delta"].get("content") or "" for one in data[:-1]]
    assert "".join(deltas) == server.ask(QUESTION).json["choices"][0]["message"]["content"]


def test_model_is_listed_and_asked_by_its_name_without_a_search(
    server: Server, model: ModelServer
) -> None:
    listed = [card["id"] for card in server.request("/v1/models").json["data"]]
    assert "local/tiny" in listed
    turns = [{"role": "user", "content": "Hum."}]
    body = {"model": "local/tiny", "disable_search": True, "messages": turns}
    answer = server.request("/v1/chat/completions", body)
    assert answer.status == 200
    assert answer.json["model"] == "local/tiny"
    assert model.requests[-1].body["messages"][-1]["content"] == "Hum."


def test_nothing_that_the_model_wrote_is_logged_or_kept(server: Server, lasting: Shell) -> None:
    assert server.ask("Do walruses have a zugzwang?").status == 200
    assert rows_when(lasting.data_dir, 1)
    for said in (b"Walruses hum", b"zugzwang", b"many colours"):
        assert said not in stored_bytes(lasting.data_dir)
        assert said not in server.log.read_bytes()


def test_client_that_leaves_in_the_middle_leaves_its_row(shell: Shell) -> None:
    slow = Reply("Slowly, word by word. " * 50, pieces=200, delay_s=0.1)
    with modelling(slow) as model, serving(shell, **settings_for(model)) as server:
        connection, response = server.stream(QUESTION)
        assert response.readline().startswith(b"data: ")
        response.close()
        connection.close()
        (row,) = rows_when(shell.data_dir, 1)
        assert row.outcome == "disconnected"
        assert (row.door, row.model) == ("chat", "sonar")


def test_a_setting_leaves_out_what_no_source_supports(lasting: Shell) -> None:
    said = "Walruses in Kiel knit 400 jumpers a day [1]. The sources say no more."
    settings = {"HYDROPHONE_CITATION_CHECK": "remove", "HYDROPHONE_MODEL_CONTEXT_TOKENS": "2048"}
    with (
        modelling(Reply(said)) as model,
        serving(lasting, **settings_for(model), **settings) as one,
    ):
        body = one.ask(QUESTION).json
        message = body["choices"][0]["message"]
        assert message["content"] == "The sources say no more."
        assert "annotations" not in message
        assert "unsupported" in {notice["type"] for notice in body["notices"]}
        sent = "".join(turn["content"] for turn in model.requests[-1].body["messages"])
        assert len(sent) < 2048 * 4
