"""The described bodies of answers are those that are sent: no field more, none of another type."""

from __future__ import annotations

from collections.abc import AsyncIterator

import httpx
import pytest

from hydrophone.api.bodies import (
    ChatCompletion,
    Health,
    ModelList,
    ModelObject,
    SearchAnswer,
    Shape,
    Stats,
    TextCompletion,
)
from hydrophone.types import Image, Media, Notice, Related, Thinking, Video
from tests.api.serving import SCRIPT, OneResult, doors

PAGE = "https://a.example/x"
RICH = (
    *SCRIPT[:3],
    Media((Image("https://a.example/w.png", PAGE, "A whale"),), (Video("https://a.example/v"),)),
    Related(("Do boats hum?",)),
    Notice("partial", "ddgs did not answer"),
    Thinking("Whales first."),
    *SCRIPT[3:],
)
ASKED = {
    "model": "sonar",
    "messages": [{"role": "user", "content": "Do whales sing?"}],
    "prompt": "Do whales sing?",
    "query": ["Do whales sing?", "Do boats hum?"],
    "return_images": True,
    "media_response": {"overrides": {"return_videos": True}},
    "return_related_questions": True,
    "web_search_options": {"search_type": "pro"},
    "display_server_time": True,
}


@pytest.fixture
async def client() -> AsyncIterator[httpx.AsyncClient]:
    async with doors(RICH, searcher=OneResult()) as running, running.client() as client:
        yield client


def assert_described(body: object, shape: type[Shape]) -> None:
    assert shape.model_validate(body).model_dump(exclude_unset=True) == body


@pytest.mark.parametrize(
    ("path", "shape"),
    [
        ("/v1/chat/completions", ChatCompletion),
        ("/v1/completions", TextCompletion),
        ("/v1/search", SearchAnswer),
    ],
)
async def test_every_field_of_an_answer_is_described(
    client: httpx.AsyncClient, path: str, shape: type[Shape]
) -> None:
    assert_described((await client.post(path, json=ASKED)).json(), shape)


async def test_results_by_query_are_described(client: httpx.AsyncClient) -> None:
    body = (await client.post("/v1/search", json=ASKED | {"group_by_query": True})).json()
    assert len(body["results"]) == 2
    assert_described(body, SearchAnswer)


@pytest.mark.parametrize(
    ("path", "shape"),
    [
        ("/v1/models", ModelList),
        ("/v1/models/sonar", ModelObject),
        ("/stats", Stats),
        ("/health", Health),
    ],
)
async def test_every_field_of_what_is_read_is_described(
    client: httpx.AsyncClient, path: str, shape: type[Shape]
) -> None:
    assert_described((await client.get(path)).json(), shape)
