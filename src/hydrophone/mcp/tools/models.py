"""Which model a tool's `model` means: ids of this server, and two words that leave the choice."""

from __future__ import annotations

from hydrophone.errors import InvalidModel
from hydrophone.ports import Models
from hydrophone.types import Notice

BEST = "best"
RESEARCH = "research"
DEEP_RESEARCH = "sonar-deep-research"
REASONING = "sonar-reasoning-pro"


def find_model(
    name: str, models: Models, *, default: str, session: bool = False
) -> tuple[str, Notice | None]:
    """The model that answers for `name`, and what the caller should know about it.

    `best` and `research` are words of a Perplexity web session. Where none answers for them they
    mean this server's default, and its deep research: they name a kind of work, not a maker's
    model. Raises InvalidModel, with what to do, for everything else that nobody answers for.
    """
    try:
        card = models.card(name, session=True) if session else models.card(name)
        found = card.id
    except InvalidModel:
        if name not in (BEST, RESEARCH):
            raise
        found = None
    if name == BEST and found != BEST:
        return default, _stands_in(BEST, default)
    if found is None:
        return DEEP_RESEARCH, _stands_in(RESEARCH, DEEP_RESEARCH)
    return name, None


def _stands_in(name: str, model: str) -> Notice:
    return Notice(
        "downgrade",
        f"{model!r} of this server answered: {name!r} chooses a model of a Perplexity web session, "
        "and there is none",
    )
