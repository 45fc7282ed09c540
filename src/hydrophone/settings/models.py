"""The language model, what is made of its text, and the models that are in the box."""

from pathlib import Path
from typing import Literal

from pydantic import BaseModel, Field, SecretStr

from hydrophone.settings.values import GROUP, known_as


class ModelSettings(BaseModel):
    """The language model, what is made of its text, and the models that are in the box."""

    model_config = GROUP

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
        validation_alias=known_as("default_model", "DEFAULT_MODEL"),
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
