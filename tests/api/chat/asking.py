"""What the tests of chat requests share: a body of JSON to a question, or to its refusal."""

from __future__ import annotations

from typing import Any

import orjson
import pytest

from hydrophone.api.chat.question import to_question
from hydrophone.api.chat.schema import ChatRequest
from hydrophone.api.request import parse
from hydrophone.errors import HydrophoneError
from hydrophone.types import Question

USER = {"role": "user", "content": "Do whales sing?"}


def asked(*, strict: bool = False, allow_pro: bool = True, **fields: Any) -> Question:
    """The question of a body with these fields."""
    body = parse(ChatRequest, orjson.dumps({"messages": [USER]} | fields))
    return to_question(body, "sonar", strict=strict, pro_search=allow_pro)


def refusal(*, strict: bool = False, allow_pro: bool = True, **fields: Any) -> HydrophoneError:
    """Why a body with these fields is refused."""
    with pytest.raises(HydrophoneError) as caught:
        asked(strict=strict, allow_pro=allow_pro, **fields)
    return caught.value
