from __future__ import annotations

import re
import subprocess
import sys
from importlib.resources import files

import httpx
import pytest

from hydrophone.scripted import instant
from tests.page.house import Door, application

PAGE = files("hydrophone.page")
NAMES = sorted(entry.name for entry in (PAGE / "static").iterdir())


def client(key: str | None = None) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(application(instant("Hello."), Door(key)))
    return httpx.AsyncClient(transport=transport, base_url="http://127.0.0.1:8000")


def directives(response: httpx.Response) -> dict[str, str]:
    policy = response.headers["content-security-policy"]
    return dict(part.split(" ", 1) for part in policy.split("; "))


async def test_page_is_html_with_its_version_and_examples():
    async with client() as http:
        page = await http.get("/")
    assert page.status_code == 200
    assert page.headers["content-type"] == "text/html; charset=utf-8"
    assert "How do I add my own documents?" in page.text
    assert re.search(r"<footer>Hydrophone \d+\.\d+", page.text)


async def test_page_says_whether_a_key_is_needed():
    async with client() as http:
        assert 'data-needs-key="no"' in (await http.get("/")).text
    async with client(key="secret") as http:
        page = await http.get("/")
    assert page.status_code == 200
    assert 'data-needs-key="yes"' in page.text
    assert "secret" not in page.text


@pytest.mark.parametrize("path", ["/", *(f"/page/{name}" for name in NAMES)])
async def test_every_file_is_served_with_the_policy_and_its_type(path: str):
    async with client(key="needed elsewhere") as http:
        response = await http.get(path)
    assert response.status_code == 200
    assert response.headers["x-content-type-options"] == "nosniff"
    assert response.headers["referrer-policy"] == "no-referrer"
    assert response.headers["cache-control"] == "no-cache"
    kinds = {"js": "text/javascript", "css": "text/css", "svg": "image/svg+xml"}
    kind = kinds.get(path.rpartition(".")[2], "text/html")
    assert response.headers["content-type"].startswith(kind)
    assert int(response.headers["content-length"]) == len(response.content)


async def test_policy_allows_own_files_only_and_nothing_inline():
    async with client() as http:
        policy = directives(await http.get("/"))
    assert policy["default-src"] == "'none'"
    assert {policy[name] for name in ("script-src", "style-src", "connect-src")} == {"'self'"}
    assert policy["form-action"] == policy["frame-ancestors"] == policy["base-uri"] == "'none'"
    assert "unsafe" not in str(policy)


async def test_unchanged_file_costs_no_body():
    async with client() as http:
        for path in ("/", "/page/page.js"):
            tag = (await http.get(path)).headers["etag"]
            again = await http.get(path, headers={"If-None-Match": f'"other", W/{tag}'})
            assert (again.status_code, again.content) == (304, b"")
            assert again.headers["etag"] == tag
            changed = await http.get(path, headers={"If-None-Match": '"other"'})
            assert changed.status_code == 200


async def test_head_tells_the_length_and_sends_nothing():
    async with client() as http:
        head, get = await http.head("/"), await http.get("/")
    assert head.content == b""
    assert head.headers["content-length"] == get.headers["content-length"]


@pytest.mark.parametrize(
    "name", ["nothing.js", "..%2Frouter.py", "%2e%2e%2frouter.py", "page.html"]
)
async def test_other_paths_are_not_served(name: str):
    async with client() as http:
        response = await http.get(f"/page/{name}")
    assert response.status_code == 404
    assert "message" in response.json()["error"]


async def test_page_is_not_part_of_the_documented_api():
    async with client() as http:
        paths = (await http.get("/openapi.json")).json()["paths"]
    assert "/v1/events" in paths
    assert not [path for path in paths if path == "/" or path.startswith("/page")]


def sources_of_the_page() -> dict[str, str]:
    found = {entry.name: entry for entry in (PAGE / "static").iterdir()}
    found |= {entry.name: entry for entry in (PAGE / "templates").iterdir()}
    return {name: entry.read_text(encoding="utf-8") for name, entry in found.items()}


def test_nothing_names_an_outside_address():
    for name, text in sources_of_the_page().items():
        without_namespace = text.replace('xmlns="http://www.w3.org/2000/svg"', "")
        assert not re.search(r"(https?:)?//[a-z0-9-]+\.", without_namespace, re.IGNORECASE), name


def test_data_can_become_text_only():
    for name, text in sources_of_the_page().items():
        assert not re.search(
            r"innerHTML|outerHTML|insertAdjacentHTML|document\.write|eval\(|new Function", text
        ), name
        assert not re.search(r"\son[a-z]+=|\sstyle=|javascript:", text), name


def test_files_keep_to_the_house_sizes():
    longest = {name: text.count("\n") for name, text in sources_of_the_page().items()}
    assert max(longest.values()) < 400, longest


def test_importing_the_room_imports_no_web_framework():
    code = (
        "import sys, hydrophone.page; print([m for m in ('fastapi', 'jinja2') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
