"""Conversations that were kept: listed, read, renamed, given out, deleted."""

from __future__ import annotations

import base64
from typing import Any

import orjson
from aiohttp import web

from tests.emulators.perplexity_web.state import ACCOUNT, BODY, Account, Entry, State, Thread


def thread_routes(state: State) -> list[web.RouteDef]:
    """The paths under /rest/thread, and the export of an entry."""

    def mine(account: Account) -> list[Thread]:
        return [one for one in state.threads.values() if one.owner == account.email]

    def owning(account: Account, key: str) -> Thread | None:
        for thread in mine(account):
            entries = {entry.backend_uuid for entry in thread.entries}
            if key == thread.slug or key in entries:
                return thread
        return None

    async def listing(request: web.Request) -> web.Response:
        body, found = request[BODY], mine(request[ACCOUNT])[::-1]
        found = [one for one in found if body["search_term"].lower() in one.title.lower()]
        page = found[body["offset"] : body["offset"] + body["limit"]]
        more = body["offset"] + len(page) < len(found)
        return web.json_response([_row(one, len(found), more) for one in page])

    async def detail(request: web.Request) -> web.Response:
        thread = owning(request[ACCOUNT], request.match_info["slug"])
        if thread is None:
            return web.json_response({"detail": "Not found"}, status=404)
        start, limit = int(request.query.get("cursor", 0)), int(request.query.get("limit", 10))
        entries = thread.entries[start : start + limit]
        more = start + limit < len(thread.entries)
        origin = f"{request.scheme}://{request.host}"
        return web.json_response(
            {
                "status": "success",
                "entries": [_entry(thread, entry, origin) for entry in entries],
                "has_next_page": more,
                "next_cursor": str(start + limit) if more else None,
                "thread_metadata": {"title": thread.title},
            }
        )

    async def delete(request: web.Request) -> web.Response:
        body = request[BODY]
        thread = owning(request[ACCOUNT], body["entry_uuid"])
        if thread is None or body["read_write_token"] != thread.read_write_token:
            return web.json_response({}, status=403)
        del state.threads[thread.slug]
        return web.json_response({"status": "success"})

    async def rename(request: web.Request) -> web.Response:
        body = request[BODY]
        thread = owning(request[ACCOUNT], body["context_uuid"]) or next(
            (one for one in mine(request[ACCOUNT]) if one.context_uuid == body["context_uuid"]),
            None,
        )
        if thread is None or body["read_write_token"] != thread.read_write_token:
            return web.json_response({}, status=403)
        thread.title = body["title"]
        return web.json_response({"status": "success"})

    async def share(request: web.Request) -> web.Response:
        body = request[BODY]
        thread = owning(request[ACCOUNT], body["entry_uuid"])
        if thread is None or body["read_write_token"] != thread.read_write_token:
            return web.json_response({}, status=403)
        thread.access = body["updated_access"]
        return web.json_response({"status": "success", "access": thread.access})

    async def export(request: web.Request) -> web.Response:
        body = request[BODY]
        thread = owning(request[ACCOUNT], body["entry_uuid"])
        if thread is None:
            return web.json_response({}, status=403)
        text = f"# {thread.title}\n".encode()
        told = base64.b64encode(text).decode()
        return web.json_response({"filename": f"x.{body['format']}", "file_content_64": told})

    async def report(request: web.Request) -> web.Response:
        if request.cookies:
            return web.Response(status=400)
        wanted = request.match_info["uuid"]
        entries = (entry for thread in state.threads.values() for entry in thread.entries)
        texts = [one.script.report for one in entries if one.backend_uuid == wanted]
        return web.Response(text=texts[0]) if texts else web.Response(status=403)

    return [
        web.get("/files/{uuid}.md", report),
        web.post("/rest/thread/list_ask_threads", listing),
        web.get("/rest/thread/{slug}", detail),
        web.delete("/rest/thread/delete_thread_by_entry_uuid", delete),
        web.post("/rest/thread/set_thread_title", rename),
        web.post("/rest/thread/update_thread_access", share),
        web.post("/rest/entry/export", export),
    ]


def _row(thread: Thread, total: int, more: bool) -> dict[str, Any]:
    last = thread.entries[-1]
    return {
        "uuid": last.backend_uuid,
        "slug": thread.slug,
        "context_uuid": thread.context_uuid,
        "title": thread.title,
        "query_str": thread.entries[0].query,
        "answer_preview": last.script.text[:100],
        "display_model": "pplx_pro",
        "mode": "copilot",
        "status": "COMPLETED",
        "thread_access": thread.access,
        "last_query_datetime": "2026-11-01T10:00:00.000000",
        "total_threads": total,
        "has_next_page": more,
    }


def _entry(thread: Thread, entry: Entry, origin: str) -> dict[str, Any]:
    told: list[dict[str, Any]] = [{"step_type": "FINAL", "content": {"answer": entry.script.text}}]
    if entry.script.report_in == "file":
        place = {"download_info": [{"url": f"{origin}/files/{entry.backend_uuid}.md"}]}
        told.append({"step_type": "RESEARCH_ANSWER", "content": {"file": place}})
    return {
        "backend_uuid": entry.backend_uuid,
        "context_uuid": thread.context_uuid,
        "query_str": entry.query,
        "display_model": "pplx_pro",
        "status": "COMPLETED",
        "thread_title": thread.title,
        "thread_url_slug": thread.slug,
        "text": orjson.dumps(told).decode(),
        "read_write_token": thread.read_write_token,
    }
