"""How text of pages stands in a prompt: behind a mark that no page can write, and made harmless.

The mark is a hash of the texts that it fences, so a page would have to hold a hash of itself and
of its neighbours to end its fence. Unlike a random one it is the same for the same sources: a
repeated request has the same prompt. What model servers read as the end of a turn, wherever it
stands, is taken apart by a blank.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Iterable

from hydrophone.fetch.extract.clean import clean_text

MARK_CHARS = 10
# Ours, and those in which chats are given to models: of ChatML, Llama, Mistral, Gemma, DeepSeek,
# and the names that models are taught for thoughts, tools and their results.
_NAMES = (
    "source sources found system user assistant human user_message s bos eos unk pad think "
    "thinking start_of_turn end_of_turn tool_call tool_calls tool_response tool_result "
    "tool_results function_calls function_results invoke instructions"
)
_TAG = re.compile(rf"<(?=\s*/?\s*(?:{'|'.join(_NAMES.split())})\b)", re.IGNORECASE)
_TOKEN = re.compile(
    r"<(?=[|｜][^|｜<>\s]{1,60}[|｜]>)|<(?=<\s*/?\s*SYS\b)"
    r"|\[(?=\s*/?\s*(?:INST|SYSTEM_PROMPT|AVAILABLE_TOOLS|TOOL_CALLS|TOOL_RESULTS|gMASK)\s*\])",
    re.IGNORECASE,
)
# A line that begins like a turn: "System:", "[assistant]:", "### Instruction:".
_TURN = re.compile(
    r"^(?P<lead>[ \t>*_#\[(]*)(?P<who>system|user|assistant|human|(?<=#)[ \t]*(?:instruction|"
    r"response|input))(?P<end>[ \t*_\])]*)(?P<colon>[:：])",
    re.IGNORECASE | re.MULTILINE,
)
_MARKS_OF_LEAD = str.maketrans("", "", "#[(]")


def mark_of(texts: Iterable[str]) -> str:
    """The mark of texts that stand in one prompt: ten hexadecimal digits."""
    digest = hashlib.sha256()
    for text in texts:
        digest.update(text.encode("utf-8", "replace"))
        digest.update(b"\0")
    return digest.hexdigest()[:MARK_CHARS]


def defused(text: str) -> str:
    """Text of a page for a prompt: nothing invisible, no tag of a prompt's, no token of a chat
    template, no line that begins like a turn. All else stays as it is."""
    plain = clean_text(text)
    if "<" in plain or "[" in plain:
        plain = _TOKEN.sub(r"\g<0> ", _TAG.sub("&lt;", plain))
    return _TURN.sub(_as_words, plain)


def one_line(text: str) -> str:
    """A title or the like for a prompt: one line, and nothing that ends an attribute or a tag."""
    line = " ".join(defused(text).split()).replace("&lt;", "(")
    return line.replace('"', "'").replace("<", "(").replace(">", ")")


def _as_words(turn: re.Match[str]) -> str:
    lead = turn["lead"].translate(_MARKS_OF_LEAD).lstrip()
    return f"{lead}{turn['who'].strip()} {turn['colon']}"
