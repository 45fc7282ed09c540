"""Runs one ONNX text model on threads of its own, never on the event loop.

Each run takes one text (or one pair) and one thread; a lane with more threads makes several runs
side by side. That is not the usual batching, and measured better here in three ways: the models
are quantised dynamically, so that in a batch each text's numbers would depend on its neighbours
(up to 0.15 of a logit, 0.996 of a cosine); padding makes a batch of eight passages cost half as
much again as eight single runs; and several threads inside one run spend a tenth to a half more.
"""

from __future__ import annotations

import asyncio
import contextlib
import os
import sys
import threading
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING, Any, TypeVar, cast

from hydrophone.errors import NotConfigured, ServiceError
from hydrophone.llm.files import ModelFiles
from hydrophone.llm.tokens import valid_text

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

MAX_TOKENS = 512
# More than 512 tokens of any language: the tokenizer need not read what does not count.
MAX_CHARS = 20_000
LOWEST_PRIORITY = 19
_ERRORS_ONLY = 3
_INPUTS = ("input_ids", "attention_mask", "token_type_ids")
T = TypeVar("T")


class ModelRunFailed(ServiceError):
    """The runtime could not load or run a model whose files are right."""


class ModelClosed(ServiceError):
    """The model was closed while, or before, it was asked."""


class TextModel:
    """A loaded model and its tokenizer; several threads may run it at once.

    Raises NotConfigured when the runtime is not installed, ModelRunFailed when it cannot load the
    files.
    """

    def __init__(self, files: ModelFiles) -> None:
        try:
            self._tokenizer = _open_tokenizer(files)
            self._session = _open_session(files)
            # Not every kind of model tells its two texts apart by types.
            self._inputs = frozenset(one.name for one in self._session.get_inputs())
        except ImportError as error:
            raise NotConfigured(
                f"the model runtime is not installed ({error.name}): "
                "pip install 'hydrophone[models]'"
            ) from error
        except Exception as error:
            raise ModelRunFailed(f"the model {files.name} could not be loaded: {error}") from error

    def run(self, text: str, second: str | None = None) -> NDArray[np.float32]:
        """The model's first output for one text, or for one pair; the first axis has length 1.

        What is beyond 512 tokens is cut off: of a pair the longer text, until both are even, so
        that a query of up to 254 tokens is never cut.
        """
        texts = [valid_text(t[:MAX_CHARS]) for t in (text, second) if t is not None]
        encoding = self._tokenizer.encode(*texts)
        return self._run(encoding.ids, encoding.attention_mask, encoding.type_ids)

    def run_ids(self, ids: Sequence[int]) -> NDArray[np.float32]:
        """The model's first output for one text's tokens, at most 512, markers among them."""
        return self._run(ids, [1] * len(ids), [0] * len(ids))

    def _run(self, *columns: Sequence[int]) -> NDArray[np.float32]:
        import numpy as np

        feed = {
            name: np.array([column], np.int64)
            for name, column in zip(_INPUTS, columns, strict=True)
            if name in self._inputs
        }
        try:
            return cast("NDArray[np.float32]", self._session.run(None, feed)[0])
        except Exception as error:
            raise ModelRunFailed(f"the model could not be run: {error}") from error


def _open_tokenizer(files: ModelFiles) -> Any:
    from tokenizers import Tokenizer

    tokenizer = Tokenizer.from_file(str(files.tokenizer))
    tokenizer.no_padding()
    tokenizer.enable_truncation(MAX_TOKENS, strategy="longest_first")
    return tokenizer


def _open_session(files: ModelFiles) -> Any:
    import onnxruntime

    options = onnxruntime.SessionOptions()
    options.intra_op_num_threads = 1
    options.inter_op_num_threads = 1
    options.log_severity_level = _ERRORS_ONLY
    options.add_session_config_entry("session.intra_op.allow_spinning", "0")
    options.add_session_config_entry("session.inter_op.allow_spinning", "0")
    return onnxruntime.InferenceSession(
        str(files.model), options, providers=["CPUExecutionProvider"]
    )


class Lane:
    """A model of its own and the threads that run it; nothing is shared with other lanes.

    The model is loaded by the first run. The threads of a `background` lane have the lowest
    priority that the system knows, so that they take only time that nobody else wants.
    """

    def __init__(
        self,
        files: ModelFiles,
        *,
        threads: int = 1,
        background: bool = False,
    ) -> None:
        self._files = files
        self._model: TextModel | None = None
        self._loading = threading.Lock()
        self._closed = False
        self._pool = ThreadPoolExecutor(
            threads,
            thread_name_prefix=f"{files.name}-{'background' if background else 'questions'}",
            initializer=_lower_priority if background else None,
        )

    def submit(self, work: Callable[[TextModel], T]) -> asyncio.Future[T]:
        """Have one of the threads do the work; cancelling drops it if it has not begun.

        Raises ModelClosed, now or later, and what TextModel and the work raise.
        """
        if self._closed:
            raise ModelClosed("the model is closed")
        return asyncio.get_running_loop().run_in_executor(self._pool, self._do, work)

    async def all_of(self, works: Sequence[Callable[[TextModel], T]]) -> list[T]:
        """Have all the works done and give what each comes to, in their order.

        When one fails, or whoever waits is cancelled, those that have not begun are dropped. Raises
        what `submit` does.
        """
        begun = [self.submit(work) for work in works]
        try:
            return [await one for one in begun]
        finally:
            for one in begun:
                one.cancel()

    async def load(self) -> None:
        """Load the model now, so that the first to ask need not wait for it (about 0.4 s)."""
        await self.submit(lambda model: None)

    async def close(self) -> None:
        """Wait for the run that is going on, refuse those that wait, and free the model."""
        self._closed = True
        await asyncio.to_thread(self._pool.shutdown)
        self._model = None

    def _do(self, work: Callable[[TextModel], T]) -> T:
        if self._closed:
            raise ModelClosed("the model was closed before this was done")
        with self._loading:
            model = self._model
            if model is None:
                model = self._model = TextModel(self._files)
        return work(model)


def _lower_priority() -> None:
    # Only Linux has a priority for each thread; elsewhere this would slow the whole process.
    if sys.platform == "linux":
        with contextlib.suppress(OSError):
            os.setpriority(os.PRIO_PROCESS, threading.get_native_id(), LOWEST_PRIORITY)
