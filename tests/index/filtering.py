"""Documents and filters by chance, and what a filter allows, decided in the plainest way."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from urllib.parse import urlsplit

from hypothesis import strategies as st

from hydrophone.types import Document, Filter
from tests.index.support import NOW

WORDS = [f"word{number}" for number in range(12)]
HOSTS = ["a.org", "b.a.org", "ba.org", "c.gov", "d.c.gov", "e.com"]
FOLDERS = ["x", "xy", "x/y", ""]
LANGUAGES = ["en", "en-GB", "de", "den", None]
COLLECTIONS = ["one", "two", "three"]
RULES = ["a.org", ".gov", "e.com/x", "c.gov", "b.a.org", "d.c.gov/x/y", ".com", "org"]
WINDOWS = {
    "hour": timedelta(hours=1),
    "day": timedelta(hours=24),
    "week": timedelta(days=7),
    "month": timedelta(days=30),
    "year": timedelta(days=365),
}
# Ages at the edges of the windows and of days, and beside them.
AGES = [
    timedelta(microseconds=offset) + edge
    for edge in (*WINDOWS.values(), timedelta(0), timedelta(hours=12), timedelta(days=3))
    for offset in (-1, 0, 1)
]


@dataclass(frozen=True, slots=True)
class Put:
    """A document and where it is put."""

    collection: str
    document: Document


moments = st.one_of(st.none(), st.sampled_from([NOW - age for age in AGES]))
bounds = st.one_of(
    st.none(),
    st.sampled_from([NOW - age for age in AGES]),
    st.sampled_from([(NOW - age).date() for age in AGES]),
)


@st.composite
def puts(draw: st.DrawFn) -> list[Put]:
    """A few dozen documents; a URL that comes twice is an update."""
    made = []
    for _ in range(draw(st.integers(1, 40))):
        host, folder = draw(st.sampled_from(HOSTS)), draw(st.sampled_from(FOLDERS))
        words = draw(st.lists(st.sampled_from(WORDS), min_size=1, max_size=12))
        document = Document(
            url=f"https://{host}/{folder}/{draw(st.integers(0, 30))}",
            title=draw(st.sampled_from(WORDS)),
            text=" ".join(words) + ".",
            language=draw(st.sampled_from(LANGUAGES)),
            published=draw(moments),
            modified=draw(moments),
        )
        made.append(Put(draw(st.sampled_from(COLLECTIONS)), document))
    return made


def _some(values: list[str]) -> st.SearchStrategy[tuple[str, ...]]:
    return st.lists(st.sampled_from(values), max_size=2, unique=True).map(tuple)


dense_filters = st.builds(
    Filter,
    domains_deny=_some(["d.c.gov/x/y", "b.a.org"]),
    published_after=st.sampled_from([None, NOW - timedelta(days=400)]),
)
sparse_filters = st.builds(
    Filter,
    collections=_some(COLLECTIONS),
    domains_allow=_some(RULES),
    domains_deny=_some(RULES),
    url_prefix=st.sampled_from([None, None, "https://a.org/x", "https://c.gov/xy/", "https://"]),
    languages=_some(["en", "de", "EN-gb"]),
    published_after=bounds,
    published_before=bounds,
    modified_after=bounds,
    modified_before=bounds,
    recency=st.sampled_from([None, None, *WINDOWS]),
)
filters = st.one_of(dense_filters, sparse_filters)


def allows(filter: Filter, put: Put) -> bool:
    """Whether the filter allows a document, the clock at NOW."""
    document = put.document
    return (
        (not filter.collections or put.collection in filter.collections)
        and (
            not filter.domains_allow
            or any(_inside(document.url, rule) for rule in filter.domains_allow)
        )
        and not any(_inside(document.url, rule) for rule in filter.domains_deny)
        and document.url.startswith(filter.url_prefix or "")
        and (not filter.languages or _speaks(document.language, filter.languages))
        and _dated(document.published, filter.published_after, filter.published_before)
        and _dated(document.modified, filter.modified_after, filter.modified_before)
        and (filter.recency is None or _recent(document.published, filter.recency))
    )


def _inside(url: str, rule: str) -> bool:
    domain, _, path = rule.lstrip(".").partition("/")
    parts = urlsplit(url)
    host = (parts.hostname or "").split(".")
    wanted = domain.split(".")
    folders = [folder for folder in path.split("/") if folder]
    below = len(host) > len(wanted) if rule.startswith(".") else True
    return below and host[-len(wanted) :] == wanted and _starts(parts.path, folders)


def _starts(path: str, folders: list[str]) -> bool:
    return not folders or path.split("/")[1 : 1 + len(folders)] == folders


def _speaks(language: str | None, wanted: tuple[str, ...]) -> bool:
    tags = (language or "").lower().split("-")
    return any(tags[: len(w.split("-"))] == w.lower().split("-") for w in wanted)


def _dated(
    moment: datetime | None, after: date | datetime | None, before: date | datetime | None
) -> bool:
    if after is None and before is None:
        return True
    if moment is None:
        return False
    return (after is None or moment >= _edge(after, time.min)) and (
        before is None or moment <= _edge(before, time.max)
    )


def _edge(bound: date | datetime, of_day: time) -> datetime:
    return bound if isinstance(bound, datetime) else datetime.combine(bound, of_day, UTC)


def _recent(published: datetime | None, window: str) -> bool:
    return published is not None and NOW - published <= WINDOWS[window]
