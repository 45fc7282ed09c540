"""Pages that say the same under several URLs.

Texts are compared by their hash, and long ones also by a 64-bit simhash of their word triples
(Charikar 2002; Manku, Jain and Das Sarma 2007): near-duplicates differ in at most three bits. Four
bands of 16 bits find them: with three bits changed at least one band is as it was.
"""

from __future__ import annotations

import hashlib
import re
from dataclasses import dataclass
from functools import lru_cache

from hydrophone.storage.index_db_frontier import FrontierPage

NEAR_BITS = 3
# Shorter texts are alike by chance: a few words of difference are all that they have to say.
LEAST_WORDS = 50
_BANDS = 4
_BAND_BITS = 16
_TEXT_BAND = 4
_HASH_BYTES = 16
_WORD = re.compile(r"\w+")
_MULTIPLIERS = (0x9E3779B97F4A7C15, 0xC2B2AE3D27D4EB4F, 0x165667B19E3779F9)


@dataclass(frozen=True, slots=True)
class Likeness:
    """What a text is compared by; `simhash` is signed, None for a short text."""

    text_hash: bytes
    title_hash: bytes
    simhash: int | None

    @property
    def keys(self) -> list[tuple[int, int]]:
        """Bands and their bits: two texts that are alike share one."""
        return likeness_keys(self.text_hash, self.simhash)


def measure_likeness(title: str, text: str) -> Likeness:
    """The likeness of a page. A few milliseconds for a long text."""
    words = _WORD.findall(text.lower())
    return Likeness(
        text_hash=_hash(" ".join(text.split())),
        title_hash=_hash(" ".join(title.lower().split())),
        simhash=_simhash(words) if len(words) >= LEAST_WORDS else None,
    )


def likeness_keys(text_hash: bytes | None, simhash: int | None) -> list[tuple[int, int]]:
    """The keys under which a page with these values is found."""
    keys = []
    if text_hash is not None:
        keys.append((_TEXT_BAND, int.from_bytes(text_hash[:8], "big", signed=True)))
    if simhash is not None:
        mask = (1 << _BAND_BITS) - 1
        keys += [(band, simhash >> (band * _BAND_BITS) & mask) for band in range(_BANDS)]
    return keys


def are_alike(one: Likeness, other: FrontierPage) -> bool:
    """Whether two pages say the same.

    Pages of a reference may differ in little more than the name they are about. So texts that are
    only nearly equal count under the same title alone.
    """
    if one.text_hash == other.text_hash:
        return True
    same_title = one.title_hash == other.title_hash
    if not same_title or one.simhash is None or other.simhash is None:
        return False
    return ((one.simhash ^ other.simhash) & (1 << 64) - 1).bit_count() <= NEAR_BITS


def preferred(one: str, other: str) -> bool:
    """Whether the first of two URLs is the one to keep, whichever was found first.

    That is https before http, and then the shorter one.
    """
    return _rank(one) < _rank(other)


def _rank(url: str) -> tuple[bool, int, str]:
    return not url.startswith("https://"), len(url), url


def _hash(text: str) -> bytes:
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).digest()[:_HASH_BYTES]


def _simhash(words: list[str]) -> int:
    import numpy as np

    hashes = np.fromiter((_hash_word(word) for word in words), np.uint64, len(words))
    first, second, third = (np.uint64(m) for m in _MULTIPLIERS)
    triples = hashes[:-2] * first + hashes[1:-1] * second + hashes[2:] * third
    triples ^= triples >> np.uint64(29)
    triples = np.unique(triples * first)
    bits = np.unpackbits(triples.astype("<u8").view(np.uint8).reshape(-1, 8), axis=1)
    ones = bits.sum(axis=0, dtype=np.int64) * 2 > len(triples)
    return int.from_bytes(np.packbits(ones).tobytes(), "little", signed=True)


@lru_cache(maxsize=50_000)
def _hash_word(word: str) -> int:
    digest = hashlib.blake2b(word.encode("utf-8", "surrogatepass"), digest_size=8).digest()
    return int.from_bytes(digest, "little")
