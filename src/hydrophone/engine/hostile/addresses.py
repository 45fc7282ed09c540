"""Addresses in a model's text: none goes out that is neither a source's nor the question's own.

A page that gets a model to write an address has it shown to the reader as ours: a link to malware,
or a picture whose address carries the conversation away as soon as it is displayed. The answer's
links are its citations, so any other address is left out, together with the link that it was in.
Only a question that asks for an address or for commands may be answered with one that stands in a
source: it is shown as code, which no reader turns into a link.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from functools import cached_property

import orjson

from hydrophone.types import Question, RegexFormat, Source

LEFT_OUT = "(address left out)"
# Endings under which most domains are, without those that are words or endings of files: a blank
# that is missing behind a full stop makes no address.
_ENDINGS = (
    "com org net info biz xyz top site online shop club icu app dev io ai gg eu uk de fr es nl ru "
    "cn jp kr br au ca ch se dk cz tk ga cf gq tv onion"
)
_DOMAIN = rf"(?:[^\W_](?:[\w-]{{0,62}})\.)+(?:{'|'.join(_ENDINGS.split())})(?![\w-])"
_STOPS = "\\s<>\"'`“”«»，。、；：（）「」"
_FAR = (
    rf"[a-z][a-z0-9+.-]{{1,20}}:(?:/|\\)+[^{_STOPS}]*"
    rf"|(?:https?|ftps?|wss?|file|javascript|vbscript|data|mailto|tel):[^{_STOPS}]+"
    rf"|(?<![\w:/])(?://|\\\\)[^/{_STOPS}]+\.[^{_STOPS}]+"
    rf"|(?<!\w)www\.[^{_STOPS}]+"
)
_MAIL = rf"[\w.+-]{{1,64}}@{_DOMAIN}"
_NEAR = rf"(?<![\w.@/-]){_DOMAIN}(?::\d+)?(?:[/?#][^{_STOPS}]*)?"
_ADDRESS = re.compile(f"{_FAR}|{_MAIL}|{_NEAR}", re.IGNORECASE)
_CODED = re.compile(_FAR, re.IGNORECASE)
_NO_DOMAINS = frozenset({"asp.net", "vb.net", "ado.net", "ml.net", "paint.net"})
# Elements that load something, lead somewhere or change how the page around them looks.
_ELEMENTS = (
    "a area audio base body button embed form frame iframe image img input link math meta object "
    "picture script source style svg track video"
)
_TAG = rf"<(?=/?(?:{'|'.join(_ELEMENTS.split())})\b)"
# A span of code, and what a link or picture of Markdown leads to, behind its text: "](target)".
_SPAN_CHARS = 400
_SPAN = rf"(?<!`)(?P<tick>`{{1,2}})(?!`)[^\n]{{0,{_SPAN_CHARS}}}?(?<!`)(?P=tick)(?!`)"
_PIECE = re.compile(
    rf"(?P<span>{_SPAN})|(?P<opened>\]\(<?)(?P<target>[^\s)>`]*)(?P<closed>>?\)?)"
    rf"|(?P<tag>{_TAG})|(?P<address>{_ADDRESS.pattern})",
    re.IGNORECASE,
)
_CLOSED_SPAN = re.compile(_SPAN)
_FENCE = re.compile(r"`{3,}")
_ALIVE = re.compile(rf"\](?=[(:])|{_TAG}", re.IGNORECASE)
# Where names of fields are taken apart into words: "homepage_url", "homepageUrl".
_WORD_JOINTS = re.compile(r"[\W_]+|(?<=[a-z])(?=[A-Z])")
_TRAILING = ".,;:!?*_|~"
_PAIRS = {")": "(", "]": "[", "}": "{"}
_ASKS = re.compile(
    r"\b(?:ur[il]s?|https?|links?|web ?(?:sites?|pages?)|home ?pages?|address(?:es)?|domains?|"
    r"repositor(?:y|ies)|repos?|endpoints?|e-?mails?|contacts?|downloads?|install(?:ation|ed|ing)?|commands?|curl|wget|"
    r"code|snippets?|examples?|configur(?:e|ation)|set ?up|scripts?|call|hosts?|servers?|ports?|"
    r"api|python|javascript|java|bash|shell|sql|function|library|package|clients?|run|use|"
    r"adresse[ns]?|webseite|sitio|enlace|lien|sites?)\b",
    re.IGNORECASE,
)


class Allowed:
    """Which addresses an answer may show: those of its sources and of the caller's own words."""

    def __init__(self, question: Question, sources: Sequence[Source]) -> None:
        own = [turn.text for turn in question.turns if turn.role in ("system", "user")]
        urls = [source.result.url for source in sources]
        self._known = {_key(one) for text in own for one in addresses_in(text)}
        self._known.update(_key(url) for url in urls)
        self._hosts = {_host(one) for one in self._known} - {""}
        self._sources = sources
        form = _form_of(question)
        self._known.update(_key(one) for one in addresses_in(form.replace('"', " ")))
        asking = f"{question.last_user_text} {_WORD_JOINTS.sub(' ', form)}"
        self._asked = _ASKS.search(asking) is not None

    def shows(self, address: str) -> bool:
        """Whether the address may stand as it is: itself, or no more of it than its host."""
        key = _key(address)
        return key in self._known or key in self._hosts or key in _NO_DOMAINS

    def names(self, address: str) -> bool:
        """Whether it may be named: an address was asked for, and it stands in a source."""
        return self._asked and _key(address) in self._written

    @cached_property
    def _written(self) -> frozenset[str]:
        texts = (one.text for source in self._sources for one in source.result.passages)
        return frozenset(_key(one) for text in texts for one in addresses_in(text))


class AddressPass:
    """Passes a text on piece by piece, without the addresses that may not be shown.

    What may still become part of an address, or of a span of code, is held back. `left_out` counts
    what was taken away so far. Code are spans that end on their line, and blocks whose fence is not
    indented: of all others readers may think otherwise. `bare`: what may only be named stands as it
    is, for a text that programs read.
    """

    def __init__(self, allowed: Allowed, *, bare: bool = False) -> None:
        self._allowed = allowed
        self._bare = bare
        self._held: list[str] = []
        self._line_begins = True
        self._fence = 0  # backticks that opened the block of code that we are in
        self.left_out = 0

    def feed(self, delta: str) -> str:
        """The text that can be let go after `delta` has come; may be empty."""
        self._held.append(delta)
        if not any(map(str.isspace, delta)):
            return ""
        text = "".join(self._held)
        line = text.rfind("\n") + 1
        shown = self._passed(text[:line])
        cut = self._cut(text[line:])
        shown += self._passed(text[line : line + cut])
        self._held = [text[line + cut :]]
        return shown

    def close(self) -> str:
        """What was held back to the last."""
        rest, self._held = "".join(self._held), []
        return self._passed(rest)

    def _cut(self, line: str) -> int:
        """How much of the line that has begun can be let go: up to the last blank, and to the
        beginning of what may become a span of code."""
        blank = next((n for n in range(len(line), 0, -1) if line[n - 1].isspace()), 0)
        if self._fence or "`" not in line or (self._line_begins and _FENCE.match(line)):
            return blank
        spans = [span.span() for span in _CLOSED_SPAN.finditer(line)]
        blank = next((start for start, end in spans if start < blank < end), blank)
        closed = _CLOSED_SPAN.sub(lambda span: " " * len(span[0]), line)
        opened = (at for at, char in enumerate(closed) if char == "`")
        held = next((at for at in opened if len(line) - at <= _SPAN_CHARS + 4), blank)
        return min(blank, held)

    def _passed(self, text: str) -> str:
        return "".join(map(self._line, text.splitlines(keepends=True)))

    def _line(self, line: str) -> str:
        """A line, or a part of one, as it may go out."""
        fence = _FENCE.match(line) if self._line_begins else None
        was_code = self._fence > 0
        self._line_begins = line.endswith("\n")
        if fence is not None and not was_code:
            self._fence = len(fence[0])
        elif fence is not None and len(fence[0]) >= self._fence:
            self._fence = 0
        if was_code or self._fence:
            return self._in_code(line)
        return "".join(self._in_prose(line))

    def _in_code(self, code: str) -> str:
        """Code without addresses that carry a scheme or the like: `self.app` is none here."""
        return _CODED.sub(lambda match: self._without_tail(match[0], coded=True), code)

    def _in_prose(self, text: str) -> Iterator[str]:
        position = 0
        for match in _PIECE.finditer(text):
            yield text[position : match.start()]
            position = match.end()
            if match["span"]:
                yield self._in_code(match[0])
            elif match["opened"]:
                yield self._link(match)
            elif match["tag"]:
                yield "< "
            else:
                yield self._without_tail(match[0], coded=False)
        yield text[position:]

    def _link(self, match: re.Match[str]) -> str:
        """The end of a link's text with what the link leads to, if that may be shown."""
        target = match["target"]
        if target and self._allowed.shows(target):
            return match[0]
        if not target:  # it follows behind blanks
            return match[0].replace("](", "] (")
        if self._allowed.names(target):
            return match[0] if self._bare else f"] (`{target}`)"
        self.left_out += 1
        return "]"

    def _without_tail(self, matched: str, *, coded: bool) -> str:
        address, tail = _without_trailing(matched)
        if self._allowed.shows(address):
            return matched
        if self._allowed.names(address):
            return matched if coded or self._bare else f"`{address}`{tail}"
        self.left_out += 1
        return LEFT_OUT + tail


def told(left_out: int) -> str:
    """What a reader is told of the addresses that were taken away."""
    counted = "One address" if left_out == 1 else f"{left_out} addresses"
    return f"{counted} in the answer belonged to no source of it: left out."


def addresses_in(text: str) -> Iterator[str]:
    """The addresses in a text, also of mail, and domains that stand by themselves."""
    for run in text.split():
        if "." in run[:-1] or ":" in run[:-1] or run.startswith(("//", "\\\\")):
            yield from (_without_trailing(match[0])[0] for match in _ADDRESS.finditer(run))


def without_addresses(text: str) -> str:
    """A search query or the like without the addresses in it."""
    return " ".join(_ADDRESS.sub(" ", text).split())


def inert(quoted: str) -> str:
    """A quoted text in which no link, picture or element comes to life: a blank breaks each."""
    return _ALIVE.sub(r"\g<0> ", quoted)


def _form_of(question: Question) -> str:
    """The format that the caller wants, as text; empty when it is plain text."""
    wanted = question.output.format
    if isinstance(wanted, RegexFormat):
        return wanted.pattern
    if wanted is None or wanted.schema is None:
        return ""
    return orjson.dumps(wanted.schema).decode()


def _without_trailing(address: str) -> tuple[str, str]:
    """The address, and the punctuation of the sentence that it stands in."""
    end = len(address)
    while end:
        last = address[end - 1]
        opening = _PAIRS.get(last)
        unmatched = opening is not None and address.count(last, 0, end) > address.count(
            opening, 0, end
        )
        if last not in _TRAILING and not unmatched:
            break
        end -= 1
    return address[:end], address[end:]


def _key(address: str) -> str:
    """The address as it is compared: without scheme, `www.` and a last slash, its host in lower
    case; of the rest every character counts, for each can carry something away."""
    plain = address.strip().removeprefix("<").removesuffix(">")
    for scheme in ("https://", "http://", "mailto:"):
        if plain[: len(scheme)].lower() == scheme:
            plain = plain[len(scheme) :]
            break
    host, slash, rest = plain.partition("/")
    return f"{host.lower().removeprefix('www.')}{slash}{rest}".removesuffix("/")


def _host(key: str) -> str:
    return key.partition("/")[0].partition("?")[0].partition("#")[0]
