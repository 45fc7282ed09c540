"""The blocks of an answer as they stand: whole ones and patches, merged in the order they came."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

from hydrophone.perplexity.errors import ResponseParsingError
from hydrophone.perplexity.wire.carriers import merged_markdown
from hydrophone.perplexity.wire.patches import Path, patched

MARKDOWN = "markdown_block"
WORKFLOW = "workflow_block"
RESULTS = "web_result_block"
PLAN = "plan_block"
ASSETS = "unified_assets_block"
FOLLOWUPS = "pending_followups_block"
_READ = frozenset((MARKDOWN, WORKFLOW, RESULTS, PLAN, ASSETS, FOLLOWUPS))


@dataclass(frozen=True, slots=True)
class Change:
    """A block that a frame has changed: what it is for, its kind, what it is now, and the place in
    it that changed (None: anywhere)."""

    usage: str
    kind: str
    block: Any
    path: Path | None


class Blocks:
    """Keeps each block that is read under what it is for and its kind; there are dozens of others.
    What comes in is kept and changed: who hands frames in must not use them any more."""

    def __init__(self) -> None:
        self._blocks: dict[tuple[str, str], Any] = {}

    def take(self, rows: object) -> Iterator[Change]:
        """Merge a frame's blocks, and tell of each change. Raises ResponseParsingError for a patch
        that does not fit, where an answer could lack something for it."""
        for row in rows if isinstance(rows, list) else ():
            if not isinstance(row, dict):
                continue
            usage = str(row.get("intended_usage") or "")
            diff = row.get("diff_block")
            if isinstance(diff, dict):
                yield from self._patch(usage, diff)
            for kind, block in row.items():
                if kind in _READ and isinstance(block, dict):
                    yield self._replace(usage, kind, block)

    def _replace(self, usage: str, kind: str, block: dict[str, Any]) -> Change:
        path = None
        if kind == MARKDOWN:
            block, path = merged_markdown(self._blocks.get((usage, kind)), block)
        self._blocks[usage, kind] = block
        return Change(usage, kind, block, path)

    def _patch(self, usage: str, diff: dict[str, Any]) -> Iterator[Change]:
        kind, patches = diff.get("field"), diff.get("patches")
        is_read = kind in _READ if isinstance(kind, str) else self._knows(usage)
        if not is_read:
            return
        try:
            if not isinstance(kind, str) or not isinstance(patches, list):
                raise ResponseParsingError("a diff names no field or no patches")
            for patch in patches:
                yield self._patch_once(usage, kind, patch)
        except ResponseParsingError:
            if kind != FOLLOWUPS:  # no answer lacks anything without them
                raise

    def _patch_once(self, usage: str, kind: str, patch: object) -> Change:
        if not isinstance(patch, dict):
            raise ResponseParsingError("a patch is no object", repr(patch))
        block, path = patched(self._blocks.get((usage, kind)), patch)
        self._blocks[usage, kind] = block
        moves = patch.get("op") == "remove"  # what stood behind it has another place now
        return Change(usage, kind, block, None if moves else path or None)

    def _knows(self, usage: str) -> bool:
        return any(known == usage for known, _ in self._blocks)
