"""Bodies that refuse what they do not know, and what OpenAI's clients send all the same."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TypeVar

from pydantic import ConfigDict, ValidationError

from hydrophone.api.errors import schema_error
from hydrophone.api.filters import SHOWN_CHARS
from hydrophone.api.request import Body, json_object
from hydrophone.errors import InvalidRequest
from hydrophone.types import JsonValue

Schema = TypeVar("Schema", bound=Body)
# What OpenAI's Responses API has beside the fields that are known here, and what may be missing
# without another question being answered: so not `conversation` nor `prompt`.
OPENAI_FIELDS = frozenset(
    {
        "access_programs",
        "background_options",
        "context_management",
        "include",
        "moderation",
        "prompt_cache_options",
        "prompt_cache_retention",
        "safety_identifier",
        "stream_options",
        "text",
        "top_logprobs",
        "user",
    }
)


class StrictBody(Body):
    """A part of a request body. Unknown fields are refused."""

    model_config = ConfigDict(extra="forbid", strict=False, defer_build=True)


def parse_strictly(schema: type[Schema], body: bytes, *, lenient: bool) -> Schema:
    """The body as `schema`. Raises InvalidRequest (400), for an unknown field at any depth too, or
    SchemaError (422), both with the place.

    `lenient`: OpenAI's own fields are passed over, and so is what is unknown inside of fields.
    """
    value = json_object(body)
    if lenient:
        _refuse_unknown(schema, value)
    try:
        return schema.model_validate(value, extra="ignore" if lenient else None)
    except ValidationError as error:
        raise schema_error(error, value) from None


def _refuse_unknown(schema: type[Body], value: Mapping[str, JsonValue]) -> None:
    for name in value:
        if name not in schema.model_fields and name not in OPENAI_FIELDS:
            shown = name[:SHOWN_CHARS]
            raise InvalidRequest(f"{shown}: there is no such field", param=shown)
