"""A server in a process of its own, from its first start on."""

from __future__ import annotations

import time

from tests.app.ledger import rows, rows_when, stored_bytes
from tests.running import Server, Shell, serving

QUESTION = "How do I add my own documents?"


def test_first_question_gets_a_cited_answer_from_the_docs(server: Server) -> None:
    answer = server.ask(QUESTION)
    assert answer.status == 200
    body = answer.json
    message = body["choices"][0]["message"]
    assert "hydrophone add" in message["content"]
    cited = [note["url_citation"]["url"] for note in message["annotations"]]
    assert cited[0].endswith("/quickstart.md")
    for url in cited:
        assert f"[{body['citations'].index(url) + 1}]" in message["content"]
    assert "notices" not in body


def test_each_request_leaves_one_row_whatever_its_end(server: Server, lasting: Shell) -> None:
    before = len(rows(lasting.data_dir))
    assert server.ask(QUESTION).status == 200
    connection, response = server.stream(QUESTION)
    response.read()
    connection.close()
    connection, response = server.stream(QUESTION)
    connection.close()
    response.close()
    found = rows_when(lasting.data_dir, before + 3)[before:]
    assert [row.outcome for row in found][:2] == ["done", "done"]
    assert found[2].outcome in ("done", "disconnected")
    assert len(found) == len({row.request_id for row in found}) == 3
    assert {row.door for row in found} == {"chat"}


def test_documents_added_by_another_process_are_found_at_once(
    server: Server, lasting: Shell
) -> None:
    (lasting.folder / "harbour.txt").write_text("The harbour master of Port Aurelia is Ada Quill.")
    added = lasting.run("add", "harbour.txt", "--no-wait")
    assert added.code == 0
    body = server.ask("Who is the harbour master of Port Aurelia?", collections=["default"]).json
    assert "Ada Quill. [1]" in body["choices"][0]["message"]["content"]
    assert body["citations"] == [(lasting.folder / "harbour.txt").as_uri()]


def test_documents_deleted_by_another_process_are_gone_at_once(
    server: Server, lasting: Shell
) -> None:
    (lasting.folder / "gone.txt").write_text("The password of the vault is periwinkle.")
    assert lasting.run("add", "gone.txt", "--no-wait", "--collection", "secret").code == 0
    asked = {"collections": ["secret"]}
    assert "periwinkle" in server.ask("What is the password of the vault?", **asked).body.decode()
    done = lasting.run("sources", "--collection", "secret", "--delete-collection")
    assert done.out == "deleted 1 document\n"
    answer = server.ask("What is the password of the vault?", **asked)
    assert "periwinkle" not in answer.body.decode()


def test_no_question_and_no_answer_is_logged_or_kept(server: Server, lasting: Shell) -> None:
    marked = "Does the xylocarp have a zugzwang in Port Aurelia?"
    assert server.ask(marked).status == 200
    assert server.ask(QUESTION).status == 200
    assert lasting.run("ask", marked).code == 0
    kept = stored_bytes(lasting.data_dir)
    log = server.log.read_bytes()
    assert rows(lasting.data_dir)[0].request_id.encode() in kept
    for said in (b"xylocarp", b"zugzwang", b"paths of files or folders"):
        assert said not in kept
        assert said not in log


def test_first_key_closes_an_open_server_within_a_second_or_so(shell: Shell) -> None:
    with serving(shell, HYDROPHONE_OFFLINE="1") as server:
        assert server.request("/v1/models").status == 200
        key = shell.run("keys", "create", "laptop").out.strip()
        deadline_s = time.monotonic() + 5
        while server.request("/v1/models").status == 200 and time.monotonic() < deadline_s:
            time.sleep(0.05)
        assert server.request("/v1/models").status == 401
        assert server.ask(QUESTION).status == 401
        assert server.request("/v1/models", key="hp-wrong").status == 401
        assert server.request("/v1/models", key=key).status == 200
        assert server.request("/health").status == 200
        (prefix,) = [info["prefix"] for info in shell.run("keys", "list", "--json").json["keys"]]
        assert shell.run("keys", "revoke", prefix).code == 0
        assert server.request("/v1/models", key=key).status in (401, 503)
        assert key not in server.log.read_text("utf-8")
