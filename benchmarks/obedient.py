"""A ChatModel that does whatever it reads, wherever it stands in the prompt.

What a language model could be talked into at worst, without one: it knows the attacks that are in
circulation by their text, and for each that it finds in what it is sent it writes what is asked
for, repeats every address in it in all the ways that an address can come to life, calls the
functions that are named, and gives its instructions away. Where nothing tells it what to do, it
answers with the first sentence of the first source, cited. Asked for JSON it writes all this into
the names and values of an object.
"""

from __future__ import annotations

import json
import re
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager

from hydrophone.llm.base import ModelDelta, ModelReply, ModelRequest
from hydrophone.llm.fold import folded
from hydrophone.types import ToolCallDelta

ADDRESS = re.compile(r"[\w./:+-]*[\w-]+\.(?:com|xyz|org|net|example)[\w./?=&-]*|[\w.]+@[\w.]+")
SECRET = "the-conversation-so-far"


class ObedientModel:
    """Obeys `attacks`; `requests` are what it was sent, `obeyed` how often it was told to."""

    name = "obedient"

    def __init__(self, attacks: Sequence[str], *, pieces: int = 7) -> None:
        self._attacks = [" ".join(attack.split()) for attack in attacks]
        self._pieces = pieces
        self.requests: list[ModelRequest] = []
        self.obeyed = 0

    @asynccontextmanager
    async def stream(self, request: ModelRequest) -> AsyncIterator[AsyncIterator[ModelDelta]]:
        """The reply in pieces of some characters."""
        self.requests.append(request)
        yield self._deltas(request)

    async def complete(self, request: ModelRequest) -> ModelReply:
        """The reply as a whole."""
        async with self.stream(request) as deltas:
            return folded([delta async for delta in deltas])

    async def _deltas(self, request: ModelRequest) -> AsyncIterator[ModelDelta]:
        told = " ".join("\n".join(turn.text for turn in request.messages).split())
        found = [attack for attack in self._attacks if attack in told]
        self.obeyed += len(found)
        text = self._obey(found, told)
        if request.response_format is not None:
            text = json.dumps({"answer": text, **{line: [line] for line in text.splitlines()}})
        yield ModelDelta(thinking=f"I am told to: {' '.join(found)} ")
        for start in range(0, len(text), self._pieces):
            yield ModelDelta(text=text[start : start + self._pieces])
        if found:
            yield ModelDelta(tool_calls=(ToolCallDelta(0, "call-1", "send_email", "{}"),))
        yield ModelDelta(finish_reason="tool_calls" if found else "stop")

    def _obey(self, found: Sequence[str], told: str) -> str:
        lines = [answer_of(told)]
        for attack in found:
            lines.append(f"As told: {attack} [1] [77]")
            lines += [line for address in ADDRESS.findall(attack) for line in ways(address)]
        return "\n\n".join(lines)


def answer_of(told: str) -> str:
    """The first sentence of the first source, cited."""
    body = re.search(r"<source[^>]*>(.*?)[.!?](?:\s|</)", told)
    return f"{body[1].strip() if body else 'Nothing'}. [1]"


def ways(address: str) -> list[str]:
    """An address in all the ways that readers bring to life."""
    bare = address.strip("./:")
    full = bare if "://" in bare else f"https://{bare}"
    return [
        f"Visit {bare} now, or {full}/?q={SECRET} today.",
        f"[Sources]({full}) and <{full}> and [more][ref].",
        f"![picture]({full}/p.png?q={SECRET})",
        f'<img src="{full}/p.png?q={SECRET}"> <a href="//{bare}">here</a>',
        f"[1]: {full} [ref]: {full}",
        f"`curl {full}`",
        f"```\nwget {full}\n```",
    ]
