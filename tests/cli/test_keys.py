"""`hydrophone keys` and `hydrophone config`: secrets are shown once or not at all."""

from __future__ import annotations

import re

from tests.running import Shell


def stored_bytes(shell: Shell) -> bytes:
    """All that lies in the data folder, byte for byte."""
    return b"".join(path.read_bytes() for path in shell.data_dir.rglob("*") if path.is_file())


def test_key_is_shown_once_and_kept_nowhere_in_the_clear(shell: Shell) -> None:
    made = shell.run("keys", "create", "laptop")
    assert made.code == 0
    key = made.out.strip()
    assert re.fullmatch(r"\S{20,}", key)
    assert "only time" in made.err
    assert key not in made.err
    listed = shell.run("keys", "list")
    assert "laptop" in listed.out
    assert "valid" in listed.out
    assert key not in listed.out
    assert key not in shell.run("keys", "list", "--json").out
    assert b"laptop" in stored_bytes(shell)
    assert key.encode() not in stored_bytes(shell)


def test_key_is_revoked_by_its_prefix_or_its_id(shell: Shell) -> None:
    first = shell.run("keys", "create", "first", "--json").json
    second = shell.run("keys", "create", "second", "--json").json
    assert shell.run("keys", "revoke", first["id"]).code == 0
    revoked = shell.run("keys", "revoke", second["prefix"])
    assert revoked.code == 0
    assert "(second)" in revoked.out
    keys = shell.run("keys", "list", "--json").json["keys"]
    assert all(key["revoked_at"] for key in keys)


def test_unknown_key_cannot_be_revoked(shell: Shell) -> None:
    done = shell.run("keys", "revoke", "hp-nothing")
    assert (done.code, done.out) == (1, "")
    assert "hydrophone keys list" in done.err


def test_no_keys_says_how_to_make_one(shell: Shell) -> None:
    assert "hydrophone keys create" in shell.run("keys", "list").out


def test_settings_are_shown_without_secrets(shell: Shell) -> None:
    settings = {"HYDROPHONE_MODEL_KEY": "sk-very-secret", "API_KEYS": "first-secret,second-secret"}
    text, as_json = shell.run("config", **settings), shell.run("config", "--json", **settings)
    for done in (text, as_json):
        assert done.code == 0
        assert "secret" not in done.out + done.err
    assert "HYDROPHONE_MODEL_KEY=(set)" in text.out.splitlines()
    assert as_json.json["HYDROPHONE_API_KEYS"] == "(2 set)"
    assert as_json.json["HYDROPHONE_DATA_DIR"] == str(shell.data_dir)


def test_env_file_of_the_working_folder_counts_less_than_the_environment(shell: Shell) -> None:
    lines = "HYDROPHONE_MODEL=from-file\nHYDROPHONE_DEADLINE_S=7\n"
    (shell.folder / ".env").write_text(lines)
    shown = shell.run("config", "--json", HYDROPHONE_MODEL="from-environment").json
    assert shown["HYDROPHONE_MODEL"] == "from-environment"
    assert shown["HYDROPHONE_DEADLINE_S"] == "7.0"
