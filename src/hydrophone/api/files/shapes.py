"""Files as OpenAI's and Perplexity's clients know them."""

from __future__ import annotations

from hydrophone.ports import StoredFile
from hydrophone.types import JsonValue


def file_object(file: StoredFile) -> dict[str, JsonValue]:
    """A file; times are seconds since 1970. OpenAI's clients want the `status`."""
    return {
        "id": file.id,
        "object": "file",
        "bytes": file.size_bytes,
        "created_at": file.created_at_ms // 1000,
        "expires_at": file.expires_at_ms // 1000,
        "filename": file.name,
        "purpose": file.purpose,
        "status": "processed",
    }
