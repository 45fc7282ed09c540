"""Counting tokens, with and without the tokenizer's file."""

from __future__ import annotations

from pathlib import Path

import pytest

from hydrophone.errors import NotConfigured
from hydrophone.llm.files import BGE_SMALL_EN, ModelFiles, ModelFilesAltered, find_model_files
from hydrophone.llm.tokens import CautiousCounter, TokenizerCounter, WordCounter, WordPieceCounter


@pytest.fixture(scope="module")
def wordpieces() -> WordPieceCounter:
    return WordPieceCounter(find_model_files(BGE_SMALL_EN))


@pytest.mark.parametrize(
    ("text", "tokens"),
    [("", 0), ("Hello world", 2), ("hydrophone", 2), ("It's 3.5 km.", 8), ("海", 1)],
)
def test_wordpieces_are_counted_without_markers(
    wordpieces: WordPieceCounter, text: str, tokens: int
) -> None:
    assert wordpieces.count(text) == tokens


def test_a_long_text_is_counted_to_its_end(wordpieces: WordPieceCounter) -> None:
    assert wordpieces.count("word " * 3000) == 3000


@pytest.mark.parametrize(
    ("text", "tokens"), [("", 0), ("Hello, world!", 4), ("3.5 km", 4), ("…", 1)]
)
def test_without_files_words_and_marks_are_counted(text: str, tokens: int) -> None:
    assert WordCounter().count(text) == tokens


def test_text_that_is_not_unicode_is_counted_too(wordpieces: WordPieceCounter) -> None:
    assert wordpieces.count("word \ud800 word") == wordpieces.count("word ? word")


def test_the_counters_say_what_they_count(wordpieces: WordPieceCounter) -> None:
    assert wordpieces.model == "wordpiece"
    assert WordCounter().model == "words"


def test_a_file_that_is_no_tokenizer_is_a_clear_error(tmp_path: Path) -> None:
    nonsense = tmp_path / "tokenizer.json"
    nonsense.write_text("{}")
    with pytest.raises(ModelFilesAltered, match="no tokenizer"):
        WordPieceCounter(ModelFiles("nonsense", nonsense, nonsense))


def test_a_models_own_tokenizer_counts_its_tokens(wordpieces: WordPieceCounter) -> None:
    counter = TokenizerCounter(find_model_files(BGE_SMALL_EN).tokenizer, "model")
    assert counter.model == "model"
    assert counter.count("hydrophones hum") == wordpieces.count("hydrophones hum")


def test_a_tokenizer_that_is_not_there_is_a_clear_error(tmp_path: Path) -> None:
    with pytest.raises(NotConfigured, match="no tokenizer file"):
        TokenizerCounter(tmp_path / "tokenizer.json", "model")


@pytest.mark.parametrize(
    ("text", "tokens"), [("", 0), ("two words", 3), ("クジラ", 9), ("two クジラ words", 12)]
)
def test_a_cautious_count_takes_foreign_text_by_its_bytes(text: str, tokens: int) -> None:
    assert CautiousCounter(WordCounter(), 1.5).count(text) == tokens
