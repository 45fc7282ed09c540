"""URLs as the crawler knows them: one spelling for each page.

The normal form is the one in which the guard lets a URL out, so what is asked for is what is
written down. On the way tracking parameters, session ids and fragments go, because they name no
other page. courlan, which comes with trafilatura, is not used: it sorts the query, drops parameters
without a value, merges slashes and takes parameters like `source`, `ref` or `cid` away, and then
another page, or none, answers.
"""

from __future__ import annotations

import re
from functools import lru_cache
from ipaddress import IPv6Address
from urllib.parse import urljoin

from hydrophone.crawl.scope import BadPattern, Scope, Traps
from hydrophone.fetch.host import MalformedHost, parse_host

__all__ = ["BadPattern", "Scope", "Traps", "looks_like_document", "normalise"]

URL_LIMIT = 2000

_BLANK = "".join(map(chr, range(0x21)))
_BREAKS = re.compile(r"[\t\n\r]")
_SCHEME = re.compile(r"[a-z][a-z0-9+.-]*:", re.IGNORECASE)
_PARTS = re.compile(
    r"(?P<scheme>https?)://(?P<authority>[^/?#\\]+)(?P<path>[^?#]*)(?:\?(?P<query>[^#]*))?",
    re.IGNORECASE,
)
_PORTS = {"http": 80, "https": 443}
_PORT = re.compile(r"[0-9]{1,5}")
# What needs no work: nothing to escape or to unescape, no dot segment, no session id.
_PLAIN_PATH = re.compile(r"(?:/(?!\.\.?(?:/|\Z))[A-Za-z0-9._~!$&'*+,=:@-]*)+")
_PLAIN_QUERY = re.compile(r"[A-Za-z0-9._~!*+,=:@/&?-]+")
_ESCAPED_DOT = re.compile("%2e", re.IGNORECASE)
_CONTROL = re.compile(r"[\x00-\x1f\x7f\ud800-\udfff]")

_TRACKING = (
    r"utm_\w*|mtm_\w*|matomo_\w*|piwik_\w*|pk_(?:campaign|kwd|keyword|source|medium|content|cid)",
    r"itm_\w*|hsa_\w*|_hs(?:enc|mi)|__hs(?:sc|tc|fp)|hsctatracking|mkt_tok|mc_[ce]id",
    r"gclid|gclsrc|dclid|gbraid|wbraid|fbclid|msclkid|yclid|ysclid|twclid|ttclid|li_fat_id|srsltid",
    r"igshid|igsh|epik|_gl|_ga|_openstat|wt_z?mc|xtor|at_(?:medium|campaign|custom\d)|s_cid",
    r"vero_(?:id|conv)|oly_(?:anon|enc)_id|rb_clickid|wickedid|ref_(?:src|url)|guccounter",
    r"guce_referrer(?:_sig)?|__twitter_impression|replytocom",
)
_SESSIONS = (
    r"phpsessid|jsessionid|aspsessionid\w*|asp\.net_sessionid|cfid|cftoken|oscsid|zenid|sessid",
    r"session_?id",
    # These names mean other things, too: only with a value that can be nothing else.
    r"(?:sid|sess|session)(?==(?:[0-9a-f]{16,}|(?=[a-z]*[0-9])[0-9a-z]{20,})(?:&|\Z))",
    r"s(?==[0-9a-f]{32}(?:&|\Z))",
)
_DROPPED = re.compile(
    rf"(?:\A|(?<=&))(?:{'|'.join((*_TRACKING, *_SESSIONS))})(?:=[^&]*)?(?:&|\Z)", re.IGNORECASE
)
_PATH_SESSION = re.compile(
    r";(?:jsessionid|phpsessid|sid)=[^/;]*|/\([A-Z]\([a-z0-9]{20,}\)\)(?=/)", re.IGNORECASE
)

_IMAGES = (
    "jpg jpeg jpe jfif png apng gif webp avif bmp ico cur svg svgz tif tiff heic psd ai eps ps"
)
_MEDIA = (
    "mp3 m4a aac ogg oga ogv opus wav flac wma mid mp4 m4v mov avi mkv webm wmv flv mpg mpeg 3gp "
    "ts swf m3u m3u8 vtt srt"
)
_ARCHIVES = (
    "zip tar tgz tbz tbz2 txz bz2 xz zst lz lzma 7z rar jar war ear cab iso img dmg deb udeb rpm "
    "apk msi exe dll so bin pkg whl egg gem crate class pyc o a torrent sqlite db parquet npy npz"
)
_CODE = "css js mjs cjs map wasm woff woff2 ttf otf eot"
_UNREADABLE = "doc xls xlsx ppt pptx odt ods odp epub mobi"
_NO_DOCUMENTS = frozenset(" ".join((_IMAGES, _MEDIA, _ARCHIVES, _CODE, _UNREADABLE)).split())


def normalise(url: str, base: str | None = None) -> str | None:
    """The one spelling of a page's URL, or of a link on the page `base`.

    None when it is not http or https, has no usable host, or is over 2,000 characters. Idempotent.
    """
    text = url.strip(_BLANK)
    if _BREAKS.search(text):
        text = _BREAKS.sub("", text)
    if "\\" in text:
        path, mark, query = text.partition("?")
        text = path.replace("\\", "/") + mark + query
    try:
        if base is not None and not text[:8].lower().startswith(("http://", "https://")):
            text = _join(base, text)
        return _normalise(text)
    except (MalformedHost, ValueError):
        return None


def looks_like_document(url: str) -> bool:
    """Whether the path may lead to text: false for the names of pictures, archives, media, code."""
    name = url.partition("?")[0].rpartition("/")[2].lower().removesuffix(".gz")
    # With a colon it is a wiki's page about a file.
    return ":" in name or "." not in name or name.rpartition(".")[2] not in _NO_DOCUMENTS


def _join(base: str, link: str) -> str:
    """The absolute URL of a link; other schemes come back as they are."""
    if link.startswith("//"):
        return urljoin(base, f"//{link.lstrip('/')}")
    if link.startswith("/"):
        end = base.find("/", base.find("//") + 2)
        return (base if end < 0 else base[:end]) + link
    return link if _is_foreign(link) else urljoin(base, link)


def _is_foreign(link: str) -> bool:
    scheme = _SCHEME.match(link)
    return scheme is not None and scheme[0][:-1].lower() not in _PORTS


def _normalise(text: str) -> str | None:
    parts = _PARTS.match(text)
    if parts is None or len(text) > 4 * URL_LIMIT:
        return None
    scheme, authority, path, query = parts.groups()
    root = _root(scheme.lower(), authority)
    plain = _PLAIN_PATH.fullmatch(path) is not None
    if query:
        query = _DROPPED.sub("", query).removesuffix("&")
        plain = plain and (not query or _PLAIN_QUERY.fullmatch(query) is not None)
    rest = f"{path}?{query}" if query else path
    normal = f"{root}{rest}" if plain else _spell(root, path, query)
    return normal if len(normal) <= URL_LIMIT else None


@lru_cache(maxsize=4096)
def _root(scheme: str, authority: str) -> str:
    """Scheme, host and port. Raises MalformedHost, ValueError; the guard would refuse it."""
    text, colon, port = authority.rpartition(":")
    if not colon or "]" in port:
        text, port = authority, ""
    if port and not (_PORT.fullmatch(port) and 0 < int(port) < 65536):
        raise ValueError("no port")
    host = parse_host(text)
    shown = f"[{host}]" if isinstance(host, IPv6Address) else str(host)
    return f"{scheme}://{shown}:{int(port)}" if _is_odd(scheme, port) else f"{scheme}://{shown}"


def _is_odd(scheme: str, port: str) -> bool:
    return bool(port) and int(port) != _PORTS[scheme]


def _spell(root: str, path: str, query: str | None) -> str:
    """Root, path and query with escapes where they must be and nowhere else. Raises ValueError."""
    from yarl import URL

    path = _PATH_SESSION.sub("", _ESCAPED_DOT.sub(".", path))
    # yarl would make a plus sign of the space.
    text = f"{root}{path or '/'}" + (f"?{query.replace(' ', '%20')}" if query else "")
    if _CONTROL.search(text):
        raise ValueError("control characters")
    return str(URL(text))
