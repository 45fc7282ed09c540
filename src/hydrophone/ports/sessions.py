"""What a server keeps of Perplexity's web sessions: conversations, models, figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Protocol

from hydrophone.types import Principal, Secret


@dataclass(frozen=True, slots=True)
class KeptConversation:
    """A conversation that can be gone on with. Times are seconds since 1970; `thread` is the
    service's own name for it, `messages` counts questions and answers."""

    id: str
    created_at: float
    last_used_at: float
    messages: int
    model: str
    title: str | None = None
    thread: str | None = None


@dataclass(frozen=True, slots=True)
class SessionFigures:
    """How the sessions do: connected accounts, conversations, whose they are, their questions and
    answers, and when the models were last refreshed (None: they are the bundled table's)."""

    accounts: int
    conversations: int
    callers: int
    messages: int
    refreshed_at: float | None = None


class Sessions(Protocol):
    """The web sessions of a server."""

    def conversations(
        self, principal: Principal, session: Secret | None
    ) -> Sequence[KeptConversation]:
        """The caller's own, the one that was used last first: those with the account of `session`,
        which the caller brings, else with the server's own."""

    def forget(self, conversation: str, principal: Principal, session: Secret | None) -> None:
        """Forget a conversation of the caller's with that account. Raises NotFound for any other
        id."""

    def figures(self) -> SessionFigures:
        """How they do at this moment."""

    async def refresh_models(self, session: Secret | None, *, at_once: bool = True) -> int:
        """Ask the service which models there are; how many are known then. `session` is the
        caller's, else the server's own. Without `at_once` a list of the last day will do, and a
        failure is no error.

        Raises AuthenticationError without a session, and what the service refuses with.
        """
