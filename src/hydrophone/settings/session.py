"""Perplexity's web session."""

from pydantic import BaseModel, Field, SecretStr

from hydrophone.settings.values import GROUP, known_as


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
    session_origin: str | None = Field(
        default=None,
        pattern=r"^https?://[^/]+$",
        description="Another server in place of https://www.perplexity.ai: for tests alone.",
    )
