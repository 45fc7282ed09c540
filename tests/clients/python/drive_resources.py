"""Every resource of the newest `perplexityai` beside chat and search, strictly checked.

One course through all methods is run four times: by the synchronous client, the asynchronous one,
and both wrappers that show the raw response.
"""

from __future__ import annotations

import asyncio
import json
import os
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

import perplexity
from course import Course, unknown
from outcomes import FACTS_SCHEMA, KEY, QUESTION, URL, told

OPTIONS: dict[str, Any] = {
    "base_url": URL,
    "api_key": KEY,
    "max_retries": 0,
    "_strict_response_validation": True,
}
WRITER = os.environ.get("CLIENTS_MODEL", "local/tiny")
# Swept by drive_sweep.py.
ELSEWHERE = {"chat.completions.create", "search.create"}
WEB = {
    "type": "web_search",
    "filters": {"search_domain_filter": ["-mer.example"], "search_recency_filter": "year"},
    "max_tokens": 2000,
    "max_tokens_per_page": 500,
    "search_context_size": "low",
    "search_type": "web",
    "user_location": {"country": "FR", "city": "Brest"},
}
DEPTH = {
    "type": "function",
    "name": "depth",
    "description": "How deep an animal dives",
    "parameters": {"type": "object", "properties": {"animal": {"type": "string"}}},
    "strict": True,
}
FORMAT = {"type": "json_schema", "json_schema": {"name": "facts", "schema": FACTS_SCHEMA}}
TURNS = [
    {"type": "message", "role": "system", "content": "Be brief."},
    {"role": "user", "content": [{"type": "input_text", "text": QUESTION}]},
]
# Each parameter's values beside the input: all go out alone, whole and streamed.
RESPONSES: Mapping[str, Sequence[Any]] = {
    "background": [False],
    "effort": ["fast", "low"],
    "input": [TURNS],
    "instructions": ["Be brief.", ""],
    "language_preference": ["en"],
    "max_output_tokens": [500, 1],
    "max_steps": [1, 3],
    "model": ["openai/gpt-5.4", WRITER],
    "models": [["openai/gpt-5.4", WRITER]],
    "preset": ["fast", "fast-search", "fast@2026-09-01.0"],
    "prompt_cache_key": ["k"],
    "reasoning": [{"effort": "low"}],
    "response_format": [FORMAT],
    "service_tier": ["auto", "default"],
    "step_budget_reminder": [True],
    "store": [True, False],
    "temperature": [0.2],
    "tool_choice": ["none", "auto"],
    "tools": [[WEB], [{"type": "fetch_url", "max_urls": 2}], [{"type": "image_search"}], [DEPTH]],
    "top_p": [0.9],
}
# What names who answers; all else goes to a model that does not search, which is quickest.
NAMING = {"effort", "model", "models", "preset"}


def bodies() -> Iterator[dict[str, Any]]:
    """Each parameter in each of its values."""
    for name, values in RESPONSES.items():
        for value in values:
            named = {} if name in NAMING else {"model": WRITER}
            yield {"input": QUESTION, **named, name: value}


async def responses(course: Course) -> None:
    """What one way asks whole, the other asks streamed; the rest ask the least and the most."""
    least = {"input": QUESTION, "preset": "fast"}
    most = {name: values[0] for name, values in RESPONSES.items()} | {"model": WRITER}
    for wide in (least, most):
        await whole(course, wide)
        await streamed(course, wide)
    if course.name in ("synchronous", "asynchronous"):
        for body in bodies():
            await (whole if course.name == "synchronous" else streamed)(course, body)
    await course.turned_down("responses.create", **least, profile={"type": "custom", "id": "p"})
    office = {"type": "builtin", "name": "office"}
    await course.turned_down("responses.create", **least, skills=[office])


async def whole(course: Course, body: dict[str, Any]) -> None:
    made = await course.tried(f"responses.create {body}", "responses.create", **body)
    if made is not None and made.status != "completed":
        course.failed[f"{course.name}: responses.create {body}"] = made.status


async def streamed(course: Course, body: dict[str, Any]) -> None:
    label = f"responses.create streamed {body}"
    stream = await course.tried(label, "responses.create", stream=True, **body)
    if stream is not None:
        kinds = [event.type for event in await course.events(stream)]
        if kinds[-1] != "response.completed":
            course.failed[f"{course.name}: {label}"] = kinds


async def kept_responses(course: Course) -> None:
    made = await course.ask("responses.create", input=QUESTION, preset="fast", background=True)
    ended = await course.until_ended("responses.retrieve", made.id)
    assert (ended.id, ended.status) == (made.id, "completed"), ended
    await course.ask("responses.retrieve", made.id, format="short")
    rest, less = [
        await course.events(
            await course.ask("responses.retrieve", made.id, stream=True, starting_after=seen)
        )
        for seen in (0, 2)
    ]
    assert [one.sequence_number for one in rest] == list(range(1, len(rest) + 1))
    assert less == rest[2:], less
    after = await course.ask(
        "responses.create", input="And then?", preset="fast", previous_response_id=made.id
    )
    assert after.previous_response_id == made.id
    files = await course.ask("responses.files.list", made.id)
    assert list(files.data) == []
    await course.turned_down("responses.files.content", "file_none", response_id=made.id)
    await course.turned_down("responses.cancel", made.id)


async def async_chat(course: Course) -> None:
    request = {"model": "sonar", "messages": [{"role": "user", "content": QUESTION}]}
    key = f"key of {course.name}"
    made, again = [
        await course.ask("async_.chat.completions.create", request=request, idempotency_key=key)
        for _ in range(2)
    ]
    assert made.id == again.id
    ended = await course.until_ended("async_.chat.completions.get", made.id)
    assert ended.response.choices[0].message.content, ended
    headers = ("env", "name", "created_at_epoch_seconds")
    told_too = {f"x_client_{one}" if one in ("env", "name") else f"x_{one}": "1" for one in headers}
    told_too |= {"x_request_time": "1", "x_usage_tier": "1", "x_user_id": "1"}
    await course.ask("async_.chat.completions.get", made.id, local_mode=False, **told_too)
    listed = await course.ask("async_.chat.completions.list")
    assert made.id in [one.id for one in listed.requests]


async def embeddings(course: Course) -> None:
    for path, model, text in (
        ("embeddings.create", "pplx-embed-v1", "Whales sing."),
        ("contextualized_embeddings.create", "pplx-embed-context-v1", ["Whales", "sing."]),
    ):
        for size in ("0.6b", "4b"):
            asked: dict[str, Any] = {"input": [text, text], "model": f"{model}-{size}"}
            for more in (
                {},
                {"encoding_format": "base64_int8"},
                {"encoding_format": "base64_binary"},
                {"dimensions": 128},
            ):
                made = await course.tried(f"{path} {size} {more}", path, **asked, **more)
                assert made is None or len(made.data) == 2, made
    await course.tried(
        "embeddings.create of a text", "embeddings.create", input="a", model="pplx-embed-v1-0.6b"
    )


async def files_and_batches(course: Course) -> None:
    body = {"preset": "fast", "input": QUESTION}
    line = {"custom_id": "one", "method": "POST", "url": "/v1/responses", "body": body}
    content = json.dumps(line).encode()
    kept = await course.ask("files.create", file=("lines.jsonl", content), purpose="batch")
    other = await course.ask("files.create", file=("other.jsonl", content), purpose="batch")
    for order, first in (("asc", kept), ("desc", other)):
        listed = await course.ask("files.list", limit=100, order=order, purpose="batch")
        ids = [one.id for one in listed.data if one.id in (kept.id, other.id)]
        assert ids[0] == first.id, ids
    assert other.id in [
        one.id for one in (await course.ask("files.list", after=kept.id, order="asc")).data
    ]
    assert (await course.ask("files.retrieve", kept.id)).filename == "lines.jsonl"
    assert await course.content("files.content", kept.id) == content
    batch = await course.ask(
        "batches.create",
        endpoint="/v1/responses",
        input_file_id=kept.id,
        completion_window="24h",
        metadata={"a": "b"},
        idempotency_key=f"batch of {course.name}",
    )
    ended = await course.until_ended("batches.retrieve", batch.id)
    assert (ended.status, ended.request_counts.completed) == ("completed", 1), ended
    written = await course.content("files.content", ended.output_file_id)
    assert json.loads(written)["response"]["status_code"] == 200, written
    assert batch.id in [one.id for one in (await course.ask("batches.list", limit=100)).data]
    await course.ask("batches.list", after=batch.id)
    await course.turned_down("batches.cancel", batch.id)
    assert (await course.ask("files.delete", other.id)).deleted
    await course.turned_down("files.retrieve", other.id)


async def models(course: Course) -> None:
    listed = await course.ask("models.list")
    assert "sonar" in [one.id for one in listed.data]


async def refused(course: Course) -> None:
    file, revision = ("skill.zip", b"zip"), {"expected_revision": "1"}
    noul = {"type": "noul", "criteria": {"yes": "y", "no": "n"}, "instructions": "i"}
    await course.turned_down("browser.sessions.create")
    await course.turned_down("browser.sessions.delete", "s")
    await course.turned_down("decisions.create", model="m", questions={"q": noul}, state="s")
    await course.turned_down("skills.create", file=file)
    await course.turned_down("skills.list", limit=1, page_token="t")
    await course.turned_down("skills.retrieve", "s", revision="1")
    await course.turned_down("skills.download", "s", revision="1")
    await course.turned_down("skills.update", "s", file=file, **revision)
    await course.turned_down("skills.delete", "s", **revision)
    await course.turned_down("skills.revisions.list", "s", limit=1, page_token="t")


LEGS = (responses, kept_responses, async_chat, embeddings, files_and_batches, models, refused)


async def run(course: Course) -> None:
    """All legs, also after one has failed."""
    for leg in LEGS:
        try:
            await leg(course)
        except Exception as error:
            course.failed[f"{course.name}: {leg.__name__}"] = told(error)


async def main() -> None:
    """Print what was done, what failed, what was refused, and what is not known here."""
    client, asking = perplexity.Perplexity(**OPTIONS), perplexity.AsyncPerplexity(**OPTIONS)
    ways = {"synchronous": client, "asynchronous": asking, "raw": client, "streamed raw": client}
    courses = [Course(name, one) for name, one in ways.items()]
    async with asking:
        await asyncio.gather(*(run(course) for course in courses))
    done = {
        "calls": [course.calls for course in courses],
        "failed": {name: one for course in courses for name, one in course.failed.items()},
        "refused": [course.refused for course in courses],
        "unknown": unknown(client, courses[0], ELSEWHERE),
    }
    print(json.dumps(done, default=str))


if __name__ == "__main__":
    asyncio.run(main())
