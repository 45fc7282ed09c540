"""The lines of output and error files, in OpenAI's form, and how they are stored until then."""

from __future__ import annotations

import zlib

import orjson

from hydrophone.ports import BatchReply

_LEVEL = 3


def answered_line(custom_id: str, request_id: str, reply: BatchReply) -> bytes:
    """The line for what the endpoint has said; `request_id` is also the job's, if there is one."""
    response = {
        "status_code": reply.status,
        "request_id": request_id,
        "body": orjson.Fragment(reply.body),
    }
    return _line(custom_id, request_id, response, None)


def given_up_line(custom_id: str, request_id: str, *, code: str, message: str) -> bytes:
    """The line for a request that the endpoint was not asked."""
    return _line(custom_id, request_id, None, {"code": code, "message": message})


def pack_line(line: bytes) -> bytes:
    """A line as it is stored."""
    return zlib.compress(line, _LEVEL)


def unpack_line(packed: bytes) -> bytes:
    """What `pack_line` packed."""
    return zlib.decompress(packed)


def _line(custom_id: str, request_id: str, response: object, error: object) -> bytes:
    body = {
        "id": f"batch_req_{request_id}",
        "custom_id": custom_id,
        "response": response,
        "error": error,
    }
    return orjson.dumps(body, option=orjson.OPT_APPEND_NEWLINE)
