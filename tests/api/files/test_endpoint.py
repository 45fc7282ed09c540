"""Files over HTTP: sent as forms, listed, read and deleted by whoever sent them."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import httpx

from hydrophone.api.files.bodies import DeletedFile, KeptFile, KeptFileList
from tests.api.background import BOB, Background
from tests.api.batching import MOST_BYTES, sent
from tests.api.serving import doors
from tests.jobs.working import until

LINES = b'{"custom_id": "a"}\n'


async def test_a_file_is_sent_looked_at_read_and_deleted(ada: httpx.AsyncClient) -> None:
    file = await sent(ada, LINES, "../lines.jsonl")
    KeptFile.model_validate(file, strict=True)
    assert file["id"].startswith("file-")
    assert (file["filename"], file["bytes"], file["purpose"]) == ("lines.jsonl", 19, "batch")
    assert file["expires_at"] - file["created_at"] == 7 * 24 * 3600
    path = f"/v1/files/{file['id']}"
    assert (await ada.get(path)).json() == file
    content = await ada.get(f"{path}/content")
    assert content.content == LINES
    assert content.headers["content-type"] == "application/octet-stream"
    assert content.headers["content-length"] == "19"
    assert content.headers["x-content-type-options"] == "nosniff"
    assert content.headers["content-disposition"] == "attachment; filename*=UTF-8''lines.jsonl"
    deleted = (await ada.delete(path)).json()
    DeletedFile.model_validate(deleted, strict=True)
    assert deleted == {"id": file["id"], "object": "file", "deleted": True}
    for gone in (await ada.get(path), await ada.get(f"{path}/content"), await ada.delete(path)):
        assert (gone.status_code, gone.json()["error"]["type"]) == (404, "not_found")


async def test_every_path_is_there_without_v1_too(ada: httpx.AsyncClient) -> None:
    data, form = {"purpose": "batch"}, {"file": ("a", LINES)}
    file = (await ada.post("/files", data=data, files=form)).json()
    assert (await ada.get("/files")).json()["data"] == [file]
    assert (await ada.get(f"/files/{file['id']}")).json() == file
    assert (await ada.get(f"/files/{file['id']}/content")).content == LINES
    assert (await ada.get("/v1/v1/files")).json()["data"] == [file]
    assert (await ada.delete(f"/files/{file['id']}")).json()["deleted"]


async def test_another_callers_file_does_not_exist(
    keeping: Background, ada: httpx.AsyncClient
) -> None:
    file = await sent(ada, LINES)
    async with keeping.client(BOB) as bob:
        path = f"/v1/files/{file['id']}"
        answers = [await bob.get(path), await bob.get(f"{path}/content"), await bob.delete(path)]
        assert [one.status_code for one in answers] == [404, 404, 404]
        assert (await bob.get("/v1/files")).json()["data"] == []
    assert (await ada.get(path)).status_code == 200


async def test_who_has_no_key_is_refused_before_anything_is_read(keeping: Background) -> None:
    async with keeping.client("a wrong one") as client:
        form = {"file": ("a", LINES)}
        answers = [
            await client.post("/v1/files", data={"purpose": "batch"}, files=form),
            await client.get("/v1/files"),
            await client.get("/v1/files/file-1/content"),
            await client.delete("/v1/files/file-1"),
        ]
    assert [one.status_code for one in answers] == [401] * 4


async def test_lists_come_in_parts(ada: httpx.AsyncClient) -> None:
    files = []
    for number in range(3):
        files.append(await sent(ada, LINES, f"{number}.jsonl"))
        await asyncio.sleep(0.002)  # their ids count milliseconds
    first = (await ada.get("/v1/files", params={"limit": 2})).json()
    KeptFileList.model_validate(first, strict=True)
    assert first["data"] == [files[2], files[1]]
    assert first["has_more"] is True
    assert (first["first_id"], first["last_id"]) == (files[2]["id"], files[1]["id"])
    rest = (await ada.get("/v1/files", params={"after": first["last_id"]})).json()
    assert (rest["data"], rest["has_more"]) == ([files[0]], False)
    oldest = (await ada.get("/v1/files", params={"order": "asc", "purpose": "batch"})).json()
    assert oldest["data"] == files
    none = (await ada.get("/v1/files", params={"purpose": "batch_output"})).json()
    assert none == {
        "object": "list",
        "data": [],
        "first_id": None,
        "last_id": None,
        "has_more": False,
    }


async def test_a_wrong_parameter_is_named(ada: httpx.AsyncClient) -> None:
    for name, value in (
        ("limit", "0"),
        ("limit", "10001"),
        ("limit", "many"),
        ("order", "up"),
        ("purpose", "vision"),
        ("after", "' OR 1=1"),
    ):
        answer = await ada.get("/v1/files", params={name: value})
        assert (answer.status_code, answer.json()["error"]["param"]) == (400, name)


async def test_a_file_can_be_let_expire_sooner(ada: httpx.AsyncClient) -> None:
    data = {
        "purpose": "batch",
        "expires_after[anchor]": "created_at",
        "expires_after[seconds]": "3600",
    }
    file = (await ada.post("/v1/files", data=data, files={"file": ("a", LINES)})).json()
    assert file["expires_at"] - file["created_at"] == 3600
    for wrong in ("60", "-3600", "soon"):
        data["expires_after[seconds]"] = wrong
        answer = await ada.post("/v1/files", data=data, files={"file": ("a", LINES)})
        assert answer.status_code == 400
        assert answer.json()["error"]["param"] == "expires_after[seconds]"


async def test_files_are_taken_for_batches_only(
    ada: httpx.AsyncClient, keeping: Background
) -> None:
    for purpose in (None, "", "vision", "batch_output"):
        data = {} if purpose is None else {"purpose": purpose}
        answer = await ada.post("/v1/files", data=data, files={"file": ("a", LINES)})
        assert (answer.status_code, answer.json()["error"]["param"]) == (400, "purpose")
    assert left(keeping) == []


def left(keeping: Background) -> list[Path]:
    """What lies in the folder of files."""
    folder = keeping.state.path.with_name("files")
    return list(folder.iterdir()) if folder.exists() else []


async def _left(keeping: Background) -> list[Path]:
    return left(keeping)


async def test_a_file_that_is_too_large_is_413_and_leaves_nothing(
    ada: httpx.AsyncClient, keeping: Background
) -> None:
    form = {"file": ("a", b"x" * (MOST_BYTES + 1))}
    answer = await ada.post("/v1/files", data={"purpose": "batch"}, files=form)
    assert (answer.status_code, answer.json()["error"]["type"]) == (413, "payload_too_large")
    assert left(keeping) == []


async def test_who_goes_away_in_the_middle_leaves_nothing(
    ada: httpx.AsyncClient, keeping: Background
) -> None:
    begun = asyncio.Event()

    async def body() -> AsyncIterator[bytes]:
        yield b'--b\r\nContent-Disposition: form-data; name="file"; filename="a"\r\n\r\nsome'
        begun.set()
        await asyncio.Event().wait()

    headers = {"Content-Type": "multipart/form-data; boundary=b"}
    sending = asyncio.create_task(ada.post("/v1/files", content=body(), headers=headers))
    await begun.wait()
    await until(lambda: _left(keeping), bool)
    sending.cancel()
    await until(lambda: _left(keeping), lambda found: not found)
    await asyncio.gather(sending, return_exceptions=True)


async def test_what_is_no_form_is_400(ada: httpx.AsyncClient) -> None:
    for content_type, content in (
        ("application/json", b"{}"),
        ("multipart/form-data", b""),
        ("multipart/form-data; boundary=b", b""),
        ("multipart/form-data; boundary=b", b"no form at all"),
        ("multipart/form-data; boundary=b", b'--b\r\nContent-Disposition: form-data; name="f'),
        ("multipart/form-data; boundary=" + "b" * 1000, b""),
    ):
        headers = {"Content-Type": content_type}
        answer = await ada.post("/v1/files", content=content, headers=headers)
        assert (answer.status_code, answer.json()["error"]["type"]) == (400, "invalid_request")


async def test_a_server_without_files_says_so() -> None:
    async with doors() as served, served.client() as client:
        answers = [
            await client.get("/v1/files"),
            await client.get("/v1/batches"),
            await client.post("/v1/batches", json={}),
        ]
    assert [one.status_code for one in answers] == [503] * 3
