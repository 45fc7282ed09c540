"""What headers of other servers' answers say."""

from __future__ import annotations

from datetime import UTC


def retry_after_s(value: str | None, now_s: float) -> float | None:
    """The seconds that a Retry-After header asks to wait for; `now_s` is seconds since 1970.

    Both forms of RFC 9110, section 10.2.3: seconds and an HTTP date. None when it is neither.
    """
    if value is None:
        return None
    try:
        seconds = float(value)
    except ValueError:
        from email.utils import parsedate_to_datetime

        try:
            date = parsedate_to_datetime(value)
        except ValueError:
            return None
        seconds = (date if date.tzinfo else date.replace(tzinfo=UTC)).timestamp() - now_s
    return max(0.0, seconds) if seconds == seconds else None
