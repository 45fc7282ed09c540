"""Every setting, in one typed object.

Read from the environment (prefix `HYDROPHONE_`) and from `.env` in the working folder; the
environment wins. Only `app.py` and `cli/` read it: rooms are given values. `.env.example` and
`docs/configuration.md` are generated from this file.
"""

from __future__ import annotations

from dataclasses import dataclass
from ipaddress import ip_network
from pathlib import Path
from typing import Annotated, Any, Literal

from pydantic import AliasChoices, Field, SecretStr, ValidationError, field_validator
from pydantic_settings import BaseSettings, NoDecode, SettingsConfigDict

from hydrophone.errors import NotConfigured

MEGABYTE = 1_000_000


def _default_data_dir() -> Path:
    from platformdirs import user_data_path

    return user_data_path("hydrophone", appauthor=False)


def _names(name: str, *older: str) -> AliasChoices:
    return AliasChoices(f"HYDROPHONE_{name.upper()}", name, *older)


class Settings(BaseSettings):
    """All settings with their defaults; see each field's description."""

    model_config = SettingsConfigDict(
        env_prefix="HYDROPHONE_",
        env_file=".env",
        env_file_encoding="utf-8",
        extra="ignore",
        populate_by_name=True,
        frozen=True,
        env_ignore_empty=True,
    )

    data_dir: Path = Field(
        default_factory=_default_data_dir,
        description="Folder of the databases and indexes; the default is the platform's own.",
    )
    offline: bool = Field(
        default=False, description="Own index only: no outgoing request is ever made."
    )

    host: str = Field(default="127.0.0.1", description="Address that the server binds to.")
    port: int = Field(
        default=8000,
        ge=0,
        le=65535,
        validation_alias=_names("port", "PORT"),
        description="Port that the server binds to; 0 takes a free one.",
    )
    log_level: Literal["debug", "info", "warning", "error"] = Field(
        default="info",
        validation_alias=_names("log_level", "LOG_LEVEL"),
        description="Least severe messages that are logged.",
    )
    mode: Literal["auto", "keys", "session"] = Field(
        default="auto",
        description=(
            "Who may ask. auto: anyone on this machine while bound to loopback and no key exists, "
            "else the holders of keys. keys: keys are always required. session: every request "
            "brings its own Perplexity session token."
        ),
    )
    api_keys: Annotated[tuple[SecretStr, ...], NoDecode] = Field(
        default=(),
        validation_alias=_names("api_keys", "API_KEYS"),
        description=(
            "Keys that callers may use, separated by commas, beside those of `keys create`."
        ),
    )
    cors_origins: Annotated[tuple[str, ...], NoDecode] = Field(
        default=("*",),
        description="Web origins that may call the server in keys mode, separated by commas.",
    )
    strict: bool = Field(
        default=False,
        description=(
            "Refuse what Perplexity's service refuses and what can be understood all the same: "
            "messages of one role in a row, allowed beside denied domains, a recency beside dates, "
            "https:// or www. in a domain, both penalties, formats of answers beyond its own."
        ),
    )
    pro_search: bool = Field(
        default=True,
        validation_alias=_names("pro_search", "NEXT_PUBLIC_PRO_MODE_ENABLED"),
        description="Whether callers may ask for pro search: several rounds of searches.",
    )
    max_body_bytes: int = Field(
        default=72 * MEGABYTE,
        ge=1024,
        description="Largest request body in bytes; the default fits one file of 50 MB in base64.",
    )

    model_url: str | None = Field(
        default=None,
        description=(
            "Base URL of an OpenAI-compatible endpoint, for example http://127.0.0.1:11434/v1."
        ),
    )
    model: str | None = Field(
        default=None, description="Model id that the endpoint knows; needed with MODEL_URL."
    )
    model_key: SecretStr | None = Field(
        default=None, description="Key that the endpoint wants, if any."
    )
    model_sees: bool = Field(
        default=False,
        description=(
            "Whether the model can look at pictures. Without, the text in them is read where "
            "hydrophone[ocr] is installed."
        ),
    )
    model_timeout_s: float = Field(
        default=300.0, gt=0, description="Seconds that one call to the model may take."
    )
    model_context_tokens: int | None = Field(
        default=None,
        ge=512,
        description=(
            "Tokens that the model can read and write together. Without it the endpoint is asked; "
            "where it does not tell, 8,192."
        ),
    )
    model_tokenizer: Path | None = Field(
        default=None,
        description=(
            "The model's tokenizer.json, to count what fits into its window exactly; without it "
            "the count is a cautious estimate."
        ),
    )
    citation_check: Literal["recite", "flag", "remove", "off"] = Field(
        default="recite",
        description=(
            "What the check of a language model's citations does. recite: a citation that does not "
            "support its sentence is moved to a source that does, else flagged; a sentence without "
            "one gets it. flag: it only tells its verdict. remove: as recite, but sentences that "
            "no source supports are left out. off: nothing is checked."
        ),
    )
    citation_release: Literal["sentence", "trail"] = Field(
        default="sentence",
        description=(
            "When a language model's text goes out. sentence: each sentence after its check. "
            "trail: at once, the check follows and can only flag."
        ),
    )
    default_model: str = Field(
        default="default",
        validation_alias=_names("default_model", "DEFAULT_MODEL"),
        description="Model id of a request that names none.",
    )

    prices: Path | None = Field(
        default=None,
        description=(
            "JSON file with other prices than Perplexity's, in US dollars by model id, such as "
            '{"sonar": {"input": 0.2, "output": 0.2, "low": 0}}.'
        ),
    )
    repeat_search_results: bool = Field(
        default=False,
        description=(
            "Send the search results on every chunk of a stream, as Perplexity does, instead of "
            "the first and the last; streams get many times as long."
        ),
    )

    models_dir: Path | None = Field(
        default=None,
        description="Folder with the model files, instead of those that are installed.",
    )
    entailment_dir: Path | None = Field(
        default=None,
        description=(
            "Folder of an entailment model (three-way NLI cross-encoder) that checks citations "
            "instead of the cross-encoder that ships: model.onnx, tokenizer.json and config.json."
        ),
    )
    model_threads: int = Field(
        default=0,
        ge=0,
        description="Threads of the models while a question waits; 0: one a core, at most 4.",
    )
    preload: bool = Field(
        default=True, description="Load the models at start rather than at the first question."
    )
    extraction_processes: int = Field(
        default=0,
        ge=0,
        description="Processes that read pages and files; 0: one a core, at most 4.",
    )

    allow_loopback: bool = Field(
        default=False, description="Let pages be fetched from this machine (tests, local sites)."
    )
    allow_private: bool = Field(
        default=False, description="Let pages be fetched from private networks (intranets)."
    )
    fetch_timeout_s: float = Field(
        default=20.0, gt=0, description="Seconds that fetching one page may take in all."
    )
    fetch_max_bytes: int = Field(
        default=50 * MEGABYTE, ge=1024, description="Largest page or file that is read, in bytes."
    )
    operator_url: str | None = Field(
        default=None,
        pattern=r"^https?://[^\s()<>;]+$",
        description="Page that tells site owners who reads their pages; part of the user agent.",
    )
    reading_obeys_robots: bool = Field(
        default=True,
        description=(
            "Whether robots.txt forbids Hydrophone-User the pages that a question needs; a URL "
            "that the user gave is read anyway. The crawler always obeys."
        ),
    )
    render_pages: bool = Field(
        default=False,
        description=(
            "Run the scripts of pages that have hardly any text without them, in an installed "
            "Chromium (Linux only)."
        ),
    )
    chromium: str | None = Field(
        default=None,
        description="Path or name of the Chromium; without it the usual names are looked for.",
    )
    egress_addresses: Annotated[tuple[str, ...], NoDecode] = Field(
        default=(),
        description=(
            "Addresses or networks, separated by commas, from which pages are fetched; published "
            "at /hydrophonebot.json and /hydrophone-user.json for site owners."
        ),
    )

    web_search: bool = Field(
        default=True,
        description="Search the web and other outside collections beside the own index.",
    )
    metasearch: bool = Field(
        default=True,
        description="Let ddgs ask public search engines; it needs no key and may be refused.",
    )
    searxng_url: str | None = Field(
        default=None,
        description="Base URL of a SearXNG that answers in JSON, such as http://127.0.0.1:8888.",
    )
    brave_api_key: SecretStr | None = Field(default=None, description="Key for Brave Search.")
    tavily_api_key: SecretStr | None = Field(default=None, description="Key for Tavily.")
    exa_api_key: SecretStr | None = Field(default=None, description="Key for Exa.")
    serper_api_key: SecretStr | None = Field(
        default=None, description="Key for Serper, which searches Google."
    )
    openalex_api_key: SecretStr | None = Field(
        default=None, description="Key for OpenAlex; it answers some questions without one."
    )
    openalex_email: str | None = Field(
        default=None, description="Address that OpenAlex is told, for its faster pool."
    )
    crossref_email: str | None = Field(
        default=None, description="Address that Crossref is told, for its faster pool."
    )
    edgar_user_agent: str | None = Field(
        default=None,
        description=(
            "Who asks SEC EDGAR, with an e-mail address, as the SEC demands; without it EDGAR is "
            "not searched."
        ),
    )
    search_deadline_s: float = Field(
        default=5.0, gt=0, description="Seconds that one search provider may take."
    )
    read_deadline_s: float = Field(
        default=6.0, gt=0, description="Seconds that reading all pages for one answer may take."
    )

    crawl_delay_s: float = Field(
        default=0.25,
        ge=0,
        description=(
            "Seconds between two requests of a crawl to one host, unless its robots.txt asks for "
            "more."
        ),
    )
    crawl_per_host: int = Field(
        default=2, ge=1, description="Pages that a crawl fetches from one host at once."
    )
    crawl_at_once: int = Field(
        default=32, ge=1, description="Pages that a crawl fetches and reads at once."
    )
    crawl_every_h: float = Field(
        default=24.0,
        ge=0,
        description=(
            "Hours until a crawled page is looked at again at first; 0: never. The server does it, "
            "sooner for pages that change, later for others."
        ),
    )

    deadline_s: float = Field(
        default=120.0, gt=0, description="Seconds that one answer may take in all."
    )
    research_deadline_s: float = Field(
        default=600.0,
        gt=0,
        description="Seconds that a report of deep research may take; what stands then is given.",
    )
    research_searches: int | None = Field(
        default=None, ge=1, description="Most searches for a report; without it any number."
    )
    research_pages: int | None = Field(
        default=None, ge=0, description="Most pages that are read for a report."
    )
    research_tokens: int | None = Field(
        default=None,
        ge=1,
        description="Most tokens of a report: those asked, read and written together.",
    )
    research_cost_usd: float | None = Field(
        default=None,
        gt=0,
        description="Most that a report may cost by the model's prices, in US dollars.",
    )
    jobs_at_once: int = Field(
        default=2, ge=1, description="Background jobs that this server works on at once."
    )
    record_dir: Path | None = Field(
        default=None,
        description=(
            "Folder that gets a recording of every answer of the engine, with its question and all "
            "that was found and read for it: for finding faults, not for every day."
        ),
    )
    keep_jobs_days: float = Field(
        default=7.0, gt=0, description="Days that a background job and its result are kept."
    )
    keep_pages_days: float = Field(
        default=30.0,
        ge=0,
        description=(
            "Days that the texts of cited web pages are kept, so that every citation can be looked "
            "up as it was; 0 keeps none."
        ),
    )

    @field_validator("log_level", mode="before")
    @classmethod
    def _lower(cls, value: object) -> object:
        return value.lower() if isinstance(value, str) else value

    @field_validator("api_keys", "cors_origins", "egress_addresses", mode="before")
    @classmethod
    def _split_commas(cls, value: object) -> object:
        if isinstance(value, str):
            return tuple(item.strip() for item in value.split(",") if item.strip())
        return value

    @field_validator("egress_addresses")
    @classmethod
    def _read_networks(cls, value: tuple[str, ...]) -> tuple[str, ...]:
        return tuple(str(ip_network(item)) for item in value)


def load_settings(**overrides: Any) -> Settings:
    """The settings from the environment, `.env` and `overrides` (by field name; None is left out).

    Raises NotConfigured with the names of the settings that are wrong.
    """
    given = {name: value for name, value in overrides.items() if value is not None}
    try:
        return Settings(**given)
    except ValidationError as error:
        problems = "; ".join(f"{_variable(item['loc'])}: {item['msg']}" for item in error.errors())
        raise NotConfigured(f"a setting is wrong: {problems}") from None
    except (UnicodeDecodeError, OSError) as error:
        raise NotConfigured(f"the file .env cannot be read as UTF-8 text: {error}") from None


def _variable(place: tuple[int | str, ...]) -> str:
    """The variable that a value came from; pydantic names the field or one of its aliases."""
    name = str(place[0]) if place else ""
    return f"HYDROPHONE_{name.upper()}" if name in Settings.model_fields else name.upper()


@dataclass(frozen=True, slots=True)
class SettingLine:
    """A setting as it is shown; a secret's value is only said to be set."""

    field: str
    variable: str
    older: tuple[str, ...]
    value: str
    changed: bool
    description: str


def describe(settings: Settings) -> list[SettingLine]:
    """All settings with their variables and values, in the order of this file."""
    return [
        SettingLine(
            field=name,
            variable=f"HYDROPHONE_{name.upper()}",
            older=_older_names(name, field.validation_alias),
            value=_shown(getattr(settings, name)),
            changed=name in settings.model_fields_set,
            description=field.description or "",
        )
        for name, field in Settings.model_fields.items()
    ]


def _older_names(name: str, alias: object) -> tuple[str, ...]:
    if not isinstance(alias, AliasChoices):
        return ()
    own = {name, f"HYDROPHONE_{name.upper()}"}
    return tuple(str(choice) for choice in alias.choices if choice not in own)


def _shown(value: object) -> str:
    if isinstance(value, SecretStr):
        return "(set)"
    if isinstance(value, tuple):
        secret = any(isinstance(item, SecretStr) for item in value)
        return f"({len(value)} set)" if secret else ",".join(map(str, value))
    if isinstance(value, bool):
        return "1" if value else "0"
    return "" if value is None else str(value)
