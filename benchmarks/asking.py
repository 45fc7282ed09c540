"""Questions drawn from manuals, asked over HTTP, and when each part of the answer came."""

from __future__ import annotations

import asyncio
import json
import random
import re
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import aiohttp

from hydrophone.index.sentences import split_sentences

ANSWER_S = 60.0
_PURPOSE = re.compile(r"To ([a-z]+ [^,.:;()\n]{12,70}), ")
_SUBJECT = re.compile(r"((?:The|A|An) [\w'-]+(?: [\w'-]+){1,3}) is (?:a|an|the) \w+")
_VAGUE = re.compile(
    r"\b(?:this|that|these|those|it|they|following|above|below|do so|there|here|what|which|also"
    r"|result|example|reason|purpose|default|first|second|last|next|only|other|same)\b",
    re.IGNORECASE,
)


def question_of(sentence: str) -> str | None:
    """The question that a sentence such as "To do X, …" or "X is a …" answers, if it is one."""
    plain = " ".join(sentence.split())
    if len(plain.split()) < 8:
        return None
    if (found := _PURPOSE.match(plain)) and not _VAGUE.search(found[1]):
        return f"How do I {found[1]}?"
    found = _SUBJECT.match(plain)
    if found is None or _VAGUE.search(found[1]):
        return None
    subject = re.sub("^(The|A|An) ", lambda article: article[0].lower(), found[1])
    return f"What is {subject}?"


def draw(documents: Sequence[Sequence[str]], count: int, seed: int) -> list[str]:
    """So many different questions, at most one a document; documents are their passages' texts.

    Raises ValueError when there are too few.
    """
    dice = random.Random(seed)
    order = list(range(len(documents)))
    dice.shuffle(order)
    drawn: dict[str, None] = {}
    for number in order:
        if len(drawn) == count:
            break
        possible = [asked for asked in _questions(documents[number]) if asked not in drawn]
        if possible:
            drawn[dice.choice(possible)] = None
    if len(drawn) < count:
        raise ValueError(f"the manuals gave only {len(drawn)} questions, not {count}")
    return list(drawn)


def _questions(passages: Sequence[str]) -> Iterator[str]:
    for text in passages:
        for span in split_sentences(text):
            asked = question_of(text[span.start : span.end])
            if asked is not None:
                yield asked


@dataclass(frozen=True, slots=True)
class Heard:
    """Seconds from the request to each part of the answer; `answered` unless it abstained."""

    sources_s: float
    text_s: float
    end_s: float
    answered: bool


async def ask(session: aiohttp.ClientSession, url: str, question: str) -> Heard:
    """One question to POST /v1/events. Raises RuntimeError when the answer fails."""
    began_s = time.perf_counter()
    at_s: dict[str, float] = {}
    silent = False
    async with session.post(f"{url}/v1/events", json={"question": question}) as response:
        response.raise_for_status()
        async for line in response.content:
            if not line.startswith(b"data: {"):
                continue
            event = json.loads(line[6:])
            kind = event["type"]
            at_s.setdefault(kind, time.perf_counter() - began_s)
            if kind == "failed":
                raise RuntimeError(f"{question!r} failed: {event['message']}")
            silent = silent or (kind == "notice" and event["kind"] == "not_in_sources")
    return Heard(at_s["sources"], at_s["text"], at_s["finished"], not silent)


async def ask_all(url: str, questions: Sequence[str], *, pause_s: float) -> list[Heard]:
    """One question after the other, with a pause after each."""
    heard: list[Heard] = []
    timeout = aiohttp.ClientTimeout(total=ANSWER_S)
    async with aiohttp.ClientSession(timeout=timeout) as session:
        for question in questions:
            heard.append(await ask(session, url, question))
            await asyncio.sleep(pause_s)
    return heard
