"""Counts tokens: a model's own where its tokenizer is known, else WordPieces, else words."""

from __future__ import annotations

import math
import re
from pathlib import Path

from hydrophone.errors import NotConfigured
from hydrophone.llm.base import TokenCounter
from hydrophone.llm.files import ModelFiles, ModelFilesAltered

_WORDS_AND_MARKS = re.compile(r"\w+|[^\w\s]")


# No text of benchmarks/tokens.py has more of a language model's tokens than so many a WordPiece or
# a word; the middle is at 1.06 and 1.17 for manuals.
TOKENS_A_WORDPIECE = 1.4
TOKENS_A_WORD = 2.4
_NOT_ASCII = re.compile(r"[^\x00-\x7f]+")


class TokenizerCounter:
    """A TokenCounter by a tokenizer.json file; markers such as [CLS] do not count.

    Opening takes about 30 ms. Raises NotConfigured when the tokenizers library is missing or there
    is no such file, and ModelFilesAltered when the file cannot be read as a tokenizer.
    """

    def __init__(self, path: Path, model: str) -> None:
        try:
            from tokenizers import Tokenizer
        except ImportError as error:
            raise NotConfigured(
                "the tokenizers library is not installed: pip install 'hydrophone[models]'"
            ) from error
        if not path.is_file():
            raise NotConfigured(f"there is no tokenizer file {path}")
        try:
            self._tokenizer = Tokenizer.from_file(str(path))
        # The library raises bare Exception.
        except Exception as error:
            raise ModelFilesAltered(f"{path} is no tokenizer: {error}") from error
        self._tokenizer.no_padding()
        self._tokenizer.no_truncation()
        self.model = model

    def count(self, text: str) -> int:
        """How many tokens the text has."""
        return len(self._tokenizer.encode(valid_text(text), add_special_tokens=False).ids)


class WordPieceCounter(TokenizerCounter):
    """A TokenCounter by the tokenizer of a BERT model."""

    def __init__(self, files: ModelFiles) -> None:
        super().__init__(files.tokenizer, "wordpiece")


class CautiousCounter:
    """A TokenCounter for models whose tokenizer is not known: rather too many than too few.

    What `counter` counts is taken times `factor`; characters beyond ASCII count as their bytes,
    since no tokenizer makes more of them, and WordPiece may make one unknown piece of a whole word.
    """

    def __init__(self, counter: TokenCounter, factor: float) -> None:
        self.model = f"{counter.model} and some"
        self._counter = counter
        self._factor = factor

    def count(self, text: str) -> int:
        """How many tokens the text has at most."""
        if text.isascii():
            return math.ceil(self._factor * self._counter.count(text))
        foreign = "".join(_NOT_ASCII.findall(text))
        rest = _NOT_ASCII.sub(" ", text)
        return math.ceil(self._factor * self._counter.count(rest)) + len(
            foreign.encode("utf-8", "replace")
        )


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
