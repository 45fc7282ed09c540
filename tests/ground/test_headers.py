"""What headers of other servers' answers say."""

from __future__ import annotations

import pytest

from hydrophone.types.headers import retry_after_s

NOW_S = 1_795_305_600.0  # Sun, 22 Nov 2026 00:00:00 GMT


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        (None, None),
        ("7", 7.0),
        ("0.5", 0.5),
        ("-3", 0.0),
        ("Sun, 22 Nov 2026 00:00:09 GMT", 9.0),
        ("Sat, 21 Nov 2026 00:00:00 GMT", 0.0),
        ("Sunday, 22-Nov-26 00:00:09 GMT", 9.0),
        ("Sun Nov 22 00:00:09 2026", 9.0),
        ("soon", None),
        ("nan", None),
        ("", None),
    ],
)
def test_retry_after_is_read_in_both_forms(value: str | None, seconds: float | None) -> None:
    assert retry_after_s(value, NOW_S) == seconds
