"""A text as tokens: words, numbers, placeholders, citations, marks. What is none of them is refused here.

Nothing outside printable ASCII gets past this file, but for signs of currencies; quotes and dashes become
ASCII.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Literal

Kind = Literal["word", "number", "money", "time", "fact", "cite", "mark"]

_AS_ASCII = str.maketrans(
    {"‘": "'", "’": "'", "“": '"', "”": '"', "–": "-", "—": " - ", "‑": "-", "−": "-", "…": ".", "\u00a0": " ", "\u202f": " "}
)
_SIGNS = {"€": "EUR", "£": "GBP", "$": "USD", "¥": "JPY"}
_MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
_MONTH = (
    "(?:jan(?:uary)?|feb(?:ruary)?|mar(?:ch)?|apr(?:il)?|may|june?|july?|aug(?:ust)?|sept?(?:ember)?|oct(?:ober)?|nov(?:ember)?"
    "|dec(?:ember)?)"
)
_CLOCK = r"(?:,? (?:at )?\d{1,2}:\d\d(?::\d\d)?)?(?: ?(?:UTC|GMT|Z)\b)?"
_AMOUNT = r"\d{1,3}(?:,\d{3})+(?:\.\d+)?|\d+(?:\.\d+)?"
_TOKEN = re.compile(
    r"(?P<space>[ \t\r\n]*)(?:"
    r"(?P<fact>\{\{ ?F\d{1,4} ?\}\}|\[\{F\d{1,4}\}\]|\{\[F\d{1,4}\]\}|\{F\d{1,4}\})"
    r"|(?P<cite>[\[(]F\d{1,4}(?:(?: ?[,;] ?| and )F\d{1,4})*[\])]|F\d{1,4}\b)"
    rf"|(?P<time>\d{{4}}-\d\d-\d\d(?:[T ]\d\d:\d\d(?::\d\d(?:\.\d+)?)?)?(?: ?(?:Z|UTC|GMT)\b)?"
    rf"|\d{{1,2}}(?:st|nd|rd|th)? (?:of )?{_MONTH}\b\.?(?:,? \d{{4}}\b)?{_CLOCK}"
    rf"|{_MONTH}\b\.? \d{{1,2}}(?:st|nd|rd|th)?\b(?:,? \d{{4}}\b)?{_CLOCK}"
    r"|\d{1,2}:\d\d(?::\d\d)?(?: ?(?:UTC|GMT|Z)\b)?)"
    rf"|(?P<money>[€£$¥] ?(?:{_AMOUNT}))"
    r"|(?P<word>3-D Secure|3DS2?\b|2FA\b|[eE]\.g\.|[iI]\.e\.|[A-Za-z]+(?:['-][A-Za-z]+)*)"
    rf"|(?P<number>{_AMOUNT})"
    r"|(?P<mark>[.,;:!?()\"'-])"
    r")",
    re.IGNORECASE | re.ASCII,
)
_LENGTH = re.compile(r"\b(\d+|[a-z]+)-(second|minute|hour|day|week)\b", re.IGNORECASE | re.ASCII)  # an 11-minute span
_SIGNS_BETWEEN = ((re.compile(r"(?<=\S) \+ (?=\S)"), " and "), (re.compile(r"(?<=\S) / (?=\S)"), ", "), (re.compile(r" & "), " and "))
_UNDERSCORE = re.compile(r"(?<=[a-z])_(?=[a-z])", re.IGNORECASE | re.ASCII)  # card_testing
_BROKEN = re.compile(r"[^\s.!?:\])}][ \t]*[\r\n]")
_IDS = re.compile(r"F\d{1,4}", re.IGNORECASE | re.ASCII)
_ENDS = frozenset(".!?")


class UnreadableError(ValueError):
    """A text that holds what no summary may hold; the message says how to mend it."""


@dataclass(slots=True)
class Token:
    """One piece of a text; `glued` is true where nothing separates it from the one before."""

    kind: Kind
    text: str
    glued: bool
    ids: tuple[str, ...] = ()
    """Facts that a placeholder or citation names."""
    number: str = ""
    """Digits of a number or sum, without grouping."""
    currency: str = ""
    lemma: str = field(default="")

    def __post_init__(self) -> None:
        self.lemma = self.lemma or self.text.lower()


def tokens_of(text: str) -> list[Token]:
    """Return the tokens of a text. Raise `UnreadableError` for what is no plain sentence."""
    text = _UNDERSCORE.sub(" ", _LENGTH.sub(r"\1 \2", text.translate(_AS_ASCII))).strip()
    for sign, word in _SIGNS_BETWEEN:
        text = sign.sub(word, text)
    if broken := _BROKEN.search(text):
        raise UnreadableError(f'a line breaks inside a sentence, after "{broken[0].strip()}"')
    found: list[Token] = []
    at = 0
    while at < len(text):
        match = _TOKEN.match(text, at)
        if match is None or match.end() == at:
            raise UnreadableError(_unreadable(text[at:].lstrip()))
        found.append(_token(match))
        at = match.end()
    _check_glue(found)
    return found


def unreadable(text: str) -> str:
    """Return why a text is no plain sentence, an empty text if it is one."""
    try:
        tokens_of(text)
    except UnreadableError as error:
        return str(error)
    return ""


def sentences_of(tokens: list[Token]) -> list[list[Token]]:
    """Return the tokens by sentence; the closing mark and the citations that follow it belong to it."""
    sentences: list[list[Token]] = [[]]
    ended = False
    for token in tokens:
        if ended and token.kind != "cite" and not (token.kind == "mark" and token.text in _ENDS | {")", '"'}):
            sentences.append([])
            ended = False
        sentences[-1].append(token)
        ended = ended or (token.kind == "mark" and token.text in _ENDS)
    return [sentence for sentence in sentences if sentence]


def text_of(tokens: Iterable[Token]) -> str:
    """Return tokens as the text that they were."""
    return "".join(f"{'' if token.glued else ' '}{token.text}" for token in tokens).strip()


def month_of(name: str) -> int:
    """Return the number of a month by the beginning of its English name."""
    return _MONTHS.index(name[:3].lower()) + 1


def _token(match: re.Match[str]) -> Token:
    kind, glued = match.lastgroup, not match["space"] and match.start() > 0
    text = match[str(kind)]
    match kind:
        case "fact" | "cite":
            return Token(kind, text, glued, tuple(name.upper() for name in _IDS.findall(text)))
        case "number":
            return Token("number", text, glued, number=text.replace(",", ""))
        case "money":
            return Token("money", text, glued, number=text[1:].strip().replace(",", ""), currency=_SIGNS[text[0]])
        case "time":
            return Token("time", text, glued)
        case "word":
            return Token("word", text, glued)
    return Token("mark", text, glued)


def _check_glue(tokens: list[Token]) -> None:
    """Refuse what is glued together: "{F1}0", "F1.com", "a.b", "1k": neither a word nor a number."""
    for before, token in pairwise(tokens):
        content = token.kind != "mark" and token.glued
        if content and before.kind == "mark" and before.text in ".,;:!?)-" and token.kind != "cite":
            raise UnreadableError(f'"{before.text}{token.text[:20]}": put a space after a mark; no address, file or formula')
        if content and before.kind != "mark" and token.kind != "cite":
            raise UnreadableError(f'"{before.text[:20]}{token.text[:20]}" is glued together: write the fact alone')


def _unreadable(rest: str) -> str:
    character = rest[:1]
    if character == "%":
        return "no fact is a percentage: leave it out"
    if character in "{}[]":
        return f'"{rest[:12]}" is no placeholder: write {{F1}}, with the id of a fact and nothing else'
    if character.isascii() and character.isprintable():
        return f'the character "{character}" does not belong in a summary: write plain sentences'
    return f"the character U+{ord(character):04X} does not belong in a summary: write plain English" if character else "the text is empty"
