"""A token is kept where it is wanted, for its owner alone, and everything beside it stays."""

from __future__ import annotations

import stat
import sys
from pathlib import Path

import pytest
from dotenv import dotenv_values

from hydrophone.errors import NotConfigured
from hydrophone.perplexity.login.store import TokenStore
from hydrophone.types import Secret
from tests.keyrings import keyring_in_memory
from tests.permissions import bound_by_permissions, open_folder

OLD, NEW = Secret("a.b.c.d.old"), Secret("a.b.c.d.new")


@pytest.fixture(autouse=True)
def no_keyring(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setitem(sys.modules, "keyring", None)


@pytest.fixture
def store(tmp_path: Path) -> TokenStore:
    return TokenStore(tmp_path / "data", env_file=tmp_path / ".env")


def test_a_file_is_its_owners_alone(store: TokenStore, tmp_path: Path) -> None:
    assert store.load() is None
    store.save(OLD, "file")
    store.save(NEW, "file")
    assert store.load() == (NEW, "file")
    (file,) = (tmp_path / "data").iterdir()
    assert stat.S_IMODE(file.stat().st_mode) == 0o600
    assert stat.S_IMODE((tmp_path / "data").stat().st_mode) == 0o700


ENV = """# my settings
export FIRST=1
PERPLEXITY_SESSION_TOKEN='a.b.c.d.old'   # mine
  QUOTED = "x = y"

#PERPLEXITY_SESSION_TOKEN=kept
LAST=2"""


def test_other_lines_of_a_env_file_stay_as_they_are(store: TokenStore, tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text(ENV)
    path.chmod(0o644)
    store.save(NEW, "env")
    wanted = ENV.replace("'a.b.c.d.old'   # mine", '"a.b.c.d.new"')
    assert path.read_text() == wanted
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


@pytest.mark.parametrize(
    ("before", "after"),
    [
        (None, 'PERPLEXITY_SESSION_TOKEN="a.b.c.d.new"\n'),
        ("A=1", 'A=1\nPERPLEXITY_SESSION_TOKEN="a.b.c.d.new"\n'),
        ("A=1\r\n", 'A=1\r\nPERPLEXITY_SESSION_TOKEN="a.b.c.d.new"\r\n'),
        ("export HYDROPHONE_SESSION_TOKEN = old\r\nA=1\r\n",
         'export HYDROPHONE_SESSION_TOKEN ="a.b.c.d.new"\r\nA=1\r\n'),
        ("PERPLEXITY_SESSION_TOKEN=a\nPERPLEXITY_SESSION_TOKEN=b\n",
         'PERPLEXITY_SESSION_TOKEN="a.b.c.d.new"\n'),
    ],
)  # fmt: skip
def test_a_env_file_gets_the_token(
    store: TokenStore, tmp_path: Path, before: str | None, after: str
) -> None:
    path = tmp_path / ".env"
    if before is not None:
        path.write_bytes(before.encode())
    store.save(NEW, "env")
    assert path.read_bytes().decode() == after


def test_a_link_to_a_env_file_stays_a_link(store: TokenStore, tmp_path: Path) -> None:
    (tmp_path / "real").write_text("A=1\n")
    (tmp_path / ".env").symlink_to("real")
    store.save(NEW, "env")
    assert (tmp_path / ".env").is_symlink()
    assert "new" in (tmp_path / "real").read_text()


def test_forgetting_removes_the_token_and_nothing_else(store: TokenStore, tmp_path: Path) -> None:
    path = tmp_path / ".env"
    path.write_text(ENV)
    store.save(NEW, "file")
    assert len(store.forget()) == 2
    assert store.load() is None
    kept = [line for line in ENV.splitlines(keepends=True) if "a.b.c.d.old" not in line]
    assert path.read_text() == "".join(kept)
    assert store.forget() == []


def test_a_keyring_is_used_where_there_is_one(
    store: TokenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = keyring_in_memory(monkeypatch)
    long = Secret("x" * 5_000)
    store.save(long, "keyring")
    assert max(map(len, kept.values())) <= 2_000
    assert store.load() == (long, "keyring")
    assert store.forget() == ["the system's keyring"]
    assert not kept


def test_without_a_keyring_it_is_said_what_to_do(store: TokenStore) -> None:
    with pytest.raises(NotConfigured, match="keep the token in a file"):
        store.save(NEW, "keyring")


def test_a_folder_that_cannot_be_written_is_told() -> None:
    refused = pytest.raises(NotConfigured, match="cannot be kept")
    with open_folder() as folder, bound_by_permissions(), refused:
        TokenStore(folder / "data" / "inside").save(NEW, "file")


def test_a_token_that_cannot_be_removed_is_told(store: TokenStore, tmp_path: Path) -> None:
    (tmp_path / "data" / "session-token").mkdir(parents=True)  # no file: it cannot be unlinked
    with pytest.raises(NotConfigured, match="cannot be removed"):
        store.forget()


def test_forgetting_goes_on_behind_a_place_that_fails(
    store: TokenStore, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = keyring_in_memory(monkeypatch)
    store.save(NEW, "keyring")
    store.save(NEW, "env")
    (tmp_path / "data" / "session-token").mkdir()
    with pytest.raises(NotConfigured, match=r"removed: .*session-token.*removed from .*keyring"):
        store.forget()
    assert not kept
    assert (tmp_path / ".env").read_text() == ""


def test_a_keyring_that_is_locked_is_told_and_asked_again(
    store: TokenStore, monkeypatch: pytest.MonkeyPatch
) -> None:
    kept = keyring_in_memory(monkeypatch)
    store.save(NEW, "keyring")

    def locked(*_: str) -> None:
        raise RuntimeError("it is locked")

    with monkeypatch.context() as patch:
        patch.setattr("keyring.get_password", locked)
        with pytest.raises(NotConfigured, match="it is locked"):
            store.forget()
    assert kept
    assert store.forget() == ["the system's keyring"]
    assert not kept


def test_a_name_in_small_letters_is_the_tokens_own(store: TokenStore, tmp_path: Path) -> None:
    (tmp_path / ".env").write_text("perplexity_session_token=a.b.c.d.old\n")
    store.save(NEW, "env")
    assert (tmp_path / ".env").read_text() == 'perplexity_session_token="a.b.c.d.new"\n'
    assert store.replace(NEW, OLD)
    assert store.forget()
    assert (tmp_path / ".env").read_text() == ""


def test_a_value_of_many_lines_stays_whole(store: TokenStore, tmp_path: Path) -> None:
    file = tmp_path / ".env"
    others = 'NOTE="first\nPERPLEXITY_SESSION_TOKEN=of a note\nlast"\n'
    file.write_text(f"{others}\n'PERPLEXITY_SESSION_TOKEN'=\"old\nand older\" # mine\nA=1\n")
    store.save(NEW, "env")
    assert file.read_text() == (f"{others}\n'PERPLEXITY_SESSION_TOKEN'=\"{NEW.reveal()}\"\nA=1\n")
    assert dotenv_values(file)["PERPLEXITY_SESSION_TOKEN"] == NEW.reveal()
    assert store.forget() == [str(file)]
    assert file.read_text() == f"{others}\nA=1\n"
    assert store.forget() == []


def test_a_file_of_windows_keeps_its_ends_of_lines(store: TokenStore, tmp_path: Path) -> None:
    file = tmp_path / ".env"
    file.write_bytes(b"A=1\r\nB=2")
    store.save(NEW, "env")
    wanted = f'A=1\r\nB=2\r\nPERPLEXITY_SESSION_TOKEN="{NEW.reveal()}"\r\n'
    assert file.read_bytes().decode() == wanted
