"""The application as a whole: health, models, its OpenAPI document and the pages that show it."""

from __future__ import annotations

import re
import subprocess
import sys
from collections.abc import Iterator
from typing import Any
from urllib.parse import urlsplit

import httpx
import pytest

from hydrophone import __version__
from tests.api.serving import KEY, doors

OUTSIDE = re.compile(r"""(?:https?:)?//[a-z0-9.-]+""", re.IGNORECASE)
LOADED = re.compile(r"""<(?:script|link|img|iframe)[^>]*?(?:src|href)=["']?([^"'\s>]+)""")


async def test_health_tells_the_version(client: httpx.AsyncClient) -> None:
    body = (await client.get("/health")).json()
    assert body.pop("uptime") >= 0
    assert body == {"status": "ok", "version": __version__, "models": body["models"]}
    assert body["models"] > 0


@pytest.mark.parametrize("path", ["/v1/models", "/models"])
async def test_the_list_of_models_has_openais_shape(client: httpx.AsyncClient, path: str) -> None:
    body = (await client.get(path)).json()
    assert body["object"] == "list"
    assert body["data"] == [
        {
            "id": "default",
            "object": "model",
            "created": 1_790_000_000,
            "owned_by": "hydrophone",
        },
        {
            "id": "sonar",
            "object": "model",
            "created": 1_790_000_000,
            "owned_by": "hydrophone",
            "context_window": 128_000,
            "max_output_tokens": 4_096,
            "pricing": {"input": 1, "output": 2},
        },
    ]


@pytest.mark.parametrize("path", ["/v1/models/sonar", "/models/sonar"])
async def test_one_model_can_be_asked_for(client: httpx.AsyncClient, path: str) -> None:
    assert (await client.get(path)).json()["id"] == "sonar"


@pytest.mark.parametrize("model", ["gpt-2", "local/a/b", "%E2%80%A6"])
async def test_an_unknown_model_is_named_in_400(client: httpx.AsyncClient, model: str) -> None:
    response = await client.get(f"/v1/models/{model}")
    assert response.status_code == 400
    assert response.json()["error"]["type"] == "invalid_model"
    assert response.json()["error"]["param"] == "model"


@pytest.fixture
async def document(client: httpx.AsyncClient) -> dict[str, Any]:
    body: dict[str, Any] = (await client.get("/openapi.json")).json()
    return body


def values(node: Any, key: str) -> Iterator[Any]:
    """All values under a key, however deep."""
    if isinstance(node, dict):
        for name, value in node.items():
            if name == key:
                yield value
            yield from values(value, key)
    elif isinstance(node, list):
        for item in node:
            yield from values(item, key)


def resolve(document: dict[str, Any], reference: str) -> Any:
    node: Any = document
    for part in reference.removeprefix("#/").split("/"):
        node = node[part]
    return node


async def test_the_openapi_document_has_every_path(document: dict[str, Any]) -> None:
    assert document["openapi"].startswith("3.")
    assert document["info"]["version"] == __version__
    assert set(document["paths"]) == {
        "/v1/chat/completions",
        "/v1/completions",
        "/v1/contextualizedembeddings",
        "/v1/embeddings",
        "/v1/batches",
        "/v1/batches/{batch_id}",
        "/v1/batches/{batch_id}/cancel",
        "/v1/events",
        "/v1/files",
        "/v1/files/{file_id}",
        "/v1/files/{file_id}/content",
        "/v1/models",
        "/v1/models/refresh",
        "/v1/models/{model}",
        "/v1/pages/{version}",
        "/v1/async/sonar",
        "/v1/async/sonar/{request_id}",
        "/v1/responses",
        "/v1/responses/{response_id}",
        "/v1/responses/{response_id}/cancel",
        "/v1/responses/{response_id}/files",
        "/v1/responses/{response_id}/files/{file_id}/content",
        "/v1/responses/{response_id}/input_items",
        "/v1/search",
        "/conversations",
        "/conversations/{conversation_id}",
        "/generate_auth_token",
        "/revoke_auth_token",
        "/health",
        "/hydrophonebot.json",
        "/hydrophone-user.json",
        "/stats",
    }


async def test_every_reference_of_the_openapi_document_resolves(document: dict[str, Any]) -> None:
    references = [one for one in values(document, "$ref") if isinstance(one, str)]
    assert "#/components/schemas/ChatRequest" in references
    for reference in references:
        assert resolve(document, reference)


@pytest.mark.parametrize("schema", ["ChatRequest", "EventsRequest"])
async def test_every_field_of_a_body_is_described(document: dict[str, Any], schema: str) -> None:
    fields = document["components"]["schemas"][schema]["properties"]
    missing = [name for name, field in fields.items() if not field.get("description")]
    assert not missing


async def test_every_operation_is_described_and_has_an_id_of_its_own(
    document: dict[str, Any],
) -> None:
    operations = [one for path in document["paths"].values() for one in path.values()]
    assert all(one["description"] for one in operations)
    assert len({one["operationId"] for one in operations}) == len(operations)


@pytest.mark.parametrize("path", ["/v1/chat/completions", "/v1/events"])
async def test_the_errors_of_an_endpoint_are_documented(
    document: dict[str, Any], path: str
) -> None:
    responses = document["paths"][path]["post"]["responses"]
    assert {"200", "400", "401", "413", "422"} <= set(responses)
    assert "text/event-stream" in responses["200"]["content"]


async def test_health_alone_needs_no_key_in_the_document(document: dict[str, Any]) -> None:
    assert document["security"]
    assert document["components"]["securitySchemes"]["key"]["scheme"] == "bearer"
    assert document["paths"]["/health"]["get"]["security"] == []


@pytest.mark.parametrize("path", ["/docs", "/redoc"])
async def test_the_pages_of_the_api_load_nothing_from_outside(
    client: httpx.AsyncClient, path: str
) -> None:
    page = await client.get(path)
    loaded = LOADED.findall(page.text)
    assert len(loaded) >= 2
    for address in loaded:
        assert not urlsplit(address).netloc
        asset = await client.get(address)
        assert asset.status_code == 200, address
        assert len(asset.content) > 500
    assert not OUTSIDE.findall(page.text)


@pytest.mark.parametrize("path", ["/docs", "/redoc"])
async def test_the_browser_is_told_to_load_nothing_from_outside(
    client: httpx.AsyncClient, path: str
) -> None:
    """The libraries on these pages know addresses of their makers: a badge, a validator."""
    policy = (await client.get(path)).headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert not OUTSIDE.findall(policy)
    assert "*" not in policy


async def test_the_pages_of_the_api_work_below_another_path() -> None:
    """Behind a proxy that serves the application under a prefix."""
    async with doors() as served, served.client() as client:
        page = (await client.get("/docs")).text
    assert "/openapi.json" in page


async def test_with_keys_the_document_still_says_how_to_ask() -> None:
    async with doors(keys=[KEY]) as served, served.client() as client:
        body = (await client.get("/openapi.json")).json()
    assert KEY not in str(body)
    assert "ChatRequest" in body["components"]["schemas"]


BUILDING = """
import sys
from hydrophone.api.application import build_application
from hydrophone.page import page_router
from hydrophone.ports import House

house = House(None, None, None)
limits = {"max_body_bytes": 1, "default_model": "x", "cors_origins": ()}
build_application(house, pages=[page_router(house)], **limits)
heavy = ("pydantic.v1", "numpy", "onnxruntime", "tantivy", "usearch", "sqlalchemy", "trafilatura")
heavy += ("jinja2", "rich", "filelock", "keyring")
print(sorted(sys.modules.keys() & set(heavy)))
"""


def test_building_the_application_loads_nothing_that_only_requests_need() -> None:
    done = subprocess.run(
        [sys.executable, "-c", BUILDING], capture_output=True, text=True, timeout=50, check=True
    )
    assert done.stdout.strip() == "[]"
