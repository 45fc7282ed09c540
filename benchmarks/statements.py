"""Questions with their answers turned into statements by rules, without a language model.

A statement is put as the person put it who asked, which is seldom as the passage puts it. Where the
rules do not know how, there is none. For citations.py.
"""

from __future__ import annotations

import re

from claims import BE, ended, upper

_PARTICIPLE = (
    r"(?:\w{2,}ed|located|born|held|built|made|found|given|known|written|taken|won|lost|led|sent|set"
    r"|sold|seen|begun|shown|chosen|broken|put|brought|bought|kept|paid|spent|fought|named|called)"
)
_PREPOSITION = re.compile(
    r"(?:in|on|at|from|by|since|during|between|around|about|after|before|near|until|to|within|for"
    r"|through|under|over|the end|early|late)\b",
    re.IGNORECASE,
)


_HARD_TO_PUT = re.compile(
    r"\b(?:name (?:of|for|was|is)|kinds?|sorts?|types?|years did|trait|happened|position on|stress"
    r"|term)\b"
)
_NO_NOUN = re.compile(
    r"(?:[Tt]here|[Tt]o|[Hh]e|[Ss]he|[Tt]hey|[Ii]t|was|were|[Bb]ecause|[Hh]ave|[Bb]e) "
)
_ASKS_WHO = re.compile(
    r"(?:[Ww]ho|[Ww]hat|[Ww]hich(?: [a-z]+){1,2}|[Ww]hat (?:[a-z]+)) "
    r"((?!do\b|does\b|did\b)\w+(?:ed|s|d)|was|were|is|are|has|had|can|won|led|wrote|made|became|took"
    r"|gave|built|began) (.+)$"
)
_ASKS_WHEN = re.compile(
    r"(?:[Ww]hen|[Ww]here|[Ii]n (?:what|which) (?:year|month|city|country|century|decade|state)) "
    rf"({BE}) (.+?) ({_PARTICIPLE})\b(.*)$"
)
_ASKS_HOW_MANY = re.compile(
    r"[Hh]ow (?:many|much) ([a-z]+(?: [a-z]+)?) "
    r"(were|are|was|is|have|had|live|lived|died|can) (.+)$"
)
_ASKS_WITH_DID = re.compile(
    r"(?:(What|Who|[Ww]hich [a-z]+)"
    r"|(When|Where|In (?:what|which) (?:year|month|city|country|century))) (did|does|do) (.+)$"
)


def statement(question: str, answer: str, passage: str) -> str | None:
    """The question with its answer as a statement; None where the rules do not know how."""
    asked = " ".join(question.split()).rstrip(" ?.")
    answer = answer.strip().rstrip(".,;")
    if not asked or len(answer.split()) > 12 or len(asked.split()) < 5:
        return None
    if _HARD_TO_PUT.search(asked) or _NO_NOUN.match(answer):
        return None
    for rule in (_called, _subject, _when_passive, _which_passive, _did):
        made = rule(asked, answer, passage)
        if made:
            return upper(ended(" ".join(made.split())))
    return None


def _called(asked: str, answer: str, passage: str) -> str | None:
    match = re.match(rf"[Ww]hat ({BE}) (.+) (called|named|known as|referred to as)$", asked)
    return f"{match[2]} {match[1]} {match[3]} {answer}" if match else None


def _subject(asked: str, answer: str, passage: str) -> str | None:
    match = _ASKS_WHO.match(asked)
    if match is None or re.search(r"\b(?:in|of|to|by|for|with|from|on|at|as|called|named)$", asked):
        return None
    verb, rest = match.groups()
    of_a_kind = re.match(r"[Ww](?:hat|hich) [a-z]+", asked) and asked.split()[1] != verb
    if of_a_kind and verb in ("was", "were", "is", "are") and not re.match(_PARTICIPLE, rest):
        return None
    if verb in ("was", "were", "is", "are", "has", "had", "can") and re.search(
        rf"\b{_PARTICIPLE}(?: in| by| on| at| to)?(?: \w+)?$", rest
    ):
        return None
    return f"{_with_article(answer, passage)} {verb} {rest}"


def _with_article(answer: str, passage: str) -> str:
    at = passage.find(answer)
    lead = passage[max(0, at - 4) : at].lower()
    if answer.lower().startswith("the "):
        return answer
    return f"the {answer}" if at > 0 and lead.endswith("the ") else answer


def _when_passive(asked: str, answer: str, passage: str) -> str | None:
    match = _ASKS_WHEN.match(asked)
    if match is None:
        return None
    be, who, participle, rest = match.groups()
    return f"{who} {be} {participle}{rest} {_placed(answer, asked, passage)}"


def _placed(answer: str, asked: str, passage: str) -> str:
    if _PREPOSITION.match(answer):
        return answer
    at = passage.find(answer)
    lead = passage[max(0, at - 12) : at].strip().split()
    if lead and _PREPOSITION.fullmatch(lead[-1]):
        return f"{lead[-1].lower()} {answer}"
    if lead and lead[-1].lower() == "the" and len(lead) > 1 and _PREPOSITION.fullmatch(lead[-2]):
        return f"{lead[-2].lower()} the {answer}"
    return f"in {answer}"


def _which_passive(asked: str, answer: str, passage: str) -> str | None:
    match = _ASKS_HOW_MANY.match(asked)
    if match is None or re.search(r"\b(?:in|of|to|by|for|with|from|on|at)$", asked):
        return None
    noun, verb, rest = match.groups()
    counted = answer if noun.split()[-1] in answer else f"{answer} {noun}"
    return f"{counted} {verb} {rest}"


def _did(asked: str, answer: str, passage: str) -> str | None:
    """ "When did Kanye West post to Twitter" with the verb as the passage has it."""
    match = _ASKS_WITH_DID.match(asked)
    if match is None or re.search(r"\b(?:in|of|to|by|for|with|from|on|at|as|do|be|called)$", asked):
        return None
    what, _, _, rest = match.groups()
    words = rest.split()
    past = {word.lower(): word.lower() for word in re.findall(r"\b[a-z]+ed\b", passage)}
    for at in range(1, len(words)):
        for form in (words[at] + "ed", words[at] + "d"):
            if form in past:
                said = " ".join([*words[:at], form, *words[at + 1 :]])
                if what is None:
                    return f"{said} {_placed(answer, asked, passage)}"
                return f"{said} {_with_article(answer, passage)}" if at == len(words) - 1 else None
    return None
