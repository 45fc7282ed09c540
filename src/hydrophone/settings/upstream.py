"""The official API: its key, and what goes there."""

from __future__ import annotations

from pydantic import BaseModel, Field, SecretStr

from hydrophone.settings.values import GROUP, Listed


class UpstreamSettings(BaseModel):
    """The official API: its key, and what goes there."""

    model_config = GROUP

    upstream_key: SecretStr | None = Field(
        default=None,
        description=(
            "Key for Perplexity's official API. With it the models of UPSTREAM_MODELS are answered "
            "for over there: their questions leave this server."
        ),
    )
    upstream_url: str = Field(
        default="https://api.perplexity.ai", description="Base URL of the official API."
    )
    upstream_models: Listed[str] = Field(
        default=("*",),
        description=(
            "Model ids that go to the official API, separated by commas: '*' for all of Sonar, an "
            "id of Sonar, or an id with a preset or a provider/model of the official API, such as "
            "sonar=low or default=openai/gpt-5.1."
        ),
    )
    upstream_fallback: bool = Field(
        default=False,
        description="Have the engine answer when the official API fails before the first text.",
    )
    upstream_search: bool = Field(
        default=False,
        description="Pass requests of the Search API on to the official one.",
    )
