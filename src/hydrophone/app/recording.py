"""Engines that record what their answers are made of, and engines that play a recording again."""

from __future__ import annotations

import asyncio
import hashlib
import logging
import types
import typing
from collections.abc import Mapping
from contextlib import AsyncExitStack
from dataclasses import replace
from datetime import UTC, datetime
from importlib.resources import files
from pathlib import Path
from typing import TYPE_CHECKING, Literal
from urllib.parse import urlsplit

from pydantic import SecretStr

from hydrophone import __version__
from hydrophone.app.models import LocalModels, engine_for, local_models
from hydrophone.errors import HydrophoneError
from hydrophone.ports import Answerer, Searcher
from hydrophone.settings import Settings, load_settings
from hydrophone.types import Event, JsonValue, RequestContext

if TYPE_CHECKING:
    from hydrophone.engine.profile import Profile
    from hydrophone.engine.recording.comparison import Replayed
    from hydrophone.engine.recording.tape import Recording, Tape
    from hydrophone.fetch.attachments.reading import Attachments
    from hydrophone.llm.base import ChatModel
    from hydrophone.search.pages import Pages

_LEAST_SECRET_CHARS = 6
_log = logging.getLogger(__name__)


def recording_engine(
    profile: Profile,
    settings: Settings,
    searcher: Searcher,
    models: LocalModels,
    endpoint: ChatModel | None,
    pages: Pages | None,
    attachments: Attachments | None,
    *,
    to: Path,
) -> Answerer:
    """The engine for one profile, each of whose answers becomes a recording: the file `to`, or in
    the folder `to` a file for each request."""
    from hydrophone.engine.recording import recorder

    model = None
    if endpoint is not None:
        model = recorder.RecordedModel(endpoint, getattr(endpoint, "context_tokens", None))
    reranker = recorder.RecordedReranker(models.reranker)
    tokens = recorder.RecordedTokens(models.tokens)
    engine = engine_for(
        profile,
        settings,
        recorder.RecordedSearcher(searcher),
        replace(models, reranker=reranker, tokens=tokens),
        model,
        recorder.RecordedPages(pages) if pages is not None else None,
        recorder.RecordedAttachments(attachments) if attachments is not None else None,
    )
    head = _head(profile, settings, models, endpoint, reads=pages is not None)
    secrets = _secrets(settings)

    async def keep(tape: Tape, context: RequestContext) -> None:
        await _keep(tape, to, context, secrets)

    return recorder.RecordingAnswerer(engine, head, keep)


async def _keep(tape: Tape, to: Path, context: RequestContext, secrets: list[str]) -> None:
    from hydrophone.engine.recording.tape import write_tape

    if not await asyncio.to_thread(to.is_dir):
        await asyncio.to_thread(write_tape, tape, to, secrets)
        return
    moment = datetime.fromtimestamp(tape.asked.at, UTC).strftime("%Y%m%d-%H%M%S")
    path = to / f"{moment}-{context.request_id}.jsonl.gz"
    try:
        await asyncio.to_thread(write_tape, tape, path, secrets)
    except HydrophoneError as error:
        _log.error("%s", error.message)  # the answer itself has gone out well


def _head(
    profile: Profile,
    settings: Settings,
    models: LocalModels,
    endpoint: ChatModel | None,
    *,
    reads: bool,
) -> Recording:
    from hydrophone.engine.recording.tape import VERSION, Recording

    return Recording(
        recording=VERSION,
        hydrophone=__version__,
        profile=profile,
        settings=_plain_settings(settings),
        prompts=_prompts(),
        reranker=models.reranker.model,
        kind=models.reranker.kind,
        tokens=models.tokens.model,
        models=models.problem is None,
        chat=endpoint is not None,
        pages=reads,
    )


def _plain_settings(settings: Settings) -> Mapping[str, JsonValue]:
    """The settings that are numbers, switches or choices: texts may be secrets or names."""
    return {name: getattr(settings, name) for name in _plain_names()}


def _plain_names() -> list[str]:
    return [name for name, field in Settings.model_fields.items() if _is_plain(field.annotation)]


def _is_plain(annotation: object) -> bool:
    origin = typing.get_origin(annotation)
    if origin in (typing.Union, types.UnionType):
        members = (one for one in typing.get_args(annotation) if one is not type(None))
        return all(map(_is_plain, members))
    return origin is Literal or annotation in (bool, int, float)


def _prompts() -> Mapping[str, JsonValue]:
    """A hash of each prompt, by its name."""
    folder = files("hydrophone.engine") / "prompts"
    texts = {one.name: one.read_bytes() for one in folder.iterdir() if one.name.endswith(".md")}
    return {name: hashlib.sha256(texts[name]).hexdigest()[:16] for name in sorted(texts)}


def _secrets(settings: Settings) -> list[str]:
    """All keys, and the passwords in addresses."""
    values = [getattr(settings, name) for name in Settings.model_fields]
    each = [one for value in values for one in (value if isinstance(value, tuple) else (value,))]
    keys = [one.get_secret_value() for one in each if isinstance(one, SecretStr)]
    addresses = (settings.model_url, settings.searxng_url)
    passwords = [urlsplit(address).password or "" for address in addresses if address]
    return [secret for secret in (*keys, *passwords) if len(secret) >= _LEAST_SECRET_CHARS]


async def replay(path: Path, *, update: bool = False) -> Replayed:
    """Run the engine on what a recording holds, and compare what comes out with what came out then.

    With `update` the file is written anew, with what came out now. Raises DocumentError when the
    file is no recording.
    """
    from hydrophone.engine.recording.comparison import Replayed, compare
    from hydrophone.engine.recording.tape import read_tape, write_tape

    tape = await asyncio.to_thread(read_tape, path)
    async with AsyncExitStack() as stack:
        events, notes = await _played(tape, stack)
    replayed = Replayed(len(tape.events), compare(tape.events, events), tuple(notes))
    if update:
        tape.events = events
        tape.recording = replace(tape.recording, hydrophone=__version__, prompts=_prompts())
        await asyncio.to_thread(write_tape, tape, path)
    return replayed


async def _played(tape: Tape, stack: AsyncExitStack) -> tuple[list[Event], list[str]]:
    from hydrophone.engine.recording import player

    head, order = tape.recording, player.Order(tape.calls)
    known = {name: head.settings[name] for name in _plain_names() if name in head.settings}
    here = local_models(load_settings(), stack, embed_threads=0)
    reranker = player.PlayedReranker(tape, order, here.reranker)
    tokens = player.PlayedTokens(tape)
    model = player.PlayedModel(tape, order) if head.chat else None
    problem = None if head.models else "as it was recorded"
    engine = engine_for(
        head.profile,
        Settings.model_construct(**known),  # type: ignore[arg-type]
        player.PlayedSearcher(tape, order),
        LocalModels(None, None, reranker, tokens, problem=problem),
        model,
        player.PlayedPages(tape, order) if head.pages else None,
        player.PlayedAttachments(tape, order),
    )
    at = tape.asked.at
    context = RequestContext(clock=lambda: at, door="replay", whole=tape.asked.whole)
    async with engine.answer(tape.asked.question, context) as answer:
        events = [event async for event in answer]
    notes = _changed_prompts(head)
    if model is not None and model.calls.changed:
        notes.append(f"{len(model.calls.changed)} prompts are not what they were")
    if reranker.scored_anew:
        notes.append(f"{reranker.scored_anew} sentences were scored anew")
    if tokens.counted_anew:
        notes.append(f"{tokens.counted_anew} texts were counted anew, by words")
    return events, notes


def _changed_prompts(head: Recording) -> list[str]:
    now = _prompts()
    changed = [name for name in now if name in head.prompts and head.prompts[name] != now[name]]
    return [f"changed since: {', '.join(changed)}"] if changed else []
