"""Values that options may have. Each is a text; the constants are these texts under names."""

from __future__ import annotations

from collections.abc import Mapping
from enum import StrEnum


class CitationMode(StrEnum):
    """What becomes of the markers `[1]` in an answer's text."""

    DEFAULT = "default"
    MARKDOWN = "markdown"
    CLEAN = "clean"


class SearchFocus(StrEnum):
    """Search the web, or write from what the model knows."""

    WEB = "web"
    WRITING = "writing"


class SourceFocus(StrEnum):
    """Which kinds of sources are searched; several may be given."""

    WEB = "web"
    ACADEMIC = "academic"
    SOCIAL = "social"
    FINANCE = "finance"
    ALL = "all"


class TimeRange(StrEnum):
    """How old sources may be: 24 hours, 7, 30 or 365 days."""

    ALL = "all"
    DAY = "day"
    WEEK = "week"
    MONTH = "month"
    YEAR = "year"

    # The older names of the same.
    TODAY = "day"
    LAST_WEEK = "week"
    LAST_MONTH = "month"
    LAST_YEAR = "year"


class LogLevel(StrEnum):
    """How much the library's own logger tells."""

    DISABLED = "disabled"
    DEBUG = "debug"
    INFO = "info"
    WARNING = "warning"
    ERROR = "error"
    CRITICAL = "critical"


# What the service calls the kinds of sources. Captures of its own page show `finance` in place of
# `edgar` now and then.
SOURCE_NAMES: Mapping[str, tuple[str, ...]] = {
    SourceFocus.WEB: ("web",),
    SourceFocus.ACADEMIC: ("scholar",),
    SourceFocus.SOCIAL: ("social",),
    SourceFocus.FINANCE: ("edgar",),
    SourceFocus.ALL: ("web", "scholar", "social"),
}
