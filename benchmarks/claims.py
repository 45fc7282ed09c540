"""True claims made from the sentences of passages by rules, without a language model.

Sentences cut, turned around, reworded in small words, with a pronoun for a name, with numbers and
dates written otherwise, and two put together. For citations.py.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator

from hydrophone.index.sentences import split_sentences

MIN_WORDS, MAX_WORDS = 6, 45
MONTHS = (
    *("January", "February", "March", "April", "May", "June", "July", "August", "September"),
    *("October", "November", "December"),
)
MONTH = f"(?:{'|'.join(MONTHS)})"
BE = r"(?:was|were|is|are)"
AUXILIARY = r"(?:was|were|is|are|has|have|had|can|could|will|would|may|might|must|should)"
_SMALL_CHANGES: tuple[tuple[str, str], ...] = (
    (r"\bsuch as\b", "like"),
    (r"\bin order to\b", "to"),
    (r"\bbecause of\b", "due to"),
    (r"\bdue to\b", "because of"),
    (r"\b[Aa]lthough\b", "though"),
    (r"\b, however,", ""),
    (r"\bHowever, (\w)", r"But \1"),
    (r"\balso ", ""),
    (r"\bapproximately\b", "about"),
    (r"\babout (?=\d)", "around "),
    (r"\bbegan\b", "started"),
    (r"\bmany\b", "numerous"),
    (r"\blarge\b", "big"),
    (r"\bprior to\b", "before"),
    (r"\bfollowing\b(?= the)", "after"),
    (r"\bwithin\b", "inside"),
    (r"\bis located in\b", "lies in"),
    (r"\bis situated in\b", "lies in"),
    (r"\bused\b(?= to)", "employed"),
    (r"\bthroughout\b", "all over"),
    (r"\bamong\b", "amid"),
    (r"\bwhile\b", "whereas"),
    (r"\bseveral\b", "some"),
    (r"\bprimarily\b", "mainly"),
    (r"\busually\b", "generally"),
    (r"\bFor example, (\w)", r"\1"),
    (r"\bincluding\b", "among them"),
    (r"\bnearly\b", "almost"),
    (r"\bmade up of\b", "composed of"),
    (r"\bupon\b", "on"),
    (r"\bobtained\b", "got"),
    (r"\brequired\b", "needed"),
    (r"\bpeople\b", "persons"),
    (r"\bimportant\b", "significant"),
    (r"\bfamous\b", "well-known"),
)


def sentences(text: str) -> Iterator[tuple[str, str]]:
    """The whole sentences of a passage that state something, each with the one before it."""
    before = ""
    for span in split_sentences(text):
        sentence = " ".join(text[span.start : span.end].split())
        words = len(sentence.split())
        if sentence.endswith(".") and MIN_WORDS <= words <= MAX_WORDS and sentence[0].isupper():
            yield sentence, before
        before = sentence


def upper(text: str) -> str:
    return text[:1].upper() + text[1:]


def ended(text: str) -> str:
    return text.rstrip(" ,;:.") + "."


def cut(sentence: str) -> str | None:
    """Without its last clause."""
    pieces = re.split(
        r", (?=which|who|where|while|although|but|and (?:it|he|she|they|the)\b)", sentence
    )
    if len(pieces) < 2:
        pieces = re.split(r"; ", sentence)
    first = pieces[0]
    return ended(first) if len(pieces) > 1 and len(first.split()) >= MIN_WORDS else None


def without_aside(sentence: str) -> str | None:
    """Without what stands in brackets or leads the sentence in."""
    bare = re.sub(r" ?\([^()]*\)", "", sentence)
    if bare == sentence:
        bare = re.sub(
            r"^(?:In|On|At|During|After|By|From|Since|For|With|Under|As) [^,]{3,60}, (?=[a-z])",
            "",
            sentence,
        )
    return upper(ended(bare)) if bare != sentence and len(bare.split()) >= MIN_WORDS else None


def moved(sentence: str) -> str | None:
    """What leads the sentence in stands at its end."""
    match = re.match(
        r"((?:In|On|At|During|After|By|Since|Under) [^,.]{3,60}), ([^,;:]+)\.$", sentence
    )
    if match is None:
        return None
    lead, rest = match.groups()
    return upper(f"{rest} {lead[0].lower()}{lead[1:]}.")


def active(sentence: str) -> str | None:
    """The doer of a passive sentence first."""
    match = re.match(
        rf"((?:The |A )?[\w' -]{{3,50}}?) {BE} (\w+ed) by ((?:the )?[A-Z][\w' -]{{2,40}}?)"
        r"( in [^,;]*)?\.$",
        sentence,
    )
    if match is None:
        return None
    done, verb, doer, rest = match.groups()
    done = done[0].lower() + done[1:] if done.startswith(("The", "A ")) else done
    return upper(f"{doer} {verb} {done}{rest or ''}.")


def reworded(sentence: str) -> str | None:
    """Small words changed for others of the same sense."""
    changed = sentence
    for pattern, other in _SMALL_CHANGES:
        changed = re.sub(pattern, other, changed)
    return upper(changed) if changed != sentence else None


def with_pronoun(sentence: str) -> str | None:
    """A pronoun for the name that begins it."""
    match = re.match(
        r"(?:The )?[A-Z][\w'.-]+(?: (?:of |the |de |von )?[A-Z][\w'.-]+){0,4} "
        rf"(?={AUXILIARY}\b|\w+ed\b)",
        sentence,
    )
    if match is None or len(sentence[match.end() :].split()) < MIN_WORDS:
        return None
    plural = re.match(r"were|are|have", sentence[match.end() :])
    return f"{'They' if plural else 'It'} {sentence[match.end() :]}"


def figures_otherwise(sentence: str) -> str | None:
    """Numbers and dates written in another way."""
    changed = re.sub(rf"\b(\d{{1,2}}) ({MONTH}) (\d{{4}})", r"\2 \1, \3", sentence)
    if changed == sentence:
        changed = re.sub(rf"\b({MONTH}) (\d{{1,2}}), (\d{{4}})", r"\2 \1 \3", sentence)
    if changed == sentence:
        changed = re.sub(r" percent\b| per cent\b", "%", sentence)
    if changed == sentence:
        changed = re.sub(r"(?<=\d)%", " percent", sentence)
    if changed == sentence:
        changed = re.sub(r"(?<![\d,])(\d{1,3}),(\d)00,000\b(?!,\d)", r"\1.\2 million", sentence)
    if changed == sentence:
        changed = re.sub(
            r"(?<!-)\b(two|three|four|five|six|seven|eight|nine|ten)\b(?= [a-z]+s\b)",
            _figure,
            sentence,
        )
    return changed if changed != sentence else None


COUNTED = (
    "two",
    "three",
    "four",
    "five",
    "six",
    "seven",
    "eight",
    "nine",
    "ten",
    "eleven",
    "twelve",
)


def _figure(match: re.Match[str]) -> str:
    return str(COUNTED.index(match[0]) + 2)


def joined(first: str, second: str) -> str | None:
    """Two sentences that follow each other as one."""
    if len(first.split()) + len(second.split()) > MAX_WORDS:
        return None
    opens = re.match(r"(?:The|It|He|She|They|This|These|In|A|An|Its|His|Her|Their)\b", second)
    return f"{first.rstrip('.')}, and {second[0].lower() if opens else second[0]}{second[1:]}"


TRUE: dict[str, Callable[[str], str | None]] = {
    "cut": cut,
    "without an aside": without_aside,
    "turned around": moved,
    "active for passive": active,
    "small words changed": reworded,
    "pronoun for a name": with_pronoun,
    "figures written otherwise": figures_otherwise,
}
