"""How the tests of this folder ask."""

from __future__ import annotations

from typing import Any

import httpx

CHAT = "/v1/chat/completions"
ASK = "/rest/sse/perplexity_ask"


def body_of(text: str = "Which?", **more: Any) -> dict[str, Any]:
    """The body of a chat request."""
    return {"messages": [{"role": "user", "content": text}], **more}


def bearing(token: str) -> dict[str, str]:
    """The header of whoever brings this."""
    return {"Authorization": f"Bearer {token}"}


async def asked(client: httpx.AsyncClient, text: str = "Which?", **more: Any) -> Any:
    """The answer's body to this question."""
    answer = await client.post(CHAT, json=body_of(text, **more))
    assert answer.status_code == 200, answer.text
    return answer.json()
