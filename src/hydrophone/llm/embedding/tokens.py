"""Texts as tokens, without what cuts them off, within the limits of one order."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise
from typing import TypeAlias

from hydrophone.errors import InvalidRequest, NotConfigured
from hydrophone.llm.files import ModelFiles
from hydrophone.llm.onnx import MAX_TOKENS, ModelRunFailed
from hydrophone.llm.tokens import valid_text

# Perplexity's limits: 32K tokens a text or document, 120,000 in one request.
MOST_DOCUMENT_TOKENS = 32_768
MOST_TOKENS = 120_000
# No language needs so many for a token; only what is no text is refused unread.
MOST_TOKEN_CHARS = 40
WINDOW_TOKENS = MAX_TOKENS - 2  # the two markers

Ids: TypeAlias = Sequence[int]


class Tokens:
    """Reads texts as the model's tokens; opening takes about 30 ms.

    Raises NotConfigured and ModelRunFailed.
    """

    def __init__(self, files: ModelFiles) -> None:
        try:
            from tokenizers import Tokenizer
        except ImportError as error:
            raise NotConfigured(
                "the tokenizers library is not installed: pip install 'hydrophone[models]'"
            ) from error
        try:
            self._tokenizer = Tokenizer.from_file(str(files.tokenizer))
        except Exception as error:  # the library raises bare Exception
            raise ModelRunFailed(f"{files.tokenizer} is no tokenizer: {error}") from error
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self._first, self._last = self._tokenizer.encode("").ids

    def read(self, documents: Sequence[Sequence[str]]) -> list[list[Ids]]:
        """The tokens of each chunk of each document, without markers.

        Raises InvalidRequest, with the document in `param`, when there are too many.
        """
        total = chars = 0
        found: list[list[Ids]] = []
        for number, chunks in enumerate(documents):
            size_chars = sum(map(len, chunks))
            if size_chars > MOST_DOCUMENT_TOKENS * MOST_TOKEN_CHARS:
                raise _too_long(number)
            chars += size_chars
            if chars > MOST_TOKENS * MOST_TOKEN_CHARS:
                raise _too_many()
            read = [self._ids(chunk) for chunk in chunks]
            count = sum(map(len, read))
            if count > MOST_DOCUMENT_TOKENS:
                raise _too_long(number, count)
            total += count
            if total > MOST_TOKENS:
                raise _too_many()
            found.append(read)
        return found

    def marked(self, ids: Ids) -> list[int]:
        """One window's tokens between the markers that the model wants."""
        return [self._first, *ids, self._last]

    def _ids(self, text: str) -> Ids:
        ids: Ids = self._tokenizer.encode(valid_text(text), add_special_tokens=False).ids
        return ids


def windows(ids: Ids) -> list[Ids]:
    """The tokens in as few pieces as the model can read, all of nearly the same size."""
    pieces = max(1, -(-len(ids) // WINDOW_TOKENS))
    bounds = [len(ids) * piece // pieces for piece in range(pieces + 1)]
    return [ids[start:end] for start, end in pairwise(bounds)]


def _too_long(number: int, count: int | None = None) -> InvalidRequest:
    place = f"input[{number}]"
    problem = f"has {count} tokens, more than {MOST_DOCUMENT_TOKENS}"
    if count is None:
        problem = f"has more characters than {MOST_DOCUMENT_TOKENS} tokens can have"
    return InvalidRequest(f"{place} {problem}: cut it into pieces", param=place)


def _too_many() -> InvalidRequest:
    return InvalidRequest(
        f"input has more than {MOST_TOKENS} tokens; send it in several requests", param="input"
    )
