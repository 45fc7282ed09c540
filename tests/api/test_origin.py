"""Which web pages may talk to the server."""

from __future__ import annotations

import httpx
import pytest

from hydrophone.api.application import build_application
from hydrophone.ports import Credentials, House
from hydrophone.scripted import instant
from hydrophone.types import Principal
from tests.api.serving import KEY, Doorkeeper, Doors, Shelf, doors, serving

CHAT = "/v1/chat/completions"
ASKED = {"messages": [{"role": "user", "content": "Do whales sing?"}]}
PREFLIGHT = {
    "Access-Control-Request-Method": "POST",
    "Access-Control-Request-Headers": "authorization,content-type,x-stainless-lang",
}


FOREIGN = [
    {"Origin": "https://evil.example"},
    {"Origin": "http://127.0.0.1:1"},
    {"Origin": "http://localhost"},
    {"Origin": "null"},
    {"Origin": ""},
    {"Origin": "http://[broken"},
    {"Sec-Fetch-Site": "cross-site"},
    {"Sec-Fetch-Site": "same-site"},
    {"Host": "evil.example"},
    {"Host": "127.0.0.1.evil.example"},
    {"Host": "localhost.evil.example:8000"},
    {"Host": "192.168.0.5"},
    {"Host": "0.0.0.0"},
    {"Host": "[broken"},
    {"Host": ""},
]


@pytest.mark.parametrize("path", [CHAT, "/v1/models", "/health", "/v1/nothing", "/docs"])
async def test_an_open_server_gives_nothing_to_other_origins(
    served: Doors, client: httpx.AsyncClient, path: str
) -> None:
    method = "POST" if path == CHAT else "GET"
    for headers in FOREIGN:
        response = await client.request(method, path, headers=headers, json=ASKED)
        assert response.status_code == 403, headers
        assert response.json()["error"]["type"] == "forbidden"
        assert "access-control-allow-origin" not in response.headers
    assert served.answerer.questions == []


FOLLOWED = {
    "Sec-Fetch-Site": "cross-site",
    "Sec-Fetch-Mode": "navigate",
    "Sec-Fetch-Dest": "document",
}


async def test_a_link_from_another_site_may_be_followed_but_not_framed_or_posted(
    served: Doors, client: httpx.AsyncClient
) -> None:
    assert (await client.get("/docs", headers=FOLLOWED)).status_code == 200
    framed = FOLLOWED | {"Sec-Fetch-Dest": "iframe"}
    assert (await client.get("/docs", headers=framed)).status_code == 403
    posted = FOLLOWED | {"Origin": "https://evil.example"}
    assert (await client.post(CHAT, headers=posted, json=ASKED)).status_code == 403
    assert served.answerer.questions == []


async def test_a_link_from_another_site_may_be_followed(client: httpx.AsyncClient) -> None:
    headers = {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document"}
    response = await client.get("/docs", headers={"Sec-Fetch-Site": "cross-site"} | headers)
    assert response.status_code == 200


@pytest.mark.parametrize(
    "headers",
    [
        {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "iframe"},
        {"Sec-Fetch-Mode": "no-cors", "Sec-Fetch-Dest": "image"},
        {"Sec-Fetch-Mode": "cors", "Sec-Fetch-Dest": "empty"},
        {"Sec-Fetch-Mode": "navigate", "Sec-Fetch-Dest": "document", "Origin": "null"},
    ],
    ids=["frame", "image", "fetch", "form"],
)
async def test_what_a_page_of_another_site_does_by_itself_is_refused(
    served: Doors, client: httpx.AsyncClient, headers: dict[str, str]
) -> None:
    sent = {"Sec-Fetch-Site": "cross-site", "Content-Type": "text/plain"} | headers
    response = await client.post("/v1/events", content=b'{"question":"?"}', headers=sent)
    assert response.status_code == 403
    assert (await client.get("/v1/models", headers=sent)).status_code == 403
    assert served.answerer.questions == []


async def test_an_open_server_answers_no_preflight(client: httpx.AsyncClient) -> None:
    headers = {"Origin": "https://evil.example"} | PREFLIGHT
    response = await client.options(CHAT, headers=headers)
    assert response.status_code == 403
    assert "access-control-allow-origin" not in response.headers


@pytest.mark.parametrize("name", ["127.0.0.1", "localhost", "LocalHost", "[::1]"])
@pytest.mark.parametrize("sec_fetch_site", ["same-origin", "none"])
async def test_its_own_page_may_ask_under_every_name_of_this_machine(
    client: httpx.AsyncClient, name: str, sec_fetch_site: str
) -> None:
    headers = {
        "Host": f"{name}:8000",
        "Origin": f"http://{name}:8000",
        "Sec-Fetch-Site": sec_fetch_site,
    }
    assert (await client.post(CHAT, json=ASKED, headers=headers)).status_code == 200


async def test_a_program_that_sends_no_origin_may_ask(client: httpx.AsyncClient) -> None:
    assert (await client.post(CHAT, json=ASKED)).status_code == 200


@pytest.mark.parametrize("origin", ["https://app.example", "null"])
async def test_with_keys_any_origin_may_ask_without_cookies(origin: str) -> None:
    async with doors(keys=[KEY]) as served, served.client() as client:
        preflight = await client.options(CHAT, headers={"Origin": origin} | PREFLIGHT)
        assert preflight.status_code == 200
        assert preflight.headers["access-control-allow-origin"] == "*"
        assert "authorization" in preflight.headers["access-control-allow-headers"].lower()
        assert "access-control-allow-credentials" not in preflight.headers
        headers = {"Origin": origin, "Authorization": f"Bearer {KEY}"}
        response = await client.post(CHAT, json=ASKED, headers=headers)
        assert response.status_code == 200
        assert response.headers["access-control-allow-origin"] == "*"


async def test_a_page_can_read_why_it_was_refused() -> None:
    async with doors(keys=[KEY]) as served, served.client() as client:
        response = await client.post(CHAT, json=ASKED, headers={"Origin": "https://app.example"})
        assert response.status_code == 401
        assert response.headers["access-control-allow-origin"] == "*"


async def test_configured_origins_keep_the_others_out() -> None:
    async with (
        doors(keys=[KEY], cors_origins=["https://app.example"]) as served,
        served.client() as client,
    ):
        allowed = await client.options(CHAT, headers={"Origin": "https://app.example"} | PREFLIGHT)
        assert allowed.headers["access-control-allow-origin"] == "https://app.example"
        other = await client.options(CHAT, headers={"Origin": "https://b.example"} | PREFLIGHT)
        assert other.status_code == 400
        assert "access-control-allow-origin" not in other.headers
        headers = {"Origin": "https://b.example", "Authorization": f"Bearer {KEY}"}
        response = await client.get("/v1/models", headers=headers)
        assert "access-control-allow-origin" not in response.headers


async def test_with_keys_the_server_answers_under_any_name() -> None:
    async with doors(keys=[KEY]) as served, served.client() as client:
        headers = {"Host": "answers.example", "Authorization": f"Bearer {KEY}"}
        assert (await client.get("/v1/models", headers=headers)).status_code == 200


class LateDoorkeeper(Doorkeeper):
    """Accounts that are open until somebody is to be identified: then they find a first key."""

    async def identify(self, credentials: Credentials) -> Principal:
        self.keys = [KEY]
        return await super().identify(credentials)


async def test_a_first_key_lets_pages_in_at_once() -> None:
    application = build_application(
        House(instant("Yes."), LateDoorkeeper(), Shelf()),
        max_body_bytes=1_000,
        default_model="default",
        cors_origins=["*"],
    )
    page = {"Origin": "file://", "Authorization": f"Bearer {KEY}"}
    async with serving(application) as url, httpx.AsyncClient(base_url=url) as client:
        response = await client.post(CHAT, json=ASKED, headers=page)
    assert response.status_code == 200, response.text
    assert response.headers["access-control-allow-origin"] == "*"
