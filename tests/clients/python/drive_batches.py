"""Files and batches by the `openai` client."""

from __future__ import annotations

import json
import time
from typing import Any

import openai
from outcomes import ASKED, KEY, QUESTION, URL, play

ENDED = ("completed", "failed", "expired", "cancelled")
PATIENCE_S = 60.0
client = openai.OpenAI(
    base_url=f"{URL}/v1", api_key=KEY, max_retries=0, _strict_response_validation=True
)


def batch(endpoint: str, body: dict[str, Any], **more: Any) -> dict[str, Any]:
    """A batch of two lines, one of them wrong, from its file to those that it makes."""
    lines = [
        {"custom_id": "right", "method": "POST", "url": endpoint, "body": body},
        {"custom_id": "wrong", "method": "POST", "url": endpoint, "body": body | {"model": 7}},
        *more.pop("lines", []),
    ]
    content = "\n".join(json.dumps(one) for one in lines).encode()
    file = client.files.create(file=("asked.jsonl", content), purpose="batch")
    made = client.batches.create(
        input_file_id=file.id, endpoint=endpoint, completion_window="24h", **more
    )
    end_s = time.monotonic() + PATIENCE_S
    while made.status not in ENDED and time.monotonic() < end_s:
        time.sleep(0.1)
        made = client.batches.retrieve(made.id)
    read = {
        name: [json.loads(one) for one in client.files.content(file_id).text.splitlines()]
        for name, file_id in (("output", made.output_file_id), ("errors", made.error_file_id))
        if file_id is not None
    }
    return {
        "sent": file.to_dict(),
        "same": client.files.content(file.id).read() == content,
        "batch": made.to_dict(),
        "listed": made.id in [one.id for one in client.batches.list(limit=20)],
        "files": file.id in [one.id for one in client.files.list(limit=20, purpose="batch")],
        "deleted": client.files.delete(file.id).deleted,
        **read,
    }


def failed() -> dict[str, Any]:
    twice = {"custom_id": "right", "method": "POST", "url": "/v1/responses", "body": {}}
    return batch("/v1/responses", {}, lines=[twice])


play(
    {
        "version": lambda: openai.__version__,
        "chat": lambda: batch(
            "/v1/chat/completions", {"model": "sonar", "messages": ASKED}, metadata={"run": "1"}
        ),
        "responses": lambda: batch("/v1/responses", {"preset": "fast", "input": QUESTION}),
        "failed": failed,
        "no such file": lambda: client.files.retrieve("file-none").to_dict(),
        "no such batch": lambda: client.batches.cancel("batch_none").to_dict(),
    }
)
