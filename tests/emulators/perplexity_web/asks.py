"""Questions: a stream of frames, gone on with after a lost connection, or stopped."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

import orjson
from aiohttp import web

from tests.emulators.perplexity_web.models import CHEAPEST, carrier_of, is_beyond
from tests.emulators.perplexity_web.scripts import Script, Shape, frames_of, snapshot
from tests.emulators.perplexity_web.state import ACCOUNT, BODY, Account, Entry, State, Thread
from tests.emulators.perplexity_web.streams import LAST

_SOURCES = {"web", "scholar", "social", "edgar"}
_UUIDS = {"frontend_uuid", "frontend_context_uuid", "last_backend_uuid"}
_QUERY_SOURCES = ("home", "followup", "collection")
_NAMES = ("backend_uuid", "context_uuid", "thread_url_slug", "thread_title", "read_write_token")
_RECENCY = {None, "DAY", "WEEK", "MONTH", "YEAR"}
_END = b"event: end_of_stream\r\ndata: {}\r\n\r\n"
_STALE = {"status": "failed", "error_code": "GENERIC_FAILED_RESPONSE"}
_PAID = {"status": "failed", "error_code": "FREE_TIER_RATE_LIMITED", "experience": "upgrade"}


def asks_routes(state: State) -> list[web.RouteDef]:
    """Everything under /rest/sse but uploads."""

    async def ask(request: web.Request) -> web.StreamResponse:
        wrong = _wrong(state, request[BODY])
        if wrong is not None:
            return web.json_response({"error": wrong}, status=422)
        params: Mapping[str, Any] = request[BODY]["params"]
        account: Account = request[ACCOUNT]
        script = state.next_script(request[BODY]["query_str"])
        if script.status is not None:
            return _refused(script)
        thread = _thread(state, account, params, script)
        if thread is None:
            script = Script(failure=_STALE)
            thread = Thread(account.email, "-", "-", "-", "-")
        elif is_beyond(params["model_preference"], account.tier):
            script = _of_less(state, script)
        if state.needs_warm_up and not _was_opened(state, account, request[BODY]):
            script = Script(raw=b"")
        script = replace(script, carrier=script.carrier or carrier_of(params["model_preference"]))
        entry = Entry(str(uuid.uuid4()), request[BODY]["query_str"], script)
        thread.entries.append(entry)
        entry.frames = _named(script, params, thread, entry)
        return await _stream(state, request, entry)

    async def reconnect(request: web.Request) -> web.StreamResponse:
        found = _entry(state, request.match_info["uuid"], request[ACCOUNT])
        if found is None or found.script.is_gone:
            return web.json_response({}, status=403)
        entry = Entry(found.backend_uuid, found.query, Script(), [*_rest(found)])
        return await _stream(state, request, entry, again=True)

    async def terminate(request: web.Request) -> web.Response:
        found = _entry(state, request[BODY]["entry_uuid"], request[ACCOUNT])
        if found is None:
            return web.json_response({}, status=403)
        found.stopped.set()
        return web.json_response({"status": "completed", "thread_url_slug": "stopped"})

    return [
        web.post("/rest/sse/perplexity_ask", ask),
        web.post("/rest/sse/perplexity_ask/reconnect/{uuid}", reconnect),
        web.post("/rest/sse/perplexity_terminate", terminate),
    ]


def _wrong(state: State, body: Mapping[str, Any]) -> str | None:
    """What the service would not take. Not every client sends each of the names."""
    params = body.get("params")
    if set(body) != {"params", "query_str"} or not isinstance(params, dict):
        return "the body has params and query_str"
    known = {upload.url for upload in state.uploads.values() if upload.data is not None}
    try:
        rules = {
            "version": params["version"] == "2.18",
            "model_preference": isinstance(params["model_preference"], str),
            "sources": set(params["sources"]) <= _SOURCES | {"google_drive"},
            "search_recency_filter": params["search_recency_filter"] in _RECENCY,
            "attachments": set(params["attachments"]) <= known,
            "mode": params["mode"] in ("copilot", "research", "search", "concise"),
            "query_source": params.get("query_source", "home") in _QUERY_SOURCES,
            "query_str": isinstance(body["query_str"], str) and bool(body["query_str"]),
        }
        for name in _UUIDS & set(params):
            rules[name] = bool(uuid.UUID(params[name]))
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        return f"the question is wrong: {error!r}"
    return next((f"{name} is wrong" for name, right in rules.items() if not right), None)


def _was_opened(state: State, account: Account, body: Mapping[str, Any]) -> bool:
    """Whether the page of a question was opened before it was asked; what follows has none."""
    if body["params"].get("query_source") == "followup":
        return True
    opened = state.warmed.get(account.email, ())
    return any(query and body["query_str"].startswith(query) for query in opened)


def _of_less(state: State, script: Script) -> Script:
    """An answer to a question for a model that the subscription has not."""
    if state.refuses_models:
        return Script(failure=_PAID)
    return replace(script, display_model=script.display_model or CHEAPEST)


def _rest(entry: Entry) -> Iterator[dict[str, Any]]:
    """What goes on with an answer: all that was sent in one frame, and the frames behind it."""
    script = entry.script
    count = script.cut_after if script.cut_after is not None else script.hang_after
    if count is None or script.frames is not None or not script.terminal:
        yield from entry.frames[-1:]
        return
    names = {key: entry.frames[0][key] for key in _NAMES}
    yield {**names, **snapshot(script, count)}
    yield from entry.frames[count:]


def _thread(
    state: State, account: Account, params: Mapping[str, Any], script: Script
) -> Thread | None:
    """The conversation that a question goes on with or begins; None when it is not there."""
    if params.get("query_source") != "followup":
        slug = f"thread-{len(state.threads) + 1}"
        thread = Thread(account.email, slug, str(uuid.uuid4()), f"rw-{uuid.uuid4()}", script.title)
        state.threads[slug] = thread
        return thread
    for thread in state.threads.values():
        last = thread.entries[-1].backend_uuid if thread.entries else None
        if last == params["last_backend_uuid"] and thread.owner == account.email:
            return thread if params.get("read_write_token") == thread.read_write_token else None
    return None


def _refused(script: Script) -> web.Response:
    """What is answered without a stream."""
    assert script.status is not None
    kind = "text/html" if script.page.startswith("<") else "application/json"
    return web.Response(
        status=script.status, text=script.page, content_type=kind, headers=script.headers
    )


def _named(
    script: Script, params: Mapping[str, Any], thread: Thread, entry: Entry
) -> list[dict[str, Any]]:
    """The frames with the names of the conversation in each."""
    shape: Shape = "legacy"
    if params["use_schematized_api"]:
        cases = params.get("supported_block_use_cases") or ()
        shape = "diffs" if "diff_blocks" in cases else "schematized"
    names = {
        "backend_uuid": entry.backend_uuid,
        "context_uuid": thread.context_uuid,
        "thread_url_slug": thread.slug,
        "thread_title": thread.title,
        "read_write_token": thread.read_write_token,
        "display_model": script.display_model or params["model_preference"],
        "user_selected_model": params["model_preference"],
    }
    return [{**names, **one} for one in frames_of(script, script.shape or shape)]


async def _stream(
    state: State, request: web.Request, entry: Entry, *, again: bool = False
) -> web.StreamResponse:
    """The frames, with lines as the service ends them, which are others when one goes on."""
    line_end, mark = (b"\n", b"data:") if again else (b"\r\n", b"data: ")
    script = entry.script
    response = web.StreamResponse(headers={"Content-Type": "text/event-stream"})
    await response.prepare(request)
    if again:
        await response.write(b": hello\n\n")
    if script.raw is not None:
        await _write(response, script, script.raw)
        return response
    state.events.append(f"stream {entry.backend_uuid} begins")
    for number, one in enumerate(entry.frames):
        if number == script.cut_after:
            assert request.transport is not None
            request.transport.close()
            return response
        if number == script.hang_after:
            await asyncio.sleep(script.hang_s)
        if script.gap_s:
            await _gap(entry, script.gap_s)
        if entry.stopped.is_set():
            one = {**one, **LAST, "text_completed": False, "blocks": []}
        data = b"event: message\n" + mark + orjson.dumps(one) + b"\n\n"
        data = data.replace(b"\n", line_end)
        last_sent = number + 1 == script.cut_after
        if script.breaks_within and last_sent:
            data = data[: len(data) // 2]
        await _write(response, script, data)
        if entry.stopped.is_set():
            break
    await response.write(_END.replace(b"\r\n", line_end))
    state.events.append(f"stream {entry.backend_uuid} ends")
    return response


async def _gap(entry: Entry, seconds: float) -> None:
    try:
        await asyncio.wait_for(entry.stopped.wait(), seconds)
    except TimeoutError:
        return


async def _write(response: web.StreamResponse, script: Script, data: bytes) -> None:
    size = script.split or len(data) or 1
    for at in range(0, len(data), size):
        await response.write(data[at : at + size])


def _entry(state: State, backend_uuid: str, account: Account) -> Entry | None:
    mine = (one for one in state.threads.values() if one.owner == account.email)
    entries = (entry for thread in mine for entry in thread.entries)
    return next((one for one in entries if one.backend_uuid == backend_uuid), None)
