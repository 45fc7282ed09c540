"""Folders that a setting names."""

from __future__ import annotations

from pathlib import Path

from hydrophone.errors import NotConfigured


def made_folder(folder: Path, setting: str) -> Path:
    """The folder that `setting` names, made for its owner's eyes only when it is not there.

    Raises NotConfigured.
    """
    folder = folder.expanduser()
    try:
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    except OSError as error:
        raise NotConfigured(
            f"the folder {folder} cannot be made ({error.strerror}); set {setting} to a folder "
            "that can be written"
        ) from error
    return folder
