"""Which model a tool's `model` means: ids of this server, and the short names of a web session."""

from __future__ import annotations

from hydrophone.errors import InvalidModel
from hydrophone.ports import Models
from hydrophone.types import Notice

BEST = "best"
RESEARCH = "research"
DEEP_RESEARCH = "sonar-deep-research"
REASONING = "sonar-reasoning-pro"
# Short names that tools of a Perplexity web session know; who asks for one of these companies'
# models must not get another one's answer.
_SESSION_NAMES = ("labs", "gpt", "claude", "gemini", "grok", "kimi", "o3", "perplexity-", "nv-")


def find_model(name: str, models: Models, *, default: str) -> tuple[str, Notice | None]:
    """The model id that answers for `name`, and what the caller should know about it.

    A model of this server has its own name. `best` and `research` are left to the server where
    it has none of that name: its default, and its deep research. Raises InvalidModel.
    """
    try:
        models.card(name)
        return name, None
    except InvalidModel as unknown:
        if name == BEST:
            return default, _stands_in(BEST, default)
        if name == RESEARCH:
            return DEEP_RESEARCH, _stands_in(RESEARCH, DEEP_RESEARCH)
        if name.lower().startswith(_SESSION_NAMES):
            raise InvalidModel(_no_session(name, models), param="model") from None
        raise unknown


def _stands_in(name: str, model: str) -> Notice:
    return Notice(
        "downgrade",
        f"{model!r} of this server answered: {name!r} chooses a model of a Perplexity web session, "
        "and there is none",
    )


def _no_session(name: str, models: Models) -> str:
    own = ", ".join(card.id for card in models.cards())
    return (
        f"{name!r} is a model of Perplexity's web session, and this server has no session. Leave "
        f"`model` out, or ask one of its own: {own}"
    )
