"""A client's own configuration file: our entry put in, and taken out again."""

from __future__ import annotations

import os
import tempfile
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import Literal, TypeVar

from hydrophone.cli.mcp import jsonc
from hydrophone.cli.mcp.clients import NAME
from hydrophone.errors import InvalidRequest
from hydrophone.types import JsonValue

_BACKUP = ".before-hydrophone"
_PRIVATE = 0o600
Result = TypeVar("Result")


class ConfigFile:
    """The file at `path`; a link is followed. Its servers are the members of `section`.

    All methods raise InvalidRequest, with what to do, for a file that cannot be read or changed.
    """

    def __init__(self, path: Path, section: str) -> None:
        self.path = path.resolve()
        self.backup = self.path.with_name(self.path.name + _BACKUP)
        self._section = section

    def install(
        self, entry: Mapping[str, JsonValue], *, private: bool = False
    ) -> Literal["added", "changed", "unchanged"]:
        """Put our entry in. The file as it was before the first time is kept beside it.

        `private`: the entry holds secrets, so nobody but the owner may read the file any more.
        """
        text = self._read(self.path)
        before = None if text is None else self._ours(self.path, text)
        if before == entry:
            return "unchanged"
        changed = self._doing(
            self.path, lambda: jsonc.put(text or "{}\n", self._section, NAME, entry)
        )
        if text is not None and not self.backup.exists() and not self._holds_ours_alone(text):
            self._write(self.backup, text)
        self._write(self.path, changed, private=private)
        return "added" if before is None else "changed"

    def undo(self) -> bool:
        """Take our entry out, or put back what stood in its place; whether there was one.

        A file in which nothing else has changed since is as it was before, byte for byte.
        """
        text, before = self._read(self.path), self._read(self.backup)
        if text is None or self._ours(self.path, text) is None:
            return False
        entry = None if before is None else self._ours(self.backup, before)
        if isinstance(entry, Mapping):
            left = jsonc.put(text, self._section, NAME, entry)
        else:
            left = jsonc.remove(text, self._section, NAME)
        if before is None and jsonc.parse(left) == {self._section: {}}:
            self.path.unlink()
            return True
        same = before is not None and _without_empty(before, self._section) == _without_empty(
            left, self._section
        )
        self._write(self.path, before if same and before is not None else left)
        self.backup.unlink(missing_ok=True)
        return True

    def _holds_ours_alone(self, text: str) -> bool:
        """As a file does that was made here, and has no earlier state."""
        ours = jsonc.get(text, self._section, NAME)
        arguments = ours.get("args") if isinstance(ours, Mapping) else None
        made_here = isinstance(arguments, list) and "mcp" in arguments
        return made_here and jsonc.parse(text) == {self._section: {NAME: ours}}

    def _ours(self, path: Path, text: str) -> JsonValue:
        return self._doing(path, lambda: jsonc.get(text, self._section, NAME))

    def _doing(self, path: Path, work: Callable[[], Result]) -> Result:
        try:
            return work()
        except InvalidRequest as error:
            raise InvalidRequest(
                f"{path}: {error.message}; nothing was changed. Mend it, or put the entry in "
                "yourself: --print shows it"
            ) from None

    def _read(self, path: Path) -> str | None:
        try:
            text = path.read_bytes().decode("utf-8")
        except FileNotFoundError:
            return None
        except UnicodeDecodeError:
            raise InvalidRequest(f"{path} is not in UTF-8; nothing was changed") from None
        except OSError as error:
            raise InvalidRequest(f"{path} cannot be read: {error.strerror}") from None
        return text if text.strip() else "{}\n"

    def _write(self, path: Path, text: str, *, private: bool = False) -> None:
        """All or nothing, and no more readable for others than the file was."""
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            kept = self.path.exists() and not private
            mode = self.path.stat().st_mode & 0o777 if kept else _PRIVATE
            handle, temporary = tempfile.mkstemp(dir=path.parent, prefix=path.name)
            try:
                with os.fdopen(handle, "wb") as file:
                    file.write(text.encode())
                os.chmod(temporary, mode)
                os.replace(temporary, path)
            except BaseException:
                os.unlink(temporary)
                raise
        except OSError as error:
            raise InvalidRequest(f"{path} cannot be written: {error.strerror}") from None


def _without_empty(text: str, section: str) -> JsonValue:
    """The value, without a section of no servers."""
    value = jsonc.parse(text)
    assert isinstance(value, Mapping)
    return {key: one for key, one in value.items() if not (key == section and one == {})}
