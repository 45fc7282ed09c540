"""What the emulated service knows: accounts, conversations, uploads, mails, and what was asked."""

from __future__ import annotations

import asyncio
import uuid
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Literal

from aiohttp import web

from tests.emulators.perplexity_web.scripts import Script

FileFailure = Literal["limited", "refused", "unread"]


@dataclass
class Account:
    """An account; `token` is its session's. `tier` is free, pro or max, or one that nobody knows.
    After `uses_left` more requests the token is taken no more; None: as often as one likes."""

    email: str = "someone@example.org"
    token: str = "header..initialisation.ciphertext.tag"
    tier: str = "pro"
    totp: str | None = None
    uses_left: int | None = None
    quota: dict[str, int] = field(default_factory=lambda: {"pro": 300, "research": 20})
    id: str = field(default_factory=lambda: str(uuid.uuid4()))

    def session(self) -> dict[str, Any]:
        """The answer of /api/auth/session."""
        paid = self.tier != "free"
        known = self.tier in ("free", "pro", "max")
        user = {
            "id": self.id,
            "email": self.email,
            "username": self.email.partition("@")[0],
            "subscription_status": ("active" if paid else "none") if known else "?",
            "subscription_source": "stripe" if paid else "none",
            "subscription_tier": self.tier if paid else "none",
            "payment_tier": self.tier,
        }
        return {
            "user": user,
            "expires": "2027-01-01T00:00:00.000Z",
            "preventUsernameRedirect": True,
        }


# Whose request it is, and what it brought, as handlers find them in it.
ACCOUNT: web.RequestKey[Account] = web.RequestKey("account", Account)
BODY: web.RequestKey[dict[str, Any]] = web.RequestKey("body", dict)


@dataclass
class Entry:
    """A question and its answer within a conversation."""

    backend_uuid: str
    query: str
    script: Script
    frames: list[dict[str, Any]] = field(default_factory=list)
    stopped: asyncio.Event = field(default_factory=asyncio.Event)


@dataclass
class Thread:
    """A conversation."""

    owner: str
    slug: str
    context_uuid: str
    read_write_token: str
    title: str
    access: int = 1
    entries: list[Entry] = field(default_factory=list)


@dataclass(frozen=True)
class Seen:
    """A request as it came in; `at` counts all events of the emulator."""

    at: int
    method: str
    path: str
    query: Mapping[str, str]
    headers: Mapping[str, str]
    cookies: Mapping[str, str]
    body: Any


@dataclass
class Upload:
    """A file that was announced, and its bytes when they have come."""

    uuid: str
    filename: str
    content_type: str
    size: int
    data: bytes | None = None
    url: str = ""


@dataclass
class State:
    """All of it, and its knobs. `scripts` are played one after the other, the last one for ever; a
    question that has `answers` of its own plays those.

    `refusals` are answered by path before anything else, each once; `walled` has the bot wall
    answer every request. Who has no session gets `denied_status`. `rotate_to` is the token that the
    next response puts in place of an account's, which is then taken `old_token_uses` times more. A
    question longer than `most_init_chars` gets 414 on the page that is opened before; with
    `needs_warm_up` one that was not opened there is answered by an empty stream. A model beyond the
    subscription is exchanged, or with `refuses_models` refused. `file_failure` is how uploads fail,
    `reading_s` how long the service reads each of them.
    """

    accounts: list[Account] = field(default_factory=lambda: [Account()])
    scripts: list[Script] = field(default_factory=lambda: [Script()])
    answers: dict[str, list[Script]] = field(default_factory=dict)
    threads: dict[str, Thread] = field(default_factory=dict)
    uploads: dict[str, Upload] = field(default_factory=dict)
    outbox: list[dict[str, str]] = field(default_factory=list)
    seen: list[Seen] = field(default_factory=list)
    events: list[str] = field(default_factory=list)
    refusals: dict[str, list[Mapping[str, Any]]] = field(default_factory=dict)
    rotate_to: str | None = None
    old_token_uses: int | None = None
    denied_status: int = 403
    walled: bool = False
    most_init_chars: int = 2_000
    needs_warm_up: bool = False
    warmed: dict[str, list[str]] = field(default_factory=dict)
    refuses_models: bool = False
    file_failure: FileFailure | None = None
    reading_s: float = 0.0
    totp_path: str = "/api/auth/totp/challenge-verify"
    models: dict[str, Any] = field(default_factory=dict)

    def next_script(self, query: str = "") -> Script:
        """The script of the next answer to a question."""
        scripts = self.answers.get(query) or self.scripts
        return scripts.pop(0) if len(scripts) > 1 else scripts[0]

    def asked(self, path: str) -> Sequence[Seen]:
        """The requests to a path."""
        return [one for one in self.seen if one.path == path]
