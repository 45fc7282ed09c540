"""How the client works, and how a conversation is held."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from os import PathLike
from typing import Any, Literal, TypeVar, get_args
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from hydrophone.perplexity.constants import (
    SOURCE_NAMES,
    CitationMode,
    LogLevel,
    SearchFocus,
    TimeRange,
)

ModelMode = Literal["copilot", "research", "search"]
ResearchInteraction = Literal["auto", "manual"]
_Choice = TypeVar("_Choice", CitationMode, SearchFocus, TimeRange, LogLevel)


@dataclass(frozen=True, slots=True)
class Coordinates:
    """A place on Earth in degrees. Raises ValueError outside of -90 to 90 and -180 to 180."""

    latitude: float
    longitude: float

    def __post_init__(self) -> None:
        if not -90 <= self.latitude <= 90:
            raise ValueError(f"latitude is from -90 to 90 degrees, not {self.latitude}")
        if not -180 <= self.longitude <= 180:
            raise ValueError(f"longitude is from -180 to 180 degrees, not {self.longitude}")


@dataclass(frozen=True, slots=True)
class ClientConfig:
    """How the client works. Times are in seconds.

    `timeout` is for an answer from its first byte sent to its last one read, `idle_timeout` for the
    wait for the next byte. `impersonate` is a browser profile of curl_cffi. `requests_per_second`
    0 means no limit. `research_interaction` "manual" raises ResearchClarifyingQuestionsError when
    research asks back, "auto" goes on; `custom_model_mode` is how a model `custom:…` is asked.
    `log_file` and `logging_level` are those of the logger "hydrophone.perplexity" alone. Raises
    ValueError for values that mean nothing.
    """

    timeout: float = 3600
    impersonate: str = "chrome"
    max_retries: int = 3
    retry_base_delay: float = 1.0
    retry_max_delay: float = 60.0
    retry_jitter: float = 0.5
    requests_per_second: float = 0.5
    rotate_fingerprint: bool = True
    max_init_query_length: int = 2000
    logging_level: str = "disabled"
    log_file: str | PathLike[str] | None = None
    idle_timeout: float = 60.0
    connect_timeout: float = 30.0
    custom_model_mode: ModelMode = "copilot"
    research_interaction: ResearchInteraction = "manual"

    def __post_init__(self) -> None:
        for name in ("timeout", "idle_timeout", "connect_timeout"):
            if getattr(self, name) <= 0:
                raise ValueError(f"{name} must be more than 0 seconds")
        for name in ("max_retries", "retry_base_delay", "retry_jitter", "requests_per_second"):
            if getattr(self, name) < 0:
                raise ValueError(f"{name} cannot be negative")
        if self.max_init_query_length < 1:
            raise ValueError("max_init_query_length must be at least 1")
        choice(LogLevel, "logging_level", self.logging_level.lower())
        _check_interaction(self.custom_model_mode, self.research_interaction)


@dataclass(frozen=True, slots=True)
class ConversationConfig:
    """How a conversation is held; `model` None is "best".

    `source_focus` is one of `SourceFocus`, or several; `connectors` are ids of sources that the
    account has connected. `timezone` is an IANA name. `custom_model_mode` and
    `research_interaction` go before those of the client. `allow_risky_model` is taken for programs
    that set it: no model is held back here. Raises ValueError for values that do not exist, and
    says which do.
    """

    model: str | None = None
    citation_mode: str = CitationMode.CLEAN
    save_to_library: bool = False
    search_focus: str = SearchFocus.WEB
    source_focus: str | Sequence[str] = "web"
    time_range: str = TimeRange.ALL
    language: str = "en-US"
    timezone: str | None = None
    coordinates: Coordinates | None = None
    space_uuid: str | None = None
    connectors: Sequence[str] = field(default_factory=tuple)
    custom_model_mode: ModelMode | None = None
    research_interaction: ResearchInteraction | None = None
    allow_risky_model: bool = False

    def __post_init__(self) -> None:
        _check_interaction(self.custom_model_mode, self.research_interaction)
        choice(CitationMode, "citation_mode", self.citation_mode)
        choice(SearchFocus, "search_focus", self.search_focus)
        choice(TimeRange, "time_range", self.time_range)
        sources(self)
        if self.timezone is not None:
            try:
                ZoneInfo(self.timezone)
            except (ZoneInfoNotFoundError, ValueError):
                raise ValueError(
                    f"timezone {self.timezone!r} is not a known name such as 'Europe/Paris'"
                ) from None

    def but(self, **changes: Any) -> ConversationConfig:
        """This one with other values; None changes nothing."""
        return replace(self, **{k: v for k, v in changes.items() if v is not None})


def sources(config: ConversationConfig) -> tuple[str, ...]:
    """What the service calls the kinds of sources that are wanted, each once, in their order.

    Raises ValueError for a kind that does not exist.
    """
    focus = config.source_focus
    kinds = [focus] if isinstance(focus, str) else list(focus)
    if not kinds and not config.connectors:
        raise ValueError("source_focus names no source")
    found: dict[str, None] = {}
    for kind in kinds:
        if kind not in SOURCE_NAMES:
            known = ", ".join(SOURCE_NAMES)
            raise ValueError(f"source_focus {kind!r} does not exist; there are: {known}")
        found.update(dict.fromkeys(SOURCE_NAMES[kind]))
    return (*found, *config.connectors)


def _check_interaction(mode: str | None, interaction: str | None) -> None:
    for name, value, known in (
        ("custom_model_mode", mode, get_args(ModelMode)),
        ("research_interaction", interaction, get_args(ResearchInteraction)),
    ):
        if value is not None and value not in known:
            raise ValueError(f"{name} {value!r} does not exist; there are: {', '.join(known)}")


def choice(kind: type[_Choice], name: str, value: str) -> _Choice:
    """The value as one of the kind. Raises ValueError that says which there are."""
    try:
        return kind(value)
    except ValueError:
        known = ", ".join(one.value for one in kind)
        raise ValueError(f"{name} {value!r} does not exist; there are: {known}") from None
