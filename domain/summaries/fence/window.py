"""The tokens of a sentence as its readers look at them: which noun begins where, which fact it is of."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from domain.summaries.fence.amounts import whole
from domain.summaries.fence.book import EVENTS, THINGS, Book, Fact
from domain.summaries.fence.inflection import lemmas_of
from domain.summaries.fence.lexicon import Lexicon
from domain.summaries.fence.tokens import Token

_COUNTED = (*EVENTS, *THINGS, "account", "alert", "decision", "ring", "score")
_ALERTS = frozenset(("alert", "alerts", "event", "events"))
_SAID_AS = {"payment": "instrument"}


@dataclass(slots=True)
class Claim:
    """What was read at a number: the facts it may be, and up to where it goes."""

    end: int
    facts: list[Fact] = field(default_factory=list)
    noun: str = ""
    wrong: str = ""
    """The complaint, where no fact says it."""
    unclear: bool = False
    """Whether a fact has the number, and only its noun is not found."""


class Window:
    """The tokens of one sentence."""

    def __init__(self, tokens: Sequence[Token], book: Book, lexicon: Lexicon) -> None:
        self.tokens, self.book, self._lexicon = tokens, book, lexicon

    def value(self, token: Token) -> float | None:
        """Return the number that a token is, as digits or as a word."""
        if token.kind == "number":
            return float(token.number)
        value = whole(token.text) if token.kind == "word" else None
        return None if value is None else float(value)

    def is_adjective(self, at: int) -> bool:
        """Return whether a word may be between a number and its noun."""
        return self._lexicon.is_adjective(self.tokens[at].text)

    def noun(self, at: int) -> tuple[int, str] | None:
        """Return where a noun ends that begins at a token, and its class: of the longest compound."""
        for size in (3, 2):
            lemmas = self.noun_lemmas(at, size)
            if len(lemmas) == size and (name := self._lexicon.compounds.get(tuple(lemmas))):
                return self.past_alert(at + size, name)
        if not self.is_kind("word", at):
            return None
        noun = self._lexicon.noun(self.tokens[at].text)
        if noun is None or noun.kind not in _COUNTED:
            return self.generic(at)
        return self.past_alert(at + 1, noun.kind) if noun.kind != "alert" else (at + 1, "alert")

    def generic(self, at: int) -> tuple[int, str] | None:
        """Return a type of event that only the evidence knows, such as a chargeback."""
        low = self.tokens[at].text.lower()
        for name in self.book.by_name:
            if name.startswith("type_") and low.rstrip("s") == name[5:].replace("_", " "):
                return self.past_alert(at + 1, name)
        return None

    def past_alert(self, end: int, noun: str) -> tuple[int, str]:
        """Take "alerts" after a kind of event along: 31 login alerts."""
        low = self.lemma(end)
        if low in _ALERTS and (noun in EVENTS or noun.startswith(("type_", "d:"))):
            return end + 1, noun
        return end, noun

    def names(self, noun: str) -> list[str]:
        """Return the names of the facts that count a noun."""
        if noun == "paid":
            return ["type_payment", "small_payments", "wave_payment"]
        if noun == "small":
            return ["small_payments", "wave_small_payment"]
        if noun in EVENTS:
            return [f"type_{EVENTS[noun]}", f"wave_{EVENTS[noun]}"]
        if noun == "more":
            return ["more_money", "more_refunds"]
        if noun in ("merged", "ring"):
            return ["merged_rings"]
        if noun.startswith("d:"):
            return [f"decision_{noun[2:]}"]
        return [noun if noun.startswith("type_") else f"distinct_{noun}"]

    def hinted(self, fact: Fact) -> bool:
        """Return whether the sentence cites a fact of alerts, or names the thing that they share."""
        kind, _, rest = str(fact["name"]).partition("_")
        lows = {token.lemma.rstrip("s") for token in self.tokens}
        if any(fact["id"] in token.ids for token in self.tokens):
            return True
        return kind == "shared" and _SAID_AS.get(rest, rest) in lows

    def ids_at(self, at: int) -> tuple[str, ...]:
        """Return the facts that a citation names."""
        return self.tokens[at].ids if at < len(self.tokens) else ()

    def wrong(self, shown: str, value: float | None, names: Sequence[str]) -> str:
        """Say what is wrong with a number, and how to mend it."""
        of = next((f for f in self.book.by_id.values() if value is not None and f["value"] == value and f["unit"] != "weight"), None)
        own = next((self.book.by_name[name] for name in names if name in self.book.by_name), None)
        hint = f"; {own['text']} is {own['id']}" if own else ""
        if of is not None and of is not own:
            return f'"{shown}": {value:g} is of {of["id"]} ({of["text"]}){hint}'
        return f'"{shown}" is no fact{hint}'

    def example(self) -> str:
        """Return how a fact is written, for a complaint."""
        fact = self.book.by_name.get("distinct_account") or self.book.by_name["alerts"]
        return f"{{{fact['id']}}} ({fact['text']})"

    def is_kind(self, kind: str, at: int) -> bool:
        """Return whether a token is of a kind."""
        return at < len(self.tokens) and self.tokens[at].kind == kind

    def lemma(self, at: int) -> str:
        """Return a word in small letters; an empty string for another token."""
        return self.tokens[at].lemma if at < len(self.tokens) and self.tokens[at].kind == "word" else ""

    def lemmas(self, at: int, count: int) -> list[str]:
        """Return so many tokens in small letters."""
        return [token.lemma for token in self.tokens[at : at + count]]

    def noun_lemmas(self, at: int, count: int) -> list[str]:
        """Return so many tokens as lemmas."""
        lemmas = []
        for token in self.tokens[at : at + count]:
            word = self._lexicon.noun(token.text) if token.kind == "word" else None
            lemmas.append(word.lemma if word else next(lemmas_of(token.text)))
        return lemmas

    def text(self, at: int, end: int) -> str:
        """Return tokens as they are written, without citations."""
        return " ".join(token.text for token in self.tokens[at:end] if token.kind != "cite")
