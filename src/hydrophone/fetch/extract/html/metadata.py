"""What an HTML page says of itself: title, author, dates, language."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from html import unescape
from itertools import islice

from lxml import etree
from lxml.html import HtmlElement

from hydrophone.fetch.extract.dates import parse_date
from hydrophone.fetch.extract.html.schema import Statements, read_statements

_TITLES = ("og:title", "citation_title", "dc.title", "dcterms.title", "twitter:title")
_PUBLISHED_NAMES = (
    "article:published_time og:published_time datepublished citation_publication_date "
    "citation_date dc.date.issued dcterms.issued dc.date.created dcterms.created dc.date "
    "dcterms.date pubdate publishdate publish_date publish-date publication_date "
    "parsely-pub-date sailthru.date article.published date"
)
_PUBLISHED = tuple(_PUBLISHED_NAMES.split())
_MODIFIED_NAMES = (
    "article:modified_time og:updated_time og:modified_time datemodified dcterms.modified "
    "dc.date.modified lastmod revised last_modified last-modified"
)
_MODIFIED = tuple(_MODIFIED_NAMES.split())
_AUTHORS_NAMES = (
    "author article:author citation_author dc.creator dcterms.creator parsely-author "
    "sailthru.author article.author byl"
)
_AUTHORS = tuple(_AUTHORS_NAMES.split())
_LANGUAGES = ("content-language", "og:locale", "dc.language")
# Between a page's own title and its site's name. A plain hyphen stands in too many titles.
_TITLE_BREAK = re.compile(r"\s+[—|·«»]\s+")
_ANY_TITLE_BREAK = re.compile(r"\s+[–—|·«»:-]\s+")
_BYLINE_CLASSES = re.compile(
    r"(?:^|[\s_-])(?:byline|author|autor)(?:s|[_-]*names?|[_-]*link|[_-]*title)?(?:$|\s)"
)
_NOT_OF_THE_PAGE = re.compile(
    r"(?:^|\s)(?:comment|widget|sidebar|related|footer|teaser|avatar)", re.IGNORECASE
)
_BY = re.compile(
    r"\A(?:(?:written|posted|published|geschrieben|text)\s+)?"
    r"(?:by|von|por|par|di|door|av|af|autor|author|auteur|autore|foto|от|автор)\b\s*:?\s*",
    re.IGNORECASE,
)
_AFTER_NAME = re.compile(r"\s*(?:[|•·]|\s[–—-]\s|\d|\bon\s|\bam\s|\n).*\Z", re.DOTALL)
_ADDRESS = re.compile(r"https?:|www\.|@|\.(?:com|org|net|de)\b", re.IGNORECASE)
_NO_NAME = re.compile(
    r"\A(?:posted on|admin|administrator|author|autor|editor|name"
    r"|redaktion|username|staff|unknown|guest|webmaster|作者)\Z",
    re.IGNORECASE,
)
_NAME_CHARS = 60
_BYLINE_CHARS = 300
_BYLINES_LIMIT = 50


@dataclass(frozen=True, slots=True)
class PageMetadata:
    """What the page says; None and empty where it says nothing."""

    title: str
    author: str | None
    published: datetime | None
    modified: datetime | None
    language: str | None


def read_metadata(tree: HtmlElement, url: str) -> PageMetadata:
    """Read the head of the page and its JSON-LD, then what its body shows."""
    claims, said = _claims(tree), read_statements(tree)
    published = parse_date(said.published) or _date(claims, _PUBLISHED)
    modified = parse_date(said.modified) or _date(claims, _MODIFIED)
    return PageMetadata(
        title=_title(tree, claims, said),
        author=_author(tree, claims, said),
        published=published or _find_date(tree, url),
        modified=modified,
        language=_language(tree, claims),
    )


def documentation_metadata(tree: HtmlElement) -> PageMetadata:
    """Read the head only: manuals have no bylines, and dates in their text are not theirs."""
    claims = _claims(tree)
    return PageMetadata(
        title=_title(tree, claims, Statements()),
        author=None,
        published=_date(claims, _PUBLISHED),
        modified=_date(claims, _MODIFIED),
        language=_language(tree, claims),
    )


def _claims(tree: HtmlElement) -> dict[str, list[str]]:
    """The values of `<meta>` and of `<time itemprop>` by name, in lower case."""
    claims: dict[str, list[str]] = {}
    for element in tree.iter("meta", "time"):
        get = element.get
        name = get("property") or get("name") or get("itemprop") or get("http-equiv")
        value = get("content") or get("datetime")
        if name and value:
            claims.setdefault(name.strip().lower(), []).append(value)
    return claims


def _date(claims: dict[str, list[str]], names: Sequence[str]) -> datetime | None:
    dates = (parse_date(value) for name in names for value in claims.get(name, ()))
    return next(filter(None, dates), None)


def _find_date(tree: HtmlElement, url: str) -> datetime | None:
    """The likeliest date among those in the URL and in the text."""
    from htmldate import find_date

    found = find_date(
        tree,
        url=url or None,
        original_date=True,
        extensive_search=False,
        max_date=date.today().isoformat(),
    )
    return parse_date(found) if found else None


def _language(tree: HtmlElement, claims: dict[str, list[str]]) -> str | None:
    return (
        tree.get("lang")
        or tree.get("xml:lang")
        or next((claims[name][0] for name in _LANGUAGES if name in claims), None)
    )


def _title(tree: HtmlElement, claims: dict[str, list[str]], said: Statements) -> str:
    """The heading of the page when its head says the same, else what the head says."""
    head = _head_title(tree)
    given = next((_line(claims[name][0]) for name in _TITLES if name in claims), "")
    site = _line(next(iter(claims.get("og:site_name", ())), ""))
    shown = [text for heading in tree.iter("h1") if (text := _line(heading.text_content()))]
    # Many sites set their own name as a heading, too.
    own = [text for text in shown if text in (given or head) and not _ends_with_site(head, text)]
    if own:
        return max(own, key=len)
    if said.headline and said.headline in f"{head}\n{given}":
        return _line(unescape(said.headline))
    if given or head:
        return _without_site(given or head, site)
    return shown[0] if shown else ""


def _ends_with_site(head: str, text: str) -> bool:
    """Whether the text is what follows a break at the end of the page's title."""
    before = head.removesuffix(text)
    return before != head and before.rstrip().endswith(("|", "-", "–", "—", "·", "«", "»"))


def _without_site(title: str, site: str) -> str:
    """The title without the name of the site at its end."""
    parts = list(_ANY_TITLE_BREAK.finditer(title))
    if site and parts and title[parts[-1].end() :].lower() == site.lower():
        return title[: parts[-1].start()]
    return _TITLE_BREAK.split(title)[0]


def _head_title(tree: HtmlElement) -> str:
    return next((_line(title.text_content()) for title in tree.iter("title")), "")


def _author(tree: HtmlElement, claims: dict[str, list[str]], said: Statements) -> str | None:
    site = _line(next(iter(claims.get("og:site_name", ())), "")).lower()
    written = (value for name in _AUTHORS for value in claims.get(name, ()))
    for values in (said.authors, tuple(written), _bylines(tree)):
        names = dict.fromkeys(name for value in values if (name := _name(value)))
        names.pop(site, None)
        kept = [name for name in names if name.lower() != site]
        if kept:
            return ", ".join(kept)
    return None


def _bylines(tree: HtmlElement) -> Iterator[str]:
    """The first byline of the page that holds a name, by its innermost element."""
    outer: HtmlElement | None = None
    marked = filter(_is_marked, tree.iterdescendants(etree.Element))
    for element in islice(filter(_is_byline, marked), _BYLINES_LIMIT):
        if outer is not None and outer not in element.iterancestors():
            break
        if _name(element.get("content") or element.text_content()):
            outer = element
    if outer is not None:
        named = outer.find(".//*[@itemprop='name']")
        yield outer.get("content") or (named if named is not None else outer).text_content()


def _is_marked(element: HtmlElement) -> bool:
    """Whether a word of bylines is about the element: a quick test of every element there is."""
    classes = element.get("class")
    if classes and ("author" in classes or "byline" in classes or "autor" in classes):
        return True
    return element.get("rel") == "author" or "author" in element.get("itemprop", "")


def _is_byline(element: HtmlElement) -> bool:
    marked = element.get("rel") == "author" or "author" in (element.get("itemprop") or "")
    if not marked and not _BYLINE_CLASSES.search((element.get("class") or "").lower()):
        return False
    return not any(_NOT_OF_THE_PAGE.search(part.get("class") or "") for part in _around(element))


def _around(element: HtmlElement) -> Iterator[HtmlElement]:
    yield element
    yield from element.iterancestors("div", "section", "aside", "footer", "ul", "li", "article")


def _name(text: str) -> str:
    """The name in a byline; empty when there is none."""
    text = text.strip()[:_BYLINE_CHARS]
    if _ADDRESS.search(text):
        return ""
    name = _AFTER_NAME.sub("", _BY.sub("", text)).strip(" ,;:")
    name = _line(unescape(name))
    return "" if len(name) > _NAME_CHARS or len(name) < 2 or _NO_NAME.search(name) else name


def _line(text: str) -> str:
    return " ".join(text.split())
