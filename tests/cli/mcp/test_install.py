"""`hydrophone mcp install` on files as other programs have them."""

from __future__ import annotations

import json
import stat
import sys
from pathlib import Path

import pytest

from hydrophone.cli.mcp.clients import Client, entry, place_of
from hydrophone.cli.mcp.config_file import ConfigFile
from hydrophone.errors import InvalidRequest
from tests.running import Shell

ENTRY = {"command": "/opt/hydrophone", "args": ["mcp"]}
OTHERS = '{\n  "theme": "dark",\n  "mcpServers": {"other": {"command": "x"}}\n}\n'


@pytest.fixture
def file(tmp_path: Path) -> ConfigFile:
    return ConfigFile(tmp_path / "folder" / "config.json", "mcpServers")


def written(file: ConfigFile, text: str) -> ConfigFile:
    file.path.parent.mkdir(parents=True)
    file.path.write_text(text, "utf-8")
    return file


def test_a_file_is_made_and_goes_with_the_entry(file: ConfigFile) -> None:
    assert file.install(ENTRY) == "added"
    assert json.loads(file.path.read_text()) == {"mcpServers": {"hydrophone": ENTRY}}
    assert not file.backup.exists()
    assert file.undo() is True
    assert not file.path.exists()


def test_undo_gives_back_every_byte(file: ConfigFile) -> None:
    written(file, OTHERS)
    assert file.install(ENTRY) == "added"
    assert json.loads(file.path.read_text())["mcpServers"]["other"] == {"command": "x"}
    assert file.backup.read_text() == OTHERS
    assert file.install(ENTRY | {"args": ["mcp", "--url", "x"]}) == "changed"
    assert file.backup.read_text() == OTHERS
    assert file.undo() is True
    assert file.path.read_text() == OTHERS
    assert list(file.path.parent.iterdir()) == [file.path]


def test_undo_keeps_what_was_changed_since(file: ConfigFile) -> None:
    written(file, OTHERS)
    file.install(ENTRY)
    file.path.write_text(file.path.read_text().replace("dark", "light"))
    assert file.undo() is True
    assert json.loads(file.path.read_text()) == json.loads(OTHERS.replace("dark", "light"))


def test_undo_puts_back_an_entry_that_was_there(file: ConfigFile) -> None:
    before = '{"mcpServers": {"hydrophone": {"command": "mine"}}}'
    written(file, before)
    assert file.install(ENTRY) == "changed"
    file.path.write_text(file.path.read_text().replace("}}}", '}, "new": {}}}'))
    assert file.undo() is True
    left = json.loads(file.path.read_text())["mcpServers"]
    assert left["hydrophone"] == {"command": "mine"}


def test_the_same_again_changes_nothing(file: ConfigFile) -> None:
    file.install(ENTRY)
    before = file.path.stat().st_mtime_ns
    assert file.install(ENTRY) == "unchanged"
    assert file.path.stat().st_mtime_ns == before
    file.undo()
    assert file.undo() is False


@pytest.mark.parametrize("text", ['{"mcpServers": []}', "not json", '{"a": 1,,}', "\x80"])
def test_a_file_that_cannot_be_read_is_left_alone(file: ConfigFile, text: str) -> None:
    written(file, "")
    file.path.write_bytes(text.encode("latin-1"))
    with pytest.raises(InvalidRequest, match="nothing was changed"):
        file.install(ENTRY)
    assert file.path.read_bytes() == text.encode("latin-1")
    assert list(file.path.parent.iterdir()) == [file.path]


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps rights otherwise")
def test_files_are_for_their_owner_and_keep_their_rights(file: ConfigFile) -> None:
    file.install(ENTRY)
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600
    file.path.chmod(0o640)
    file.install(ENTRY | {"args": []})
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o640


@pytest.mark.skipif(sys.platform == "win32", reason="Windows keeps rights otherwise")
def test_a_file_that_gets_secrets_is_its_owners_alone(file: ConfigFile) -> None:
    written(file, OTHERS).path.chmod(0o644)
    file.install(ENTRY | {"env": {"KEY": "sesame"}}, private=True)
    assert stat.S_IMODE(file.path.stat().st_mode) == 0o600


@pytest.mark.skipif(sys.platform == "win32", reason="links need rights there")
def test_a_link_stays_a_link(tmp_path: Path) -> None:
    target = tmp_path / "dotfiles" / "real.json"
    target.parent.mkdir()
    target.write_text(OTHERS)
    link = tmp_path / "config.json"
    link.symlink_to(target)
    ConfigFile(link, "mcpServers").install(ENTRY)
    assert link.is_symlink()
    assert "hydrophone" in target.read_text()


def test_every_client_has_a_place_and_its_own_shape(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", "/home/ada")
    monkeypatch.setenv("XDG_CONFIG_HOME", "")
    monkeypatch.setenv("APPDATA", "C:\\Roaming")
    found = {}
    for platform in ("linux", "darwin", "win32"):
        monkeypatch.setattr("hydrophone.cli.mcp.clients.sys.platform", platform)
        found[platform] = {client: place_of(client).path().as_posix() for client in Client}
    assert found["linux"][Client.VSCODE].endswith("/.config/Code/User/mcp.json")
    assert found["darwin"][Client.CLAUDE_DESKTOP].endswith(
        "/Library/Application Support/Claude/claude_desktop_config.json"
    )
    assert "Roaming" in found["win32"][Client.CLAUDE_DESKTOP]
    assert found["linux"][Client.CURSOR].endswith("/.cursor/mcp.json")
    assert place_of(Client.VSCODE).section == "servers"
    assert entry(Client.VSCODE, ["h", "mcp"], {})["type"] == "stdio"
    assert "type" not in entry(Client.CURSOR, ["h", "mcp"], {"A": "b"})


def test_settings_go_along_and_secrets_do_not(shell: Shell) -> None:
    settings = {"HYDROPHONE_MODEL_URL": "http://127.0.0.1:11434/v1", "HYDROPHONE_MODEL": "tiny"}
    secret = {"HYDROPHONE_MODEL_KEY": "sesame", "HYDROPHONE_DATA_DIR": "data"}
    arguments = ("mcp", "install", "--client", "cursor", "--project")
    done = shell.run(*arguments, **settings, **secret)
    assert done.code == 0, done.err
    file = shell.folder / ".cursor" / "mcp.json"
    text = file.read_text()
    environment = json.loads(text)["mcpServers"]["hydrophone"]["env"]
    assert environment.items() >= settings.items()
    assert environment["HYDROPHONE_DATA_DIR"] == str(shell.folder / "data")
    assert "sesame" not in text + done.out + done.err
    assert "HYDROPHONE_MODEL_KEY" in done.err
    file.chmod(0o644)
    done = shell.run(*arguments, "--with-secrets", **settings, **secret)
    assert sys.platform == "win32" or stat.S_IMODE(file.stat().st_mode) == 0o600
    assert json.loads(file.read_text())["mcpServers"]["hydrophone"]["env"] == environment | {
        "HYDROPHONE_MODEL_KEY": "sesame"
    }
    assert shell.run(*arguments, "--undo").code == 0
    assert not file.exists()


def test_the_mode_goes_along_as_it_decides_what_the_server_offers(shell: Shell) -> None:
    arguments = ("mcp", "install", "--client", "cursor", "--print")
    done = shell.run(*arguments, HYDROPHONE_MODE="session", HYDROPHONE_PORT="9000")
    environment = json.loads(done.out)["mcpServers"]["hydrophone"]["env"]
    assert environment["HYDROPHONE_MODE"] == "session"
    assert "HYDROPHONE_PORT" not in environment


def test_print_shows_and_writes_nothing(shell: Shell) -> None:
    config = shell.folder / "mcp.json"
    arguments = ("--client", "vscode", "--config", str(config), "--url", "http://127.0.0.1:8000")
    done = shell.run("mcp", "install", *arguments, "--print", HYDROPHONE_KEY="sesame")
    assert done.code == 0, done.err
    made = done.json["servers"]["hydrophone"]
    assert made["type"] == "stdio"
    assert made["args"][-3:] == ["mcp", "--url", "http://127.0.0.1:8000"]
    assert Path(made["command"]).is_absolute()
    assert "sesame" not in done.out
    assert not config.exists()


def test_what_was_installed_starts_and_serves(shell: Shell) -> None:
    config = shell.folder / "config.json"
    arguments = ("--client", "claude-desktop", "--config", str(config))
    assert shell.run("mcp", "install", *arguments).code == 0
    made = json.loads(config.read_text())["mcpServers"]["hydrophone"]
    done = shell.run_argv([made["command"], *made["args"]], **made["env"])
    assert done.code == 0, done.err


def test_a_client_without_files_for_folders_says_so(shell: Shell) -> None:
    done = shell.run("mcp", "install", "--client", "claude-desktop", "--project")
    assert done.code == 2
    assert "--project" in done.err
