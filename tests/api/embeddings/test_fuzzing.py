"""The OpenAPI document of embeddings and keys against the server."""

from __future__ import annotations

from collections.abc import Iterator
from http import HTTPStatus

import pytest
from anyio.from_thread import start_blocking_portal
from schemathesis import BaseSchema, GenerationMode

from tests.api.embeddings.making import CONTEXTUAL, DOCUMENTS, PERPLEXITYS, TEXTS, Maker, gate
from tests.api.serving import doors
from tests.api.test_schema_fuzzing import fuzz, schema_of

MODELS = {TEXTS: PERPLEXITYS, DOCUMENTS: CONTEXTUAL}


@pytest.fixture(scope="module")
def schema() -> Iterator[BaseSchema]:
    """What a server that makes vectors says of itself."""
    house = doors(embeddings=gate(Maker()))
    with start_blocking_portal() as portal, portal.wrap_async_context_manager(house) as running:
        yield schema_of(running.url)


@pytest.mark.slow
@pytest.mark.timeout(300)
@pytest.mark.parametrize("path", MODELS)
def test_requests_get_documented_answers(schema: BaseSchema, path: str) -> None:
    fixed = {"posted": list(MODELS), "model": MODELS[path]}
    fits = fuzz(schema, path, GenerationMode.POSITIVE, 200, **fixed)
    assert HTTPStatus.OK in fits
    assert HTTPStatus.UNPROCESSABLE_ENTITY not in fits
    breaks = fuzz(schema, path, GenerationMode.NEGATIVE, 200, **fixed)
    assert {HTTPStatus.BAD_REQUEST, HTTPStatus.UNPROCESSABLE_ENTITY} <= breaks
