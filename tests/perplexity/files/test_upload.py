"""Files on their way: in their order, without the session's cookie, waited for until read."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import orjson
import pytest

from hydrophone.perplexity import AsyncPerplexity, ClientConfig
from hydrophone.perplexity.errors import FileUploadError, PerplexityError, RateLimitError
from hydrophone.perplexity.files import upload as uploading
from hydrophone.perplexity.files.inputs import MOST_BYTES
from tests.emulators.perplexity_web.service import WebService
from tests.emulators.perplexity_web.state import FileFailure
from tests.emulators.perplexity_web.threaded import service_in_a_thread

ASK = "/rest/sse/perplexity_ask"
ANNOUNCE = "/rest/uploads/batch_create_upload_urls"
SUBSCRIBE = "/rest/sse/attachment_processing/subscribe"
BUCKET = "/bucket/"


async def asked(service: WebService, *files: Any) -> str | None:
    token = service.state.accounts[0].token
    config = ClientConfig(requests_per_second=0, retry_base_delay=0.01, max_retries=1)
    async with AsyncPerplexity(token, config, origin=service.origin) as client:
        conversation = await client.create_conversation().ask("What?", files=list(files))
        return conversation.answer


async def test_thirty_files_arrive_in_their_order(service: WebService) -> None:
    await asked(service, *((f"file {n}".encode(), f"{n}.txt") for n in range(30)))
    uploads = {one.url: one for one in service.state.uploads.values()}
    sent = service.state.asked(ASK)[0].body["params"]["attachments"]
    assert [uploads[url].data for url in sent] == [f"file {n}".encode() for n in range(30)]
    assert len(service.state.asked(ANNOUNCE)) == 1


async def test_the_bucket_gets_no_cookie_and_of_a_path_nothing_but_the_name(
    service: WebService, tmp_path: Path
) -> None:
    path = tmp_path / "secret-folder" / "tax.pdf"
    path.parent.mkdir()
    path.write_bytes(b"%PDF")
    await asked(service, path)
    (bucket,) = service.state.asked(BUCKET)
    assert not bucket.cookies
    assert "Cookie" not in bucket.headers
    (told,) = service.state.asked(ANNOUNCE)[0].body["files"].values()
    assert told == {
        "filename": "tax.pdf",
        "content_type": "application/pdf",
        "source": "default",
        "file_size": 4,
        "force_image": False,
        "skip_parsing": False,
    }
    seen = [(one.path, one.query, one.headers, one.body) for one in service.state.seen]
    assert "secret-folder" not in repr(seen)


async def test_the_question_waits_until_the_files_were_read(service: WebService) -> None:
    service.state.reading_s = 0.1
    assert await asked(service, b"one", b"two") == "Hello world."
    events = service.state.events
    read = [at for at, event in enumerate(events) if event.endswith("is read")]
    assert len(read) == 2
    assert max(read) < events.index(f"POST {ASK}")


@pytest.mark.parametrize(
    ("failure", "why"),
    [
        ("limited", "uploads are used up"),
        ("refused", "the service refused it"),
        ("unread", "could not read this file"),
    ],
)
async def test_a_file_that_the_service_does_not_take_is_told(
    service: WebService, failure: FileFailure, why: str
) -> None:
    service.state.file_failure = failure
    with pytest.raises(FileUploadError, match=why) as told:
        await asked(service, (b"x", "whale.txt"))
    assert told.value.file_path == "whale.txt"
    assert not service.state.asked(ASK)


async def test_a_bucket_that_refuses_is_told(service: WebService) -> None:
    service.state.refusals[BUCKET] = [{"status": 403}]
    with pytest.raises(FileUploadError, match=r"HTTP 403"):
        await asked(service, (b"x", "whale.txt"), (b"y", "seal.txt"))
    assert not service.state.asked(ASK)


@pytest.mark.parametrize(
    ("refusal", "error"),
    [({"status": 429, "headers": {"Retry-After": "999"}}, RateLimitError), ({"status": 400}, None)],
)
async def test_a_refusal_to_announce_is_the_services_error(
    service: WebService, refusal: dict[str, Any], error: type[PerplexityError] | None
) -> None:
    service.state.refusals[ANNOUNCE] = [refusal]
    with pytest.raises(error or PerplexityError):
        await asked(service, b"x")
    assert not service.state.asked(BUCKET)


@pytest.mark.parametrize("url", ["http://bucket.example/", "file:///tmp/", "//x", "ftp://x/"])
async def test_no_file_goes_where_others_could_read_it(
    service: WebService, url: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploading, "uuid4", lambda: "1")
    place = {"s3_bucket_url": url, "s3_object_url": "https://x/", "fields": {}}
    text = orjson.dumps({"results": {"1": place}}).decode()
    service.state.refusals[ANNOUNCE] = [{"status": 200, "text": text}]
    with pytest.raises(FileUploadError, match="not encrypted"):
        await asked(service, b"x")
    assert not service.state.asked(ASK)


async def test_whether_files_were_read_may_stay_unknown(
    service: WebService, caplog: pytest.LogCaptureFixture
) -> None:
    service.state.refusals[SUBSCRIBE] = [{"status": 404}]
    assert await asked(service, b"x") == "Hello world."
    assert "whether the files were read is not known" in caplog.text


async def test_what_has_no_name_at_the_service_is_not_waited_for(
    service: WebService, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(uploading, "_server_name", lambda place: "")
    assert await asked(service, b"x") == "Hello world."
    assert not service.state.asked(SUBSCRIBE)


async def test_a_file_that_vanishes_is_told(
    service: WebService, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path, announced = tmp_path / "whale.txt", uploading._announced
    path.write_bytes(b"sing")

    async def vanish(*given: Any) -> Any:
        found = await announced(*given)
        path.unlink()
        return found

    monkeypatch.setattr(uploading, "_announced", vanish)
    with pytest.raises(FileUploadError, match="cannot be read"):
        await asked(service, path)


@pytest.fixture
def served() -> Iterator[WebService]:
    with service_in_a_thread() as one:
        yield one


# In a process of its own: what a process has used at most counts from its beginning.
MEASURE = """
import resource, sys
from hydrophone.perplexity import ClientConfig, Perplexity

origin, token, *paths = sys.argv[1:]
with Perplexity(token, ClientConfig(requests_per_second=0), origin=origin) as client:
    conversation = client.create_conversation()
    conversation.ask("Warm up", files=[b"x"])
    before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    streams = [open(paths[0], "rb")]
    conversation.ask("What?", files=[*streams, *paths[1:]])
    print(resource.getrusage(resource.RUSAGE_SELF).ru_maxrss - before)
"""


@pytest.mark.slow
@pytest.mark.skipif(sys.platform != "linux", reason="other systems count in other units")
def test_large_files_are_never_in_memory_whole(served: WebService, tmp_path: Path) -> None:
    paths = [tmp_path / f"{number}.bin" for number in range(2)]
    for path in paths:
        with path.open("wb") as file:
            file.truncate(MOST_BYTES)
    token = served.state.accounts[0].token
    done = subprocess.run(
        [sys.executable, "-c", MEASURE, served.origin, token, *map(str, paths)],
        capture_output=True,
        text=True,
        timeout=60,
    )
    assert done.returncode == 0, done.stderr
    grown_kib = int(done.stdout)
    assert grown_kib * 1024 < MOST_BYTES / 4
    sizes = [len(one.data or b"") for one in served.state.uploads.values()]
    assert sizes == [1, MOST_BYTES, MOST_BYTES]
