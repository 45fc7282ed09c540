"""Perplexity's web session."""

from typing import Literal

from pydantic import BaseModel, Field, SecretStr, field_validator

from hydrophone.settings.values import GROUP, Listed, known_as


class SessionSettings(BaseModel):
    """Perplexity's web session."""

    model_config = GROUP

    session_token: SecretStr | None = Field(
        default=None,
        validation_alias=known_as("session_token", "PERPLEXITY_SESSION_TOKEN"),
        description=(
            "Token of your session at www.perplexity.ai (the cookie "
            "__Secure-next-auth.session-token); `hydrophone login` gets one. Without it one that "
            "`hydrophone login` has stored is used."
        ),
    )
    session_keep_renewed: bool = Field(
        default=True,
        description=(
            "Whether a token that Perplexity renews takes the place of the one before wherever "
            "that is kept: by `hydrophone login` in a file or the keyring, or in the `.env`."
        ),
    )
    session_sonar: bool = Field(
        default=False,
        description=(
            "Whether the model id `sonar` is Perplexity's, by your session, rather than the "
            "engine's; `perplexity-sonar` always is."
        ),
    )
    session_passthrough: bool = Field(
        default=True,
        description=(
            "Whether a session token that a caller sends as bearer takes the place of the server's "
            "own, where no key is needed."
        ),
    )
    session_open: bool = Field(
        default=False,
        description=(
            "In session mode, let whoever reaches the server use its own session without a key, "
            "also when it is not bound to loopback: for a container whose port is published on "
            "loopback alone."
        ),
    )
    session_citations: Literal["default", "markdown", "clean"] = Field(
        default="clean",
        validation_alias=known_as("session_citations", "DEFAULT_CITATION_MODE"),
        description=(
            "How chat answers of web sessions cite where the request does not say: clean without "
            "markers, default by [1], markdown by links. Sources always stand beside the text."
        ),
    )
    session_connectors: Listed[str] = Field(
        default=(),
        description=(
            "What the account of the server's own session has connected, such as google_drive, and "
            "holders of the server's keys may search as `source_focus`, separated by commas. "
            "Whoever brings a session, or needs no key, may search all that theirs has."
        ),
    )
    session_host: str | None = Field(
        default=None,
        validation_alias=known_as("session_host", "HOST"),
        description=(
            "Address that the server binds to in session mode, unless HYDROPHONE_HOST says so. "
            "What is no address is left alone: many systems keep their own name in HOST."
        ),
    )
    session_research: Literal["auto", "manual"] = Field(
        default="auto",
        description=(
            "When Perplexity's research asks back: auto has it go on by itself, with manual "
            "the answer is an error that tells the questions."
        ),
    )
    session_requests_per_second: float = Field(
        default=0.5,
        ge=0,
        description="Most requests a second that one account is asked by; 0: no limit.",
    )
    session_timeout_s: float = Field(
        default=3600.0, gt=0, description="Seconds that an answer of a web session may take in all."
    )
    conversation_timeout_s: float = Field(
        default=3600.0,
        gt=0,
        validation_alias=known_as("conversation_timeout_s", "CONVERSATION_TIMEOUT"),
        description="Seconds that a conversation of a web session is kept after its last use.",
    )
    conversations_per_user: int = Field(
        default=100,
        ge=1,
        validation_alias=known_as("conversations_per_user", "MAX_CONVERSATIONS_PER_USER"),
        description="Most conversations of web sessions that are kept for one caller.",
    )
    rate_limiting: bool = Field(
        default=True,
        validation_alias=known_as("rate_limiting", "ENABLE_RATE_LIMITING"),
        description=(
            "Whether callers may ask REQUESTS_PER_MINUTE questions a minute only: of models of web "
            "sessions; of all models, and searches, once one of the two is set."
        ),
    )
    requests_per_minute: int = Field(
        default=60,
        ge=1,
        validation_alias=known_as("requests_per_minute", "REQUESTS_PER_MINUTE"),
        description="Questions that each caller may ask a minute.",
    )
    openai_api_key: SecretStr | None = Field(
        default=None,
        validation_alias=known_as("openai_api_key", "OPENAI_API_KEY"),
        description=(
            "A key that callers may use, beside API_KEYS. As OPENAI_API_KEY it counts in a .env, "
            "or beside PERPLEXITY_SESSION_TOKEN, and is never sent to anybody."
        ),
    )
    session_origin: str | None = Field(
        default=None,
        pattern=r"^https?://[^/]+$",
        description="Another server in place of https://www.perplexity.ai: for tests alone.",
    )

    @field_validator("session_citations", mode="before")
    @classmethod
    def _lower_style(cls, value: object) -> object:
        return value.lower() if isinstance(value, str) else value
