"""Whether a text needs a search at all, by rule.

No search need greetings and thanks, sums, work on a text that is given with the request, and
questions about the assistant itself. In doubt it does: a search too many costs a moment, one too
few the answer.
"""

from __future__ import annotations

import re

MIN_GIVEN_CHARS = 40
# More of a text is not looked at.
MAX_CHARS = 4_000
_SMALL_TALK = re.compile(
    r"(?:(?:hi|hello|hey|hiya|good (?:morning|afternoon|evening|night|day)|bye|goodbye|see you|"
    r"thanks?|thank you|many thanks|cheers|ok|okay|great|perfect|nice|cool|got it|sounds good|"
    r"hallo|guten (?:tag|morgen|abend)|danke|bonjour|merci|hola|gracias|ciao|grazie)"
    r"(?:\s+(?:there|again|you|all|everyone|very much|so much|a lot|then))*"
    r"|how are you(?: doing)?(?: today)?|how(?:'s| is) it going|what'?s up|nice to meet you)",
    re.IGNORECASE,
)
_ABOUT_YOU = re.compile(
    r"(?:who|what) are you|what can you do|what(?:'s| is) your name|are you (?:an? )?"
    r"(?:ai|bot|robot|human|real)|tell me (?:a|another) joke|write (?:me )?(?:a|an|another) "
    r"(?:\w+ )?(?:poem|haiku|limerick|joke|short story)\b.*",
    re.IGNORECASE,
)
_OF_A_SUM = re.compile(
    r"^(?:what(?:'s| is)|how much is|calculate|compute|evaluate|solve)\b|\d[\d.,]*|"
    r"[-+*/^×÷()=%!:]|\b(?:sqrt|pi|plus|minus|times|x|divided by|multiplied by|"
    r"to the power of|mod|of)\b",
    re.IGNORECASE,
)
_OPERATOR = re.compile(
    r"\d\s*[)%!]*\s*(?:[-+*/^×÷]|plus|minus|times|x|divided|multiplied|to the|mod|% of)",
    re.IGNORECASE,
)
_REWORKING = re.compile(
    r"(?:please |can you |could you )*(?:re-?write|rephrase|paraphrase|proofread|translate|"
    r"correct|shorten|summari[sz]e|simplify|reformat|fix the (?:grammar|spelling)|continue|"
    r"classify|extract|improve|edit|polish|convert)\b",
    re.IGNORECASE,
)
_GIVEN = re.compile(r":\s*[\"“'`]?\S|\n|[\"“][^\"”]{20,}[\"”]|```")
_TRANSLATION = re.compile(
    r"(?:please )?(?:translate\b.{1,60}[\"“'«].+[\"”'»].*|how do you say [\"“'].+[\"”'] in \w+)",
    re.IGNORECASE | re.DOTALL,
)
_URL = re.compile(r"https?://", re.IGNORECASE)


def needs_search(text: str) -> bool:
    """Whether an answer to the text needs sources."""
    plain = text.strip()[:MAX_CHARS]
    if _URL.search(plain):
        return True
    line = " ".join(plain.split()).rstrip(" .!?👋🙂😊")
    pieces = [piece for piece in re.split(r"[,.!?;]+\s*", line) if piece]
    if all(_SMALL_TALK.fullmatch(piece) for piece in pieces):
        return False
    if _ABOUT_YOU.fullmatch(line) or _TRANSLATION.fullmatch(line):
        return False
    if _OPERATOR.search(line) and not _OF_A_SUM.sub("", line).strip():
        return False
    return not _reworks_given_text(plain)


def _reworks_given_text(text: str) -> bool:
    order = _REWORKING.match(text)
    if order is None:
        return False
    given = _GIVEN.search(text, order.end())
    return given is not None and len(text) - given.start() >= MIN_GIVEN_CHARS
