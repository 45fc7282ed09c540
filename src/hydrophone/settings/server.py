"""Where data lies, who may ask, and what the server takes."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, Field, SecretStr, field_validator

from hydrophone.settings.values import GROUP, MEGABYTE, Listed, known_as, platform_data_dir


class ServerSettings(BaseModel):
    """Where data lies, who may ask, and what the server takes."""

    model_config = GROUP

    data_dir: Path = Field(
        default_factory=platform_data_dir,
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
        validation_alias=known_as("port", "PORT"),
        description="Port that the server binds to; 0 takes a free one.",
    )
    log_level: Literal["debug", "info", "warning", "error", "critical"] = Field(
        default="info",
        validation_alias=known_as("log_level", "LOG_LEVEL"),
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
    api_keys: Listed[SecretStr] = Field(
        default=(),
        validation_alias=known_as("api_keys", "API_KEYS"),
        description=(
            "Keys that callers may use, separated by commas, beside those of `keys create`."
        ),
    )
    cors_origins: Listed[str] = Field(
        default=("*",),
        description="Web origins that may call the server in keys mode, separated by commas.",
    )
    strict: bool = Field(
        default=False,
        description=(
            "Refuse what Perplexity's service refuses and what can be understood all the same: "
            "messages of one role in a row, allowed beside denied domains, a recency beside dates, "
            "https:// or www. in a domain, both penalties, formats of answers beyond its own, in "
            "the Agent API models of other providers and answers that need a search nobody asked "
            "for."
        ),
    )
    pro_search: bool = Field(
        default=True,
        validation_alias=known_as("pro_search", "NEXT_PUBLIC_PRO_MODE_ENABLED"),
        description="Whether callers may ask for pro search: several rounds of searches.",
    )
    agent_lenient: bool = Field(
        default=False,
        description=(
            "Let the Agent API take what OpenAI's Responses clients send and it does not know: "
            "fields without effect, tools that are not here, and text.format."
        ),
    )
    max_body_bytes: int = Field(
        default=72 * MEGABYTE,
        ge=1024,
        description="Largest request body in bytes; the default fits one file of 50 MB in base64.",
    )
    max_file_bytes: int = Field(
        default=200 * MEGABYTE,
        ge=1024,
        description="Largest file, in bytes, that callers may send for a batch.",
    )
    max_files_bytes: int = Field(
        default=2_000 * MEGABYTE,
        ge=1024,
        description="Most bytes that the files of all callers may have together.",
    )

    @field_validator("log_level", mode="before")
    @classmethod
    def _lower(cls, value: object) -> object:
        return value.lower() if isinstance(value, str) else value
