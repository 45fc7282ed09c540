"""How long an answer may take, what it may cost, and how long it is kept."""

from pathlib import Path

from pydantic import BaseModel, Field

from hydrophone.settings.values import GROUP


class AnswerSettings(BaseModel):
    """How long an answer may take, what it may cost, and how long it is kept."""

    model_config = GROUP

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
    store_responses: bool = Field(
        default=True,
        description=(
            "Whether answers at /v1/responses are stored when the request does not say (`store`). "
            "What is not stored cannot be fetched, and can be gone on with for an hour only."
        ),
    )
    keep_jobs_days: float = Field(
        default=7.0,
        gt=0,
        description="Days that background jobs and stored responses are kept after their end.",
    )
    keep_pages_days: float = Field(
        default=30.0,
        ge=0,
        description=(
            "Days that the texts of cited web pages are kept, so that every citation can be looked "
            "up as it was; 0 keeps none."
        ),
    )
