"""Dates as pages write them."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from hydrophone.fetch.extract.language import detect_language
from hydrophone.fetch.extract.metadata import parse_date


@pytest.mark.parametrize(
    ("text", "moment"),
    [
        ("2024-03-05", datetime(2024, 3, 5, tzinfo=UTC)),
        ("2024-03-05T10:00:00Z", datetime(2024, 3, 5, 10, tzinfo=UTC)),
        ("2024-03-05T10:00:00.123+02:00", datetime(2024, 3, 5, 8, tzinfo=UTC)),
        ("2024-03-05 10:30 -0500", datetime(2024, 3, 5, 15, 30, tzinfo=UTC)),
        ("Tue, 05 Mar 2024 10:00:00 GMT", datetime(2024, 3, 5, 10, tzinfo=UTC)),
        ("2024-13-05", None),
        ("1901-01-01", None),
        ("2999-01-01", None),
        ("0001-01-01T00:00:00+14:00", None),
        ("yesterday", None),
        ("", None),
    ],
)
def test_date_is_read_or_left_out(text: str, moment: datetime | None) -> None:
    assert parse_date(text) == moment


def test_language_is_told_only_when_sure() -> None:
    german = "Schweinswale sind kleine Zahnwale, die in der Nordsee und in der Ostsee leben. "
    assert detect_language(german * 3) == "de"
    assert detect_language(german * 3, "de-AT") == "de"
    assert detect_language("ok", "fr") == "fr"
    assert detect_language("ok") is None
    assert detect_language("12345 67890 " * 20) is None
    assert detect_language("", "not a language") is None
