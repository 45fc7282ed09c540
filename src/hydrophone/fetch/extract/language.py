"""The language of a text, when one can be sure enough of it."""

from __future__ import annotations

_SAMPLE_CHARS = 4000
_MIN_CHARS = 40
# Ranks of the detector (0 is a perfect match): beyond the second it is usually wrong, beyond the
# first it is believed only when the page says the same.
_SURE = 950
_UNSURE = 1200


def detect_language(text: str, declared: str | None = None) -> str | None:
    """ISO 639-1, or None when unsure; `declared` is what the document says (`en`, `de-AT`)."""
    from resiliparse.parse.lang import detect_fast, supported_langs

    said = (declared or "").replace("_", "-").split("-")[0].strip().lower()
    said = said if said in supported_langs() else ""
    sample = " ".join(text[: 2 * _SAMPLE_CHARS].split())[:_SAMPLE_CHARS]
    if len(sample) < _MIN_CHARS:
        return said or None
    found, rank = detect_fast(sample, cutoff=_UNSURE)
    if found == "unknown":
        return said or None
    if said and found != said and rank > _SURE:
        return said
    return found if rank <= _SURE or found == said else None
