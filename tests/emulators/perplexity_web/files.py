"""Uploads: an address to post a file to, the bucket behind it, and the wait until it was read."""

from __future__ import annotations

import asyncio
import uuid

import orjson
from aiohttp import web

from tests.emulators.perplexity_web.state import ACCOUNT, BODY, State, Upload

_FIELDS = ("acl", "Content-Type", "tagging", "key", "policy", "signature", "AWSAccessKeyId")
_COOKIE = "next-auth.session-token"


def files_routes(state: State) -> list[web.RouteDef]:
    """Announcing, posting and waiting."""

    async def announce(request: web.Request) -> web.Response:
        results = {}
        for key, told in request[BODY]["files"].items():
            name = str(uuid.uuid4())
            path = f"web/direct-files/attachments/{request[ACCOUNT].id}/{name}/{told['filename']}"
            upload = Upload(name, told["filename"], told["content_type"], told["file_size"])
            upload.url = f"https://bucket.example/{path}"
            state.uploads[name] = upload
            fields = dict.fromkeys(_FIELDS, "x") | {"key": path}
            fields["Content-Type"] = told["content_type"]
            bucket = f"{request.scheme}://{request.host}/bucket/"
            results[key] = {
                "s3_bucket_url": bucket,
                "s3_object_url": upload.url,
                "fields": fields,
                "rate_limited": False,
            }
            if state.file_failure in ("limited", "refused"):
                results[key] = {"rate_limited": state.file_failure == "limited"}
        return web.json_response({"results": results})

    async def bucket(request: web.Request) -> web.Response:
        if any(_COOKIE in name for name in request.cookies):
            return web.Response(status=400, text="a session's cookie has no place here")
        form, order = await request.post(), []
        order = list(form)
        if order[-1] != "file" or tuple(order[:-1]) != _FIELDS:
            return web.Response(status=403, text=f"fields in this order: {order}")
        field = form["file"]
        assert isinstance(field, web.FileField)
        key = str(form["key"])
        state.uploads[key.split("/")[-2]].data = field.file.read()
        state.events.append(f"bucket has {field.filename}")
        return web.Response(status=204)

    async def subscribe(request: web.Request) -> web.StreamResponse:
        response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
        await response.prepare(request)
        for name in request[BODY]["file_uuids"]:
            await asyncio.sleep(state.reading_s)
            state.events.append(f"file {name} is read")
            upload = state.uploads.get(name)
            done = upload is not None and upload.data is not None
            done = done and state.file_failure != "unread"
            told = {"file_uuid": name, "success": done, "final_sse_message": True}
            await response.write(b"event: message\r\ndata: " + orjson.dumps(told) + b"\r\n\r\n")
        await response.write(b"event: end_of_stream\r\ndata: {}\r\n\r\n")
        return response

    return [
        web.post("/rest/uploads/batch_create_upload_urls", announce),
        web.post("/bucket/", bucket),
        web.post("/rest/sse/attachment_processing/subscribe", subscribe),
    ]
