"""Counts tokens: WordPieces where the embedder's tokenizer is there, else words and marks."""

from __future__ import annotations

import re

from hydrophone.errors import NotConfigured
from hydrophone.llm.files import ModelFiles, ModelFilesAltered

_WORDS_AND_MARKS = re.compile(r"\w+|[^\w\s]")


class WordPieceCounter:
    """A TokenCounter by the tokenizer of a BERT model; markers such as [CLS] do not count.

    Opening takes about 30 ms. Raises NotConfigured when the tokenizers library is missing, and
    ModelFilesAltered when the file cannot be read as a tokenizer.
    """

    model = "wordpiece"

    def __init__(self, files: ModelFiles) -> None:
        try:
            from tokenizers import Tokenizer
        except ImportError as error:
            raise NotConfigured(
                "the tokenizers library is not installed: pip install 'hydrophone[models]'"
            ) from error
        try:
            self._tokenizer = Tokenizer.from_file(str(files.tokenizer))
        # The library raises bare Exception.
        except Exception as error:
            raise ModelFilesAltered(f"{files.tokenizer} is no tokenizer: {error}") from error
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()

    def count(self, text: str) -> int:
        """How many WordPieces the text has."""
        return len(self._tokenizer.encode(valid_text(text), add_special_tokens=False).ids)


class WordCounter:
    """A TokenCounter without files: words and punctuation marks, some fewer than WordPieces."""

    model = "words"

    def count(self, text: str) -> int:
        """How many words and marks the text has."""
        return sum(1 for _ in _WORDS_AND_MARKS.finditer(text))


def valid_text(text: str) -> str:
    """The text with lone surrogates replaced: tokenizers refuse them."""
    if text.isascii():
        return text
    return text.encode("utf-8", "replace").decode("utf-8")
