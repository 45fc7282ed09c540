"""What a sentence of an answer says, without its dress, and whether it says anything to check."""

from __future__ import annotations

import re

from hydrophone.llm.markers import unmarked

_LEAD = re.compile(r"\s*(?:>+\s*|#{1,6}\s+|[-*•‣◦–+]\s+(?=\S)|\d{1,3}[.)]\s+(?=\D)|\[[ xX]\]\s+)")
_LINK = re.compile(r"!?\[([^\]\n]+)\]\([^)\s]*(?:\s+\"[^\"]*\")?\)")
_EMPHASIS = re.compile(r"(\*{1,3}|_{2,3}|~~|`+)(?=\S)(.+?)(?<=\S)\1", re.DOTALL)
_UNDERSCORED = re.compile(r"(?<!\w)_(?=\S)(.+?)(?<=\S)_(?!\w)")
_BARS = re.compile(r"\s*\|\s*")
_ANSWER = re.compile(
    r"(?:yes|no|well|sure|indeed|actually)\s*[,;:!.–—-]\s+(?=\S+\s+\S+\s+\S)", re.IGNORECASE
)
_NEXT_ITEM = re.compile(r"(?<=[:;])\s+\d{1,2}[.)]\s*$")
_SPACE = re.compile(r"\s+")

_HEADING = re.compile(r"\s*(?:#{1,6}\s|(\*\*|__)[^*_\n]*[^*_\n.!。]\1:?\s*$)")
_CODE = re.compile(r"(?: {4}|\t|\s*(?:```|~~~|\$\$|\\\[|\\begin\b))")
_SYMBOL = re.compile(r"[(){}\[\]<>=|\\/_`*#$@;]")
_MOST_SYMBOLS = 0.15
_WORD = re.compile(r"[^\W_]+")
_MIN_WORDS = 3
_TELLING = re.compile(r"\d|[A-Z\u3040-\u30ff\u3400-\u4dbf\u4e00-\u9fff\uac00-\ud7af]")
_CLOSING = "\"'”’)]}*_ \n"

_SOURCE = (
    r"(?:sources?|passages?|documents?|pages?|articles?|texts?|excerpts?|results?|context"
    r"|information|material|snippets?|evidence|answer)"
)
_NO_WORD_OF_IT = re.compile(
    rf"\b{_SOURCE}\b[^.]{{0,60}}?\b(?:do|does|did|is|are|was|were|has|have|can|could)"
    r"(?:\s+not|n['’]t|not)\b[^.]{0,40}?\b(?:say|mention|contain|provide|specif|state|include|cover"
    r"|give|address|discuss|describe|indicate|answer|available|clear|found|in\s+the|enough|list"
    r"|agree\b\s*\W*\Z)"
    rf"|\bno\s+(?:\w+\s+){{0,2}}{_SOURCE}\s+(?:is|was|were|are|about|on|regarding|that|which|says?"
    r"|mentions?|given|available|found|provided|for|in)\b"
    rf"|\bnot\s+(?:\w+\s+){{0,3}}(?:in|by|from)\s+(?:the|these|any)\s+(?:\w+\s+){{0,2}}{_SOURCE}\b"
    r"|\bi\s*(?:do\s+not|don['’]t|can\s*not|can['’]t|could\s*n[o'’]t|could\s+not|was\s+unable|am"
    r"\s+unable|did\s+not|didn['’]t)\b",
    re.IGNORECASE,
)
_SMALL_TALK = re.compile(
    r"\s*(?:hi|hello|hey|welcome|greetings|thanks|thank\s+you|sure|certainly|of\s+course|yes|no"
    r"|okay|ok|great|good|absolutely|sorry|apologies|unfortunately)\b[^.!?]{0,25}[.!]?\s*$"
    r"|\s*(?:i\s+(?:hope|can|could|would|will|am|['’]m)\b|i['’]|let\s+me\b|let\s+us\b|let['’]s\b"
    r"|please\s+(?:let|feel|ask|provide|contact|reach|share|clarify)\b|feel\s+free\b"
    r"|here(?:\s+is|\s+are|['’]s)\b|i\s+apologi[sz]e\b"
    r"|if\s+you\s+(?:have|need|want|would\s+like)\s+(?:any|more|further|other|additional|me|to\s+know)\b"
    r"|(?:yes|no)?,?\s*(?:you(?:\s+are|['’]re)|that(?:\s+is|['’]s)|this\s+is|it\s+is)\s+(?:not\s+)?"
    r"(?:correct|right|true|wrong|false|incorrect)\s*[.!]?\s*$"
    r"|as\s+an\s+ai\b|below\s+(?:is|are)\b|in\s+(?:summary|short|conclusion)"
    r"\s*[:.,]?\s*$|you\s+asked\b|to\s+(?:summarize|sum\s+up)\s*[:.,]?\s*$)",
    re.IGNORECASE,
)


def stripped(text: str) -> str:
    """The words of the text on one line, without Markdown, list marks, bars and markers."""
    text = _LINK.sub(r"\1", unmarked(text))
    while (lead := _LEAD.match(text)) and lead.end():
        text = text[lead.end() :]
    text = _UNDERSCORED.sub(r"\1", _EMPHASIS.sub(r"\2", _EMPHASIS.sub(r"\2", text)))
    text = _BARS.sub(" ; ", text.strip(" |\n")) if "|" in text else text
    text = _NEXT_ITEM.sub("", _SPACE.sub(" ", text).strip())
    return _ANSWER.sub("", text, count=1) if _ANSWER.match(text) else text


def is_claim(text: str) -> bool:
    """Whether the text states something that a source could hold: no question, heading, greeting,
    code or lead-in, and no word about the sources or the writer."""
    if _HEADING.match(text) or _CODE.match(text):
        return False
    plain = stripped(text)
    ending = plain.rstrip(_CLOSING)
    words = _WORD.findall(plain)
    if not words or ending.endswith(("?", "？", ":", "：")):
        return False
    if _SMALL_TALK.match(plain) or _NO_WORD_OF_IT.search(plain):
        return False
    if len(_SYMBOL.findall(plain)) > _MOST_SYMBOLS * len(plain):
        return False
    return len(words) >= _MIN_WORDS or _TELLING.search(plain) is not None
