"""What cannot be answered in the format that is wanted, said before anything is searched."""

from __future__ import annotations

from hydrophone.errors import InvalidRequest
from hydrophone.llm.structured.matching import matcher
from hydrophone.llm.structured.schemas import schema_of
from hydrophone.types import JsonFormat, Question, RegexFormat

# The models of which Perplexity's documentation says that they answer by a pattern.
BY_PATTERN = ("sonar", "sonar-reasoning")
NO_MODEL = (
    "an answer in JSON needs a language model, and none is configured: set HYDROPHONE_MODEL_URL "
    "and HYDROPHONE_MODEL, or leave response_format out"
)


def check_format(question: Question, *, has_model: bool, parity: bool) -> None:
    """Raise InvalidRequest for a format that cannot be answered, with the reason and the place.

    Without a language model no JSON can. With `parity` only what Perplexity's service supports is
    let through: see docs/structured.md.
    """
    wanted = question.output.format
    if isinstance(wanted, RegexFormat):
        _check_pattern(wanted, question.model, parity=parity)
    elif isinstance(wanted, JsonFormat):
        if not has_model:
            raise InvalidRequest(NO_MODEL, param="response_format")
        if wanted.schema is not None:
            schema = schema_of(wanted.schema)
            if parity:
                schema.check_parity()


def _check_pattern(wanted: RegexFormat, model: str, *, parity: bool) -> None:
    beyond = matcher(wanted.pattern).pattern.beyond
    if not parity:
        return
    if model not in BY_PATTERN:
        models = " and ".join(BY_PATTERN)
        raise InvalidRequest(
            f"a regex is answered by {models} only, not by {model!r}", param="response_format"
        )
    if beyond:
        raise InvalidRequest(
            f"the regex cannot be used: Perplexity's service does not support {beyond[0]}",
            param="response_format",
        )
