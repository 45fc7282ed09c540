"""Which model ids the official API answers for."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace

from hydrophone.catalog.models import FREE, LOCAL_PREFIX, Entry, model_entry
from hydrophone.engine.profile import Profile
from hydrophone.ports import Answerer
from hydrophone.upstream.target import Target, target_of


@dataclass(frozen=True, slots=True)
class Official:
    """The official API as the catalog knows it: targets by model id, and what builds an answerer
    for one, with the profile by which the engine would answer."""

    targets: Mapping[str, Target]
    build: Callable[[Target, Profile], Answerer]

    def entry(self, model: str) -> Entry | None:
        """The line of a `provider/name`, which only the official API has; else None. Its price is
        what the official API says that it was."""
        if not _is_theirs(model):
            return None
        return model_entry(model, FREE, Profile())

    def target(self, model: str, entry: Entry) -> Target | None:
        """What answers for the model over there; None for the engine. `entry` is its line."""
        known = target_of(model) if _is_theirs(model) else self.targets.get(entry.card.id)
        if known is None:
            return None
        return replace(known, thinks=entry.profile.thinks, searchless=entry.profile.searchless)


def _is_theirs(model: str) -> bool:
    provider, slash, name = model.partition("/")
    return bool(provider and slash and name) and not model.startswith(LOCAL_PREFIX)
