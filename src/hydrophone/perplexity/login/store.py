"""Where a session's token is kept between programs: a file, the system's keyring, or a `.env`."""

from __future__ import annotations

import io
import os
import re
import stat
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any, Literal

from hydrophone.errors import NotConfigured
from hydrophone.perplexity.session.token import read_token
from hydrophone.types import Secret

Place = Literal["file", "keyring", "env"]
VARIABLES: Sequence[str] = ("PERPLEXITY_SESSION_TOKEN", "HYDROPHONE_SESSION_TOKEN")
_FILE = "session-token"
# Says that the keyring has one: to ask it takes a while, and is in vain for most.
_IN_KEYRING = "session-token-in-keyring"
_KEYRING = "the system's keyring"
_SERVICE, _USER = "hydrophone", "perplexity-session-token"
_NAMED = re.compile(rf"\s*(?:export\s+)?'?({'|'.join(VARIABLES)})'?\s*=", re.IGNORECASE)
_BLANK_LINES = re.compile(r"(?:[^\S\r\n]*\r?\n)*")
_NO_KEYRING = (
    "this system has no keyring that can be used; install the package `keyring`, or keep the token "
    "in a file"
)
_OWNER_ONLY = 0o600
_MOST_KEYRING_CHARS = 2_000  # what Windows' store takes of one entry


class TokenStore:
    """Keeps one token. `folder` is the program's data folder, `env_file` the `.env` of the working
    folder, which is written only when that is wanted."""

    def __init__(self, folder: Path, *, env_file: Path = Path(".env")) -> None:
        self._file = folder / _FILE
        self._in_keyring = folder / _IN_KEYRING
        self._env_file = env_file

    def load(self) -> tuple[Secret, Place] | None:
        """The token of the file, else of the keyring, and where it was; None when there is none.

        A `.env` is read by the settings, which come before.
        """
        with suppress(OSError, ValueError):
            return read_token(self._file.read_text("utf-8")), "file"
        token = _from_keyring() if self._in_keyring.exists() else None
        return None if token is None else (token, "keyring")

    def save(self, token: Secret, place: Place) -> str:
        """Keep the token there, in place of the one before; where that is, for people to read.

        Raises NotConfigured when it cannot be kept there.
        """
        try:
            if place == "env":
                self._save_in_env(token)
                return str(self._env_file)
            self._file.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
            if place == "file":
                _write(self._file, token.reveal(), _OWNER_ONLY)
                return str(self._file)
            _into_keyring(token)
            self._in_keyring.touch()
        except OSError as error:
            bare = error.with_traceback(None)  # the token stands in its locals
            raise NotConfigured(f"the token cannot be kept: {error}") from bare
        return _KEYRING

    def replace(self, old: Secret, new: Secret) -> list[str]:
        """Keep a token wherever the one before it is kept, and nowhere else; those places, for
        people to read. Raises NotConfigured when it cannot be kept there."""
        return [self.save(new, place) for place in self._places_of(old)]

    def _places_of(self, token: Secret) -> list[Place]:
        found: list[Place] = []
        with suppress(OSError, ValueError):
            if read_token(self._file.read_text("utf-8")) == token:
                found.append("file")
        if self._in_keyring.exists() and _from_keyring() == token:
            found.append("keyring")
        if self._env_file.exists() and _in_env(self._env_file) == token:
            found.append("env")
        return found

    def forget(self) -> list[str]:
        """Remove the token from every place; those that it was in, for people to read. Raises
        NotConfigured, when all places were tried, for those from which it cannot be removed."""
        found: list[str] = []
        failures: list[str] = []
        for forget in (self._forget_file, self._forget_in_keyring, self._forget_in_env):
            try:
                place = forget()
            except (OSError, NotConfigured) as error:
                failures.append(str(error))
            else:
                found += [place] if place else []
        if failures:
            gone = f"; it was removed from {', '.join(found)}" if found else ""
            raise NotConfigured(f"the token cannot be removed: {'; '.join(failures)}{gone}")
        return found

    def _forget_file(self) -> str | None:
        if not self._file.exists():
            return None
        self._file.unlink()
        return str(self._file)

    def _forget_in_keyring(self) -> str | None:
        try:
            was_there = _out_of_keyring()
        except NotConfigured:
            if self._in_keyring.exists():
                raise
            return None
        self._in_keyring.unlink(missing_ok=True)
        return _KEYRING if was_there else None

    def _forget_in_env(self) -> str | None:
        path = self._env_file
        texts = _statements(path) if path.exists() else []
        if not any(is_ours for _, is_ours in texts):
            return None
        kept = [_blank_lines(text) if is_ours else text for text, is_ours in texts]
        _write(path, "".join(kept), _mode(path))
        return str(path)

    def _save_in_env(self, token: Secret) -> None:
        """Change the token's own line and leave all others as they are; without one, add it."""
        path = self._env_file
        texts = _statements(path) if path.exists() else []
        lines = [text for text, _ in texts]
        end = "\r\n" if "\r\n" in "".join(lines[:1]) else "\n"
        places = [number for number, (_, is_ours) in enumerate(texts) if is_ours]
        for number in places[:-1]:
            lines[number] = ""
        if places:
            named = _NAMED.match(lines[places[-1]])
            before = named[0] if named else f"{VARIABLES[0]}="
            lines[places[-1]] = f'{before}"{token.reveal()}"{end}'
        else:
            if lines and not lines[-1].endswith("\n"):
                lines[-1] += end
            lines.append(f'{VARIABLES[0]}="{token.reveal()}"{end}')
        _write(path, "".join(lines), _mode(path))


def keyring_works() -> bool:
    """Whether the system has a keyring that can be used."""
    return _keyring() is not None


def _in_env(path: Path) -> Secret | None:
    """The token of a `.env`, as the settings read it; None when there is none."""
    from dotenv import dotenv_values

    read = dotenv_values(path, interpolate=False)
    values = {name.upper(): value for name, value in read.items()}
    for name in VARIABLES:
        with suppress(ValueError):
            return read_token(values.get(name) or "")
    return None


def check_keyring() -> None:
    """Raise NotConfigured when the system has no keyring that can be used."""
    if not keyring_works():
        raise NotConfigured(_NO_KEYRING)


def _statements(path: Path) -> list[tuple[str, bool]]:
    """The text of the file in pieces, as it is whatever it is written in, and of each whether it
    gives the token: as the settings' own reader sees it, for which a value may have many lines."""
    from dotenv.parser import parse_stream

    text = path.read_bytes().decode("utf-8", "surrogateescape")
    return [
        (one.original.string, (one.key or "").upper() in VARIABLES)
        for one in parse_stream(io.StringIO(text))
    ]


def _blank_lines(text: str) -> str:
    """Those that a statement begins with."""
    found = _BLANK_LINES.match(text)
    return found[0] if found else ""


def _mode(path: Path) -> int:
    """The file's rights, without those of others where it holds a token."""
    return stat.S_IMODE(path.stat().st_mode) & ~0o077 if path.exists() else _OWNER_ONLY


def _write(path: Path, text: str, mode: int) -> None:
    """Write all of it or nothing; nobody else can read it at any moment."""
    target = path.resolve()  # a link stays one
    new = target.with_name(f".{target.name}.{os.getpid()}")
    descriptor = os.open(new, os.O_WRONLY | os.O_CREAT | os.O_TRUNC, mode)
    try:
        with os.fdopen(descriptor, "wb") as file:
            file.write(text.encode("utf-8", "surrogateescape"))
            file.flush()
            os.fsync(file.fileno())
        new.replace(target)
    except BaseException:
        new.unlink(missing_ok=True)
        raise


def _keyring() -> Any:
    """The package `keyring` with a store behind it; None without either."""
    try:
        import keyring
        from keyring.backends import fail
    except ImportError:
        return None
    return None if isinstance(keyring.get_keyring(), fail.Keyring) else keyring


def _from_keyring() -> Secret | None:
    keyring = _keyring()
    if keyring is None:
        return None
    with suppress(Exception):  # whatever a store may raise: there is no token in it
        count = keyring.get_password(_SERVICE, _USER) or ""
        pieces = [keyring.get_password(_SERVICE, f"{_USER}-{n}") for n in range(int(count or 0))]
        return read_token("".join(pieces)) if pieces else None
    return None


def _into_keyring(token: Secret) -> None:
    keyring = _keyring()
    if keyring is None:
        raise NotConfigured(_NO_KEYRING)
    starts = range(0, len(token.reveal()), _MOST_KEYRING_CHARS)
    try:
        for number, at in enumerate(starts):
            part = slice(at, at + _MOST_KEYRING_CHARS)
            keyring.set_password(_SERVICE, f"{_USER}-{number}", token.reveal()[part])
        keyring.set_password(_SERVICE, _USER, str(len(starts)))
    except Exception as error:
        bare = error.with_traceback(None)  # the token stands in its locals
        raise NotConfigured(f"{_KEYRING} refused the token: {error}") from bare


def _out_of_keyring() -> bool:
    """Whether there was a token. Raises NotConfigured when the keyring does not let go of it."""
    keyring = _keyring()
    if keyring is None:
        return False
    try:
        count = int(keyring.get_password(_SERVICE, _USER) or 0)
        for number in range(count):
            keyring.delete_password(_SERVICE, f"{_USER}-{number}")
        if count:
            keyring.delete_password(_SERVICE, _USER)
    except Exception as error:
        bare = error.with_traceback(None)  # the token may stand in its locals
        raise NotConfigured(f"{_KEYRING} keeps the token: {error}") from bare
    return bool(count)
