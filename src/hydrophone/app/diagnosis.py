"""What works here, what is missing, and what to do about it, for `hydrophone doctor`."""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import Sequence
from typing import TYPE_CHECKING

from hydrophone.app.finding import Finding
from hydrophone.app.rooms import Rooms, open_rooms
from hydrophone.app.search import why_no_web_search
from hydrophone.errors import HydrophoneError
from hydrophone.settings import Settings

if TYPE_CHECKING:
    from hydrophone.search.watch.watched import WatchedProvider

LEAST_FREE_BYTES = 1_000_000_000
TRIAL = "Hydrophone"
_PAID = frozenset({"brave", "exa", "serper", "tavily"})


async def examine(settings: Settings) -> Sequence[Finding]:
    """Look at everything; one finding a thing, in the order in which they matter."""
    findings: list[Finding] = []
    async with open_rooms(settings) as rooms:
        for look in (
            _data,
            _access,
            _models,
            _index,
            _web_search,
            _rendering,
            _language_model,
            _official_api,
            _web_session,
        ):
            try:
                findings.extend(await look(rooms))
            except HydrophoneError as error:
                about = look.__name__.strip("_").replace("_", " ")
                findings.append(Finding("problem", about, error.message))
    return findings


async def _data(rooms: Rooms) -> list[Finding]:
    state = await rooms.state()
    free_bytes = shutil.disk_usage(state.path.parent).free
    message = f"{state.path.parent}, {free_bytes / 1e9:.0f} GB free"
    if free_bytes < LEAST_FREE_BYTES:
        return [Finding("problem", "data", message + ": too little for an index")]
    return [Finding("ok", "data", message)]


async def _access(rooms: Rooms) -> list[Finding]:
    gatekeeper = await rooms.gatekeeper()
    who = {
        "open": "open: anyone on this machine may ask, and nobody else",
        "keys": "keys: callers need a key",
        "session": "session: callers bring their own Perplexity session token",
    }
    return [Finding("ok", "access", who[gatekeeper.mode])]


async def _models(rooms: Rooms) -> list[Finding]:
    models = await rooms.models()
    if models.problem is not None:
        return [Finding("problem", "models", models.problem)]
    return [Finding("ok", "models", "embedder and cross-encoder are installed and unaltered")]


async def _index(rooms: Rooms) -> list[Finding]:
    index = await rooms.index()
    collections = await index.collections()
    documents = sum(info.documents for info in collections)
    pending = await index.vectors_pending()
    message = f"{documents:,} documents in {len(collections)} collections"
    if pending:
        return [Finding("note", "index", f"{message}; {pending:,} passages await their vector")]
    return [Finding("ok", "index", message)]


async def _web_search(rooms: Rooms) -> list[Finding]:
    """Ask each provider that costs nothing a harmless question."""
    why = why_no_web_search(rooms.settings)
    if why is not None:
        return [Finding("note", "web search", f"{why}; answers come from the own index")]
    providers = await rooms.providers()
    async with asyncio.TaskGroup() as group:
        looks = [group.create_task(_look_at(provider)) for provider in providers]
    return [look.result() for look in looks]


async def _rendering(rooms: Rooms) -> list[Finding]:
    if not rooms.settings.render_pages or rooms.settings.offline:
        return []
    await rooms.reader()  # says so when there is no Chromium
    return [Finding("ok", "rendering", "an installed Chromium runs the scripts of empty pages")]


async def _official_api(rooms: Rooms) -> list[Finding]:
    from hydrophone.app.official.finding import look_at

    return [await look_at(rooms.settings, await rooms.official_api())]


async def _web_session(rooms: Rooms) -> list[Finding]:
    from hydrophone.app.session.finding import look_at

    return look_at(rooms.settings, rooms.own_session())


async def _look_at(provider: WatchedProvider) -> Finding:
    from hydrophone.search.base import ProviderQuery
    from hydrophone.search.errors import ProviderFailed

    about = f"search: {provider.name}"
    if provider.name in _PAID:
        return Finding("note", about, "a key is set; not tried, as each question costs")
    try:
        answer = await provider.ask(ProviderQuery(TRIAL, kinds=provider.kinds))
    except ProviderFailed as error:
        # ddgs and the scholarly ones are there without being asked for.
        wanted = provider.name == "searxng"
        return Finding("problem" if wanted else "note", about, error.message)
    kinds = ", ".join(sorted(provider.kinds))
    silent = "".join(f"; {engine}: {reason}" for engine, reason in answer.unresponsive)
    if not answer.results:
        return Finding("note", about, f"answers, but found nothing for {TRIAL!r}{silent}")
    return Finding("ok", about, f"answers with {kinds} sources{silent}")


async def _language_model(rooms: Rooms) -> list[Finding]:
    from hydrophone.llm.openai import OpenAIModel, find_local_endpoints
    from hydrophone.types import Secret

    settings = rooms.settings
    if settings.model_url is None:
        found = [] if settings.offline else await find_local_endpoints(exclude_port=settings.port)
        hints = [
            f"{one.name} runs at {one.url} with {', '.join(one.models) or 'no models'}: set "
            "HYDROPHONE_MODEL_URL and HYDROPHONE_MODEL to use it"
            for one in found
        ]
        message = "; ".join(hints) or "none configured: answers quote the sources word for word"
        return [Finding("note", "language model", message)]
    await rooms.catalog()  # says so when only half of it is configured
    key = Secret(settings.model_key.get_secret_value()) if settings.model_key else None
    model = OpenAIModel(settings.model_url, key=key)
    try:
        known = await model.models()
    finally:
        await model.close()
    if settings.model not in known:
        listed = ", ".join(known[:10])
        return [Finding("problem", "language model", f"{settings.model} is not among: {listed}")]
    return [Finding("ok", "language model", f"{settings.model} at {settings.model_url}")]
