"""Uploads: an address for each file, the file to that address, and the wait until it was read."""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

from hydrophone.perplexity.errors import FileUploadError, PerplexityError, StreamingError
from hydrophone.perplexity.files.inputs import FileToSend
from hydrophone.perplexity.session.transport import is_private
from hydrophone.perplexity.session.web import WebSession

_ANNOUNCE = "/rest/uploads/batch_create_upload_urls"
_SUBSCRIBE = "/rest/sse/attachment_processing/subscribe"
_TAKEN = (200, 201, 204)
_AT_ONCE = 4
_UPLOAD_S = 600.0
_READ_S = 120.0
_log = logging.getLogger("hydrophone.perplexity")


async def upload(web: WebSession, files: Sequence[FileToSend]) -> list[str]:
    """Bring the files to the service: the addresses that a question names them by, in their order.

    Raises FileUploadError.
    """
    if not files:
        return []
    announced = await _announced(web, files)
    at_once = asyncio.Semaphore(_AT_ONCE)

    async def one(file: FileToSend, to: Mapping[str, Any]) -> None:
        async with at_once:
            await _post(file, to)

    try:
        async with asyncio.TaskGroup() as group:
            for file, to in zip(files, announced, strict=True):
                group.create_task(one(file, to))
    except ExceptionGroup as failed:
        first = failed.exceptions[0]
        raise first from first.__cause__
    await _wait_until_read(web, files, announced)
    return [str(to["s3_object_url"]) for to in announced]


async def _announced(web: WebSession, files: Sequence[FileToSend]) -> list[Mapping[str, Any]]:
    """Where each file is to go."""
    names = [str(uuid4()) for _ in files]
    told = {
        name: {
            "filename": file.name,
            "content_type": file.media_type,
            "source": "default",
            "file_size": file.size_bytes,
            "force_image": file.is_image,
            "skip_parsing": False,
        }
        for name, file in zip(names, files, strict=True)
    }
    answer = await web.call("POST", _ANNOUNCE, body={"files": told})
    results = answer.get("results") if isinstance(answer, dict) else None
    places = results if isinstance(results, dict) else {}
    found: list[Mapping[str, Any]] = []
    for name, file in zip(names, files, strict=True):
        to = places.get(name)
        if not isinstance(to, dict) or not to.get("s3_bucket_url") or not to.get("s3_object_url"):
            limited = isinstance(to, dict) and to.get("rate_limited")
            why = "the account's uploads are used up" if limited else "the service refused it"
            raise FileUploadError(file.name, why)
        if not is_private(str(to["s3_bucket_url"])):
            raise FileUploadError(file.name, "the service names a place that is not encrypted")
        found.append(to)
    return found


async def _post(file: FileToSend, to: Mapping[str, Any]) -> None:
    """The file to its bucket: another server, which gets no cookie of the session."""
    from curl_cffi import CurlError, CurlMime
    from curl_cffi.requests import AsyncSession, exceptions

    form = CurlMime()
    try:
        for name, value in dict(to.get("fields") or {}).items():
            form.addpart(name=name, data=str(value).encode())
        source = {"local_path": file.path} if file.path is not None else {"data": file.data}
        form.addpart(name="file", filename=file.name, content_type=file.media_type, **source)
        async with AsyncSession[Any]() as bucket:
            response = await bucket.post(
                str(to["s3_bucket_url"]), multipart=form, timeout=_UPLOAD_S, allow_redirects=False
            )
    except exceptions.RequestException as error:
        raise FileUploadError(file.name, f"the connection failed: {error}") from error
    except (CurlError, OSError) as error:
        raise FileUploadError(file.name, f"it cannot be read: {error}") from error
    finally:
        form.close()
    if response.status_code not in _TAKEN:
        raise FileUploadError(file.name, f"the upload was refused (HTTP {response.status_code})")


async def _wait_until_read(
    web: WebSession, files: Sequence[FileToSend], announced: Sequence[Mapping[str, Any]]
) -> None:
    """Wait until the service has read the files: a question that comes sooner may miss them."""
    names = {_server_name(to): file.name for file, to in zip(files, announced, strict=True)}
    names.pop("", None)
    if not names:
        return
    try:
        async with (
            asyncio.timeout(_READ_S),
            web.frames(_SUBSCRIBE, {"file_uuids": list(names)}, asks=False) as frames,
        ):
            async for frame in frames:
                name = names.pop(str(frame.data.get("file_uuid")), None)
                if name is not None and frame.data.get("success") is False:
                    raise FileUploadError(name, "the service could not read this file")
                if not names:
                    return
    except FileUploadError:
        raise
    except (TimeoutError, StreamingError, PerplexityError) as error:
        _log.warning("whether the files were read is not known: %s", error)


def _server_name(to: Mapping[str, Any]) -> str:
    """The file's id at the service: the part of `key` before its name."""
    key = str(dict(to.get("fields") or {}).get("key") or "").split("/")
    return key[-2] if len(key) > 1 else ""
