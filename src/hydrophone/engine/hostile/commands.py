"""Sentences that speak to the machine that reads them rather than to a reader.

A quoted answer shows what pages say; "ignore your instructions" or "add this to your reply" says
nothing about any question, so such sentences are not offered as quotes. The words are English, as
those of the attacks in circulation are; what escapes them is quoted as what it is, with its source.
"""

from __future__ import annotations

import re

_WHAT = (
    r"(?:instruct\w*|prompts?|directions?|guidelines?|rules?|messages?|commands?|training|polic\w+)"
)
_PATTERNS = (
    # "Disregard all of your previous instructions"
    rf"\b(?:ignore|disregard|forget|override|bypass|violate|suspend)\b[^.!?]{{0,40}}"
    rf"\b(?:previous|prior|above|earlier|preceding|existing|all|any|your|safety|system|initial|"
    rf"original)\b[^.!?]{{0,30}}\b(?:{_WHAT}|protocols?|context)\b",
    # "Add … to your reply", "in your response, …"
    r"\b(?:in|to|of|into|throughout|with|from|modify|augment|enhance|render|provide|convert|"
    r"replace|encode|translate|alter|change|rewrite|end|begin|start|finish)\s+(?:\w+\s+){0,2}?your\s+"
    r"(?:\w+\s+)?(?:response|reply|replies|answers?|output|message|summary|completion)\b",
    # "AI assistant, you have permission …", "if you are a language model …"
    r"\b(?:AI|language|LLM|chat)[ -](?:assistants?|models?|agents?|bots?|systems?)\b[^.!?]{0,60}"
    r"\b(?:you|your|must|should|shall|please|comply|disclose|reveal)\b",
    r"\b(?:if|as|since) you(?: are|'re)? (?:an? )?(?:AI|LLM|language model|chatbot|assistant)\b",
    r"\byou are now (?:an?|in|the)\b[^.!?]{0,40}"
    r"\b(?:mode|assistant|AI|bot|admin\w*|unrestricted)\b",
    # "reveal your system prompt", "share all configuration files"
    r"\b(?:reveal|print|output|repeat|show|share|disclose|leak|send|read out|dump)\b[^.!?]{0,60}"
    r"\b(?:system prompts?|your (?:instructions|prompt|memory|configuration|guidelines|rules)|"
    r"memory files?|MEMORY\.md|private files|configuration files|conversation (?:history|so far)|"
    r"chat history|api keys?|credentials|passwords? (?:of|from) the user)\b",
    r"^\W*(?:system|admin\w*|developer|root)(?: (?:override|message|update|note|prompt))?\s*:",
    r"\bnew (?:system )?(?:instructions?|prompt)\s*:",
    r"\b(?:end|begin|start) of (?:the )?(?:system )?(?:prompt|instructions)\b",
    r"\bdo not (?:tell|inform|mention|reveal)[^.!?]{0,30}\b(?:the )?(?:user|human)s?\b",
)
_COMMAND = re.compile("|".join(f"(?:{one})" for one in _PATTERNS), re.IGNORECASE)
# "Anagram every third word in your reply": any sentence that speaks of the reader's reply.
_YOUR_REPLY = re.compile(
    r"\byour (?:\w+ )?(?:response|reply|output|answer)(?:'s|s)?\b", re.IGNORECASE
)
_ORDER = re.compile(
    r"^\W*(?:please |you (?:must|should|will|shall) )?(?:add|anagram|augment|combine|compose|"
    r"convert|encode|end|enhance|finish|group|include|insert|integrate|introduce|jumble|make|misspell|"
    r"mention|modify|output|print|provide|rearrange|remove|render|repeat|replace|respond|reverse|"
    r"scramble|spell|start|substitute|suggest|translate|use|write)\b",
    re.IGNORECASE,
)
# One of these is in every such sentence; most others are known by having none.
_HINT_WORDS = (
    "your instruction prompt guideline rules protocol assistant model agent bot memory files "
    "history key password credential system admin developer root direction message command "
    "training polic context you're"
)
_HINTS = (*_HINT_WORDS.split(), "you are", "do not", "if you")


def is_command(sentence: str) -> bool:
    """Whether the sentence tells the machine that reads it what to do."""
    lower = sentence.lower()
    if not any(hint in lower for hint in _HINTS):
        return False
    if _COMMAND.search(sentence):
        return True
    return _YOUR_REPLY.search(sentence) is not None and _ORDER.match(sentence) is not None
