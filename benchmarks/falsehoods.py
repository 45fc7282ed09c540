"""False claims made from true ones by rules: one number, date or name changed, or denied.

For citations.py.
"""

from __future__ import annotations

import random
import re
from collections.abc import Sequence

from claims import AUXILIARY, COUNTED, MONTH, MONTHS

_FIGURES = re.compile(
    r"(?<![\w.,-])\d{1,3}(?:,\d{3})+(?![\w])|(?<![\w.,-])\d+(?:\.\d+)?(?![\w]|[.,]\d)"
)
_SPELLED = re.compile(r"\b(?:two|three|four|five|six|seven|eight|nine|ten|eleven|twelve)\b")
_FULL_DATE = re.compile(
    rf"\b(?:\d{{1,2}} {MONTH}|{MONTH} \d{{1,2}}(?:, \d{{4}})?|{MONTH} \d{{4}})\b"
)
_NAME = re.compile(
    r"(?<![.!?\"“] )(?<!^)(?<=[a-z,;(] )(?:[A-Z][a-z]{2,}(?:-[A-Z][a-z]+)?)"
    r"(?: [A-Z][a-z]{2,}){0,2}(?![\w'’-])"
)
_NO_NAMES = re.compile(
    rf"(?:{MONTH}|Monday|Tuesday|Wednesday|Thursday|Friday|Saturday|Sunday"
    r"|The|Street|River|University|Century|World|War)\b"
)


def other_number(claim: str, rng: random.Random) -> str | None:
    """One number changed: a year by up to twenty, a word or a count for another."""
    dates = [match.span() for match in _FULL_DATE.finditer(claim)]
    spots = [
        m
        for m in (*_FIGURES.finditer(claim), *_SPELLED.finditer(claim))
        if not any(a <= m.start() < b for a, b in dates)
    ]
    if not spots:
        return None
    spot = rng.choice(spots)
    return claim[: spot.start()] + _changed_number(spot[0], rng) + claim[spot.end() :]


def _changed_number(text: str, rng: random.Random) -> str:
    if text in COUNTED:
        return rng.choice([word for word in COUNTED if word != text])
    value = float(text.replace(",", ""))
    if re.fullmatch(r"1\d{3}|20\d{2}", text):
        return str(int(value) + rng.choice([-20, -10, -7, -3, -2, -1, 1, 2, 3, 7, 10, 20]))
    if "." in text:
        places = len(text.partition(".")[2])
        sign = rng.choice([-1, 1])
        return f"{value + sign * max(value * rng.uniform(0.1, 0.9), 10**-places):.{places}f}"
    changed = value
    while changed == value or changed < 0:
        changed = round(value * rng.choice([0.5, 0.7, 1.2, 1.5, 2, 3])) + rng.choice([-1, 0, 1, 2])
    return f"{int(changed):,}" if "," in text else str(int(changed))


def other_date(claim: str, rng: random.Random) -> str | None:
    """Another day or another month."""
    spots = list(_FULL_DATE.finditer(claim))
    if not spots:
        return None
    spot = rng.choice(spots)
    text = spot[0]
    day = re.search(r"\b\d{1,2}\b", text)
    if day is not None and rng.random() < 0.5:
        changed = rng.choice([one for one in range(1, 29) if one != int(day[0])])
        text = text[: day.start()] + str(changed) + text[day.end() :]
    else:
        month = re.search(MONTH, text)
        assert month is not None
        changed_month = rng.choice([one for one in MONTHS if one != month[0]])
        text = text[: month.start()] + changed_month + text[month.end() :]
    return claim[: spot.start()] + text + claim[spot.end() :]


def names_in(text: str) -> list[str]:
    """Names in the middle of sentences."""
    return [match[0] for match in _NAME.finditer(text) if not _NO_NAMES.match(match[0])]


def other_name(claim: str, pool: Sequence[str], rng: random.Random) -> str | None:
    """One name for another of as many words, if there is one in the pool that the claim lacks."""
    spots = [m for m in _NAME.finditer(claim) if not _NO_NAMES.match(m[0])]
    if not spots:
        return None
    spot = rng.choice(spots)
    size = len(spot[0].split())
    fitting = sorted({one for one in pool if len(one.split()) == size and _is_foreign(one, claim)})
    if not fitting:
        return None
    return claim[: spot.start()] + rng.choice(fitting) + claim[spot.end() :]


def _is_foreign(name: str, claim: str) -> bool:
    """Whether no word of the claim begins like one of the name: Turkish is no change for Turks."""
    beginnings = {word[:4].lower() for word in re.findall(r"[^\W_]+", claim)}
    return not any(part[:4].lower() in beginnings for part in re.findall(r"[^\W_]+", name))


def other_opening_name(claim: str, pool: Sequence[str], rng: random.Random) -> str | None:
    """Another name for the one that begins the claim."""
    match = re.match(
        rf"[A-Z][a-z]{{2,}}(?: [A-Z][a-z]{{2,}}){{1,2}} (?={AUXILIARY}\b|\w+ed\b)", claim
    )
    if match is None or _NO_NAMES.match(match[0]):
        return None
    size = len(match[0].split())
    fitting = sorted({one for one in pool if len(one.split()) == size and _is_foreign(one, claim)})
    return f"{rng.choice(fitting)} {claim[match.end() :]}" if fitting else None


def denied(claim: str, rng: random.Random) -> str | None:
    """The claim with a "not", a "never" or a "did not"."""
    if re.search(r"\b(?:not|never|no|without|nor|neither|none)\b|n't\b", claim):
        return None
    match = re.search(rf"\b{AUXILIARY}\b(?! not)", claim)
    if match is not None:
        word = rng.choice(["not", "not", "never"])
        return f"{claim[: match.end()]} {word}{claim[match.end() :]}"
    match = re.search(r"(?<=[a-z] )([a-z]{2,}[^e\W])ed\b(?! by| in| on)", claim)
    if match is not None and re.match(
        r"(?:[A-Z]\w+ ){1,3}$|(?:He|She|It|They|The \w+(?: \w+)?) $", claim[: match.start()]
    ):
        return f"{claim[: match.start()]}did not {match[1]}{claim[match.end() :]}"
    return None


def affirmed(claim: str, rng: random.Random) -> str | None:
    """A denying claim without its "not"."""
    found = list(re.finditer(r"\b(?:not|never) (?!only|until|just)", claim))
    if len(found) != 1:
        return None
    return claim[: found[0].start()] + claim[found[0].end() :]


_SIMPLE_OPPOSITES = (
    ("increased", "decreased"), ("largest", "smallest"), ("highest", "lowest"),
    ("northern", "southern"), ("eastern", "western"), ("before", "after"), ("first", "last"),
    ("more", "less"), ("most", "least"), ("high", "low"), ("large", "small"), ("early", "late"),
    ("won", "lost"), ("accepted", "rejected"), ("allowed", "forbade"), ("began", "ended"),
    ("older", "younger"), ("north", "south"), ("east", "west"), ("majority", "minority"),
    ("public", "private"), ("oldest", "youngest"), ("upper", "lower"),
)  # fmt: skip


def opposite(claim: str, rng: random.Random) -> str | None:
    """One word of the claim for its opposite."""
    spots = []
    for one, other in _SIMPLE_OPPOSITES:
        for ours, theirs in ((one, other), (other, one)):
            spots += [(m, theirs) for m in re.finditer(rf"\b{ours}\b", claim)]
    if not spots:
        return None
    match, word = rng.choice(spots)
    return claim[: match.start()] + word + claim[match.end() :]


def changed(
    sort: str, claim: str, passage: str, pool: Sequence[str], rng: random.Random
) -> str | None:
    """The claim with one thing changed, by the sort's name in the table."""
    if sort == "a number":
        return other_number(claim, rng)
    if sort == "a date":
        return other_date(claim, rng)
    if sort == "a name":
        return other_opening_name(claim, pool, rng) or other_name(claim, pool, rng)
    if sort == "a number of the same passage":
        return number_of(passage, claim, rng)
    if sort == "a name of the same passage":
        return other_name(claim, names_in(passage), rng)
    if sort == "made negative":
        return denied(claim, rng)
    return affirmed(claim, rng) if sort == "made positive" else opposite(claim, rng)


def number_of(passage: str, claim: str, rng: random.Random) -> str | None:
    """One number for another that the passage has, of as many figures."""
    spots = list(_FIGURES.finditer(claim))
    if not spots:
        return None
    spot = rng.choice(spots)
    every = {match[0] for match in _FIGURES.finditer(passage)}
    fitting = sorted(one for one in every if one not in claim and len(one) == len(spot[0]))
    return claim[: spot.start()] + rng.choice(fitting) + claim[spot.end() :] if fitting else None
