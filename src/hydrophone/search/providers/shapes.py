"""What the adapters share: domains for the asking, and what came back as a search result."""

from __future__ import annotations

import asyncio
import hashlib
import html
import re
from collections.abc import Coroutine, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from urllib.parse import urlsplit

from hydrophone.fetch.extract.clean import clean_line, clean_lines
from hydrophone.fetch.json_api import ApiRefused, Fields
from hydrophone.search.base import ProviderAnswer, ProviderQuery
from hydrophone.search.errors import ProviderFailed, ProviderRefused, translated
from hydrophone.search.providers.dates import Stamp, published
from hydrophone.storage.index_db_filter import locate, read_domain_rule
from hydrophone.types import Filter, Media, Passage, SearchResult, SourceKind

_PASSAGE_CHARS = 6000
_SNIPPET_CHARS = 320
_TITLE_CHARS = 300
_ID_CHARS = 24
_BREAKS = re.compile(
    r"</?(?:jats:)?(?:p|br|sec|div|li|list-item|title|h[1-6])\b[^>]*>", re.IGNORECASE
)
_TAGS = re.compile(r"</?[a-z!][^>]*>", re.IGNORECASE)
_TERMS = re.compile(r'"([^"]+)"|(\w(?:[\w.-]*\w)?)')
_APOSTROPHES = re.compile(r"['’](?:s\b)?")
_SIGNS = re.compile(r"[^\w.-]+")
_BLANK = re.compile(r"[\s\x00-\x1f]")
_FUNCTION_WORDS = (
    "a about an and andnot any are as at be been by can could did do does for from had has have "
    "how i if in into is it its me my near not of on or our should so some such than that the "
    "their them there these they this those to us was we were what when where which who whom "
    "whose why will with would you your"
)
_STOP_WORDS = frozenset(_FUNCTION_WORDS.split())


@dataclass(frozen=True, slots=True)
class Domains:
    """Domains to search, and domains to leave out, as a provider wants them written."""

    allow: tuple[str, ...] = ()
    deny: tuple[str, ...] = ()


def domains(filter: Filter, *, paths: bool, suffix: str | None = None) -> Domains:
    """What a provider can apply of the filter's domains and its URL prefix.

    `paths`: it understands `example.com/docs`. `suffix` is how it writes a top-level domain, such
    as "*{}" for ".gov"; None when it has no way. The domains to search are all of them or, where
    one cannot be said, none; what is not said is left to the filter after.
    """
    allow = [_written(entry, paths, suffix, wider=True) for entry in _wanted(filter)]
    deny = [_written(entry, paths, suffix, wider=False) for entry in filter.domains_deny]
    said = tuple(dict.fromkeys(entry for entry in allow if entry))
    return Domains(
        said if all(allow) else (), tuple(dict.fromkeys(entry for entry in deny if entry))
    )


def with_sites(
    text: str, filter: Filter, *, paths: bool, limit_chars: int, limit_words: int
) -> str:
    """The text with `site:` operators behind it, as many as there is room for.

    Domains to search come first; those without room are not searched, and those to leave out
    without room are left to the filter after.
    """
    said = domains(filter, paths=paths, suffix="{}")
    part = 2 if said.allow else 1  # a long question must not take the room of the domains
    query = cut(text, limit_chars // part, limit_words // part)
    sites = ""
    for site in said.allow:
        longer = f"{sites} OR site:{site}" if sites else f"site:{site}"
        if not _fits(f"{query} ({longer})", limit_chars, limit_words):
            break
        sites = longer
    if sites:
        query = f"{query} ({sites})" if " " in sites else f"{query} {sites}"
    for site in said.deny:
        longer = f"{query} -site:{site}"
        if not _fits(longer, limit_chars, limit_words):
            break
        query = longer
    return query


def cut(text: str, limit_chars: int, limit_words: int | None = None) -> str:
    """The text on one line, cut between words to what a provider takes."""
    line = " ".join(text.split()[:limit_words])
    if len(line) <= limit_chars:
        return line
    return line[: limit_chars + 1].rpartition(" ")[0] or line[:limit_chars]


def key_terms(text: str, most: int = 20) -> list[str]:
    """Words and quoted phrases that matter, for engines that want all the words in a document.

    English function words are left out, and every sign that such an engine may take for syntax.
    """
    terms = [
        f'"{_SIGNS.sub(" ", phrase).strip()}"' if phrase else word
        for phrase, word in _TERMS.findall(_APOSTROPHES.sub("", text))
    ]
    telling = [term for term in terms if term != '""' and term.lower() not in _STOP_WORDS]
    return list(dict.fromkeys(telling))[:most]


def preferred(urls: Iterable[str], filter: Filter) -> str:
    """The first of a work's addresses that the allowed domains cover; else the first; else ""."""
    known = [url for url in urls if url]
    rules = [read_domain_rule(entry).host.removeprefix(".") for entry in filter.domains_allow]
    for url in known:
        host = locate(url)[0]
        if any(f".{host}".endswith(f".{rule}") for rule in rules):
            return url
    return known[0] if known else ""


def plain(markup: str) -> str:
    """The text of a piece of HTML or JATS: blocks on lines, entities read, other tags dropped."""
    return clean_lines(html.unescape(_TAGS.sub("", _BREAKS.sub("\n", markup))))


def found(
    query: ProviderQuery,
    url: str,
    title: str,
    *,
    kind: SourceKind = "web",
    snippet: str = "",
    texts: Sequence[str] = (),
    stamp: Stamp | None = None,
    modified: datetime | None = None,
    language: str = "",
) -> SearchResult | None:
    """A search result; None without an http(s) URL.

    `texts` are the page's own words, which can be quoted: each is a document version of its own.
    `snippet` is their beginning when nothing else is given.
    """
    if not _is_web_address(url):
        return None
    passages = tuple(passage_of(text) for text in dict.fromkeys(map(_whole_words, texts)) if text)
    shown = clean_line(snippet) or (clean_line(passages[0].text) if passages else "")
    return SearchResult(
        url=url,
        title=cut(clean_line(title), _TITLE_CHARS) or url,
        snippet=shown if len(shown) <= _SNIPPET_CHARS else f"{cut(shown, _SNIPPET_CHARS)} …",
        kind=kind,
        published=published(stamp, query),
        modified=modified,
        language=language or None,
        passages=passages,
    )


def passage_of(text: str) -> Passage:
    """A text that came without its page, as the whole of a document version."""
    version = hashlib.sha256(text.encode("utf-8", "replace")).hexdigest()
    return Passage(id=version[:_ID_CHARS], text=text, version=version, start=0, end=len(text))


def kept(results: Iterable[SearchResult | None], count: int) -> tuple[SearchResult, ...]:
    """The results that are some, `count` at most."""
    return tuple(result for result in results if result is not None)[:count]


def pixels(item: Fields, name: str) -> int | None:
    """A width or height; None when it is not known."""
    number = item.number(name)
    return int(number) if number is not None and 0 < number < 1e6 else None


def duration_s(clock: str) -> float | None:
    """Seconds of "1:02:03" or "4:05"; None when it is no such time."""
    parts = clock.split(":")
    if not 2 <= len(parts) <= 3 or not all(part.isdigit() for part in parts):
        return None
    total = 0
    for part in parts:
        total = total * 60 + int(part)
    return float(total)


async def with_media(
    name: str,
    pages: Coroutine[None, None, ProviderAnswer],
    media: Mapping[str, Coroutine[None, None, Media]],
) -> ProviderAnswer:
    """Pages and media asked for at once; when the pages come, a failure of media is only told."""

    async def ask(what: str, asked: Coroutine[None, None, Media]) -> ProviderAnswer:
        try:
            got = await asked
        except ProviderFailed as error:
            return ProviderAnswer(unresponsive=((f"{name} {what}", error.message),))
        return ProviderAnswer(images=got.images, videos=got.videos)

    try:
        async with asyncio.TaskGroup() as group:
            page_task = group.create_task(pages)
            media_tasks = [group.create_task(ask(what, one)) for what, one in media.items()]
    except ExceptionGroup as failed:
        raise failed.exceptions[0] from failed
    answers = [task.result() for task in media_tasks]
    return replace(
        page_task.result(),
        images=tuple(image for answer in answers for image in answer.images),
        videos=tuple(video for answer in answers for video in answer.videos),
        unresponsive=tuple(engine for answer in answers for engine in answer.unresponsive),
    )


@contextmanager
def translated_with_signs(provider: str, setting: str, *signs: str) -> Iterator[None]:
    """As `translated`; a refusal too when the body of a 4xx begins with a text that has a sign."""
    with translated(provider, setting=setting):
        try:
            yield
        except ApiRefused as error:
            if error.answered < 500 and any(sign in error.said.lower() for sign in signs):
                raise ProviderRefused(
                    f"{provider} refuses the request ({error.answered}): check {setting}"
                ) from error
            raise


def _wanted(filter: Filter) -> tuple[str, ...]:
    """The domains to search; a URL prefix stands for its host, when it has the whole of it."""
    if filter.domains_allow or not filter.url_prefix:
        return filter.domains_allow
    parts = urlsplit(filter.url_prefix)
    return (parts.netloc,) if parts.netloc and parts.path else ()


def _written(entry: str, paths: bool, suffix: str | None, *, wider: bool) -> str:
    """A domain as the provider wants it, empty when it cannot be said.

    `wider`: a path may be left away, as more is searched then; to leave out more would be wrong.
    """
    rule = read_domain_rule(entry)
    if rule.path and not paths and not wider:
        return ""
    path = rule.path if paths else ""
    if not rule.host.startswith("."):
        return rule.host + path
    if suffix is None or rule.host.count(".") > 1 or path:
        return ""
    return suffix.format(rule.host.removeprefix("."))


def _fits(query: str, limit_chars: int, limit_words: int) -> bool:
    return len(query) <= limit_chars and len(query.split()) <= limit_words


def _is_web_address(url: str) -> bool:
    try:
        parts = urlsplit(url)
    except ValueError:
        return False
    return parts.scheme in ("http", "https") and bool(parts.hostname) and not _BLANK.search(url)


def _whole_words(text: str) -> str:
    text = clean_lines(text).strip()
    if len(text) <= _PASSAGE_CHARS:
        return text
    return text[:_PASSAGE_CHARS].rpartition(" ")[0] or text[:_PASSAGE_CHARS]
