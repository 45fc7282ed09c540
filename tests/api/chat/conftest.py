"""Both parsers for the tests of streams."""

from __future__ import annotations

import pytest

from tests.api.chat.reading import Reader, read_with_openai, read_with_ours


@pytest.fixture(params=[read_with_ours, read_with_openai], ids=["ours", "openai's"])
def read(request: pytest.FixtureRequest) -> Reader:
    reader: Reader = request.param
    return reader
