"""Texts as tokens, and as many windows as the model needs for them."""

from __future__ import annotations

import pytest

from hydrophone.errors import InvalidRequest
from hydrophone.llm.embedding.tokens import (
    MOST_DOCUMENT_TOKENS,
    MOST_TOKEN_CHARS,
    MOST_TOKENS,
    WINDOW_TOKENS,
    Tokens,
    windows,
)
from hydrophone.llm.files import BGE_SMALL_EN, find_model_files
from hydrophone.llm.tokens import WordPieceCounter

FILES = find_model_files(BGE_SMALL_EN)
FULL = "tide " * MOST_DOCUMENT_TOKENS


@pytest.fixture(scope="module")
def tokens() -> Tokens:
    return Tokens(FILES)


@pytest.mark.parametrize("text", ["Whales sing.", "", "  ", "größer 中文 🐈", "not \ud800 Unicode"])
def test_tokens_are_those_that_are_counted_elsewhere(tokens: Tokens, text: str) -> None:
    [[ids]] = tokens.read([[text]])
    assert len(ids) == WordPieceCounter(FILES).count(text)


def test_nothing_is_cut_off_up_to_the_limit(tokens: Tokens) -> None:
    [[ids]] = tokens.read([[FULL]])
    assert len(ids) == MOST_DOCUMENT_TOKENS


@pytest.mark.parametrize(
    "document",
    [[FULL + "tide"], [FULL, "tide"], ["x" * (MOST_DOCUMENT_TOKENS * MOST_TOKEN_CHARS + 1)]],
    ids=["text", "chunks", "characters"],
)
def test_a_document_over_the_limit_is_named(tokens: Tokens, document: list[str]) -> None:
    with pytest.raises(InvalidRequest, match=str(MOST_DOCUMENT_TOKENS)) as caught:
        tokens.read([["a"], document])
    assert caught.value.param == "input[1]"


def test_all_documents_together_have_a_limit(tokens: Tokens) -> None:
    most = ["tide " * 30_000]
    assert MOST_TOKENS == 4 * 30_000
    tokens.read([most] * 4)
    with pytest.raises(InvalidRequest, match=str(MOST_TOKENS)) as caught:
        tokens.read([*([most] * 4), ["tide"]])
    assert caught.value.param == "input"


@pytest.mark.parametrize("count", [0, 1, WINDOW_TOKENS, WINDOW_TOKENS + 1, 5 * WINDOW_TOKENS - 1])
def test_windows_hold_every_token_once_in_pieces_of_nearly_one_size(count: int) -> None:
    pieces = windows(range(count))
    assert [one for piece in pieces for one in piece] == list(range(count))
    assert len(pieces) == max(1, -(-count // WINDOW_TOKENS))
    sizes = [len(piece) for piece in pieces]
    assert max(sizes) <= WINDOW_TOKENS
    assert max(sizes) - min(sizes) <= 1
