"""Numbers that are in no phrase of a fact: of which facts they may be, and which of them no fact says."""

from __future__ import annotations

from collections.abc import Sequence

from domain.summaries.fence.amounts import CURRENCIES, UNITS, is_duration, is_score, is_sum, times_named, whole
from domain.summaries.fence.book import Book, Fact
from domain.summaries.fence.frames import Frames
from domain.summaries.fence.phrases import numbers_of
from domain.summaries.fence.tokens import Token

_SUMS = ("money_", "refunds_", "asked_")
_SMALL = 10  # "the two", "three things": up to here a word alone claims nothing
_SHARES = ("half", "halves", "third", "quarter", "fifth", "tenth", "times", "fold")
_BIG = frozenset(("hundred", "thousand", "million"))  # in words such numbers are not read, and "one" is also a pronoun
_PER_NOUN = 3  # words of a noun: "payment card payments"


class Numbers:
    """Reader of the numbers of one sentence."""

    def __init__(self, tokens: Sequence[Token], book: Book, frames: Frames) -> None:
        self._tokens, self._book, self._frames = tokens, book, frames

    def at(self, at: int) -> tuple[int, list[Fact], str] | None:
        """Return where a number ends, the facts that say it, and a complaint; None where none begins."""
        token = self._tokens[at]
        if token.kind == "time":
            return self._found(at, at + 1, times_named(token.text, self._book))
        if token.kind == "money":
            return self._sum(at, at + 1, token.number, token.currency)
        if token.kind == "word" and len(token.text) == 3 and token.text.isupper() and self._is_number(at + 1):
            return self._sum(at, at + 2, self._tokens[at + 1].number, token.text)
        value = float(token.number) if token.kind == "number" else whole(token.text) if token.kind == "word" else None
        return None if value is None else self._number(at, float(value))

    def _number(self, at: int, value: float) -> tuple[int, list[Fact], str]:
        token, after = self._tokens[at], self._word(at + 1)
        if after.lower() in UNITS:
            return self._duration(at, value, after.lower())
        currency = CURRENCIES.get(after.lower(), after if len(after) == 3 and after.isupper() else "")
        if token.kind == "number" and currency and not self._frames.noun(after):
            return self._sum(at, at + 2, token.number, currency)
        if after.lower().rstrip("s") in _SHARES:
            return at + 2, [], ""
        if token.lemma == "one" or (token.kind == "word" and _BIG & {self._word(n).lower() for n in range(at - 2, at + 3)}):
            return at + 1, [], ""
        facts = [fact for fact in self._book.by_id.values() if value in numbers_of(fact) or _is_score(token, fact)]
        counted = self._counted(at + 1)
        if counted and not any(value in numbers_of(fact) for fact in counted):
            own = next((fact for fact in counted if str(fact["name"]).startswith("distinct_")), counted[0])
            return at + 1, [], f'"{token.text} {after}" is no fact; {own["id"]} is {own["text"]}'
        is_word = token.kind == "word" and value <= _SMALL and not (counted and value > 1)
        return self._found(at, at + 1, self._likeliest(facts, at) if facts or not is_word else [], must=not is_word)

    def _counted(self, at: int) -> list[Fact]:
        """Return the facts that count what the noun at a token is a word for, if they are exact."""
        kinds: set[str] = set()
        for n in range(at, at + _PER_NOUN):
            if not (kind := self._frames.noun(self._word(n))):
                break
            kinds.add(kind)
        names = {f"{prefix}_{kind}" for kind in kinds for prefix in ("distinct", "type", "wave")}
        if "payment" in kinds:
            names |= {"small_payments", "wave_small_payment"}
        found = [fact for name, fact in self._book.by_name.items() if name in names or (kinds & {"refund_request"} and name == "usual")]
        return [] if any("at least" in str(fact["text"]) for fact in found) else found

    def _likeliest(self, facts: list[Fact], at: int) -> list[Fact]:
        """Return of several facts with one number those whose words are nearest to it."""
        near = {self._frames.noun(token.text) or token.lemma for token in self._tokens[max(0, at - 4) : at + 9] if token.kind == "word"}
        common = {fact["id"]: len(near & _words(fact, self._frames)) for fact in facts}
        return [fact for fact in facts if common[fact["id"]] == max(common.values())]

    def _duration(self, at: int, count: float, unit: str) -> tuple[int, list[Fact], str]:
        fact = self._book.by_name.get("duration")
        is_age = self._word(at + 2).lower() in ("old", "of", "ago") or self._word(at - 1).lower() in ("than", "under")
        if fact is not None and is_duration(count, unit, fact):
            return at + 2, [fact], ""
        return self._found(at, at + 2, [], must=not is_age)

    def _sum(self, at: int, end: int, number: str, currency: str) -> tuple[int, list[Fact], str]:
        return self._found(at, end, [f for n, f in self._book.by_name.items() if n.startswith(_SUMS) and is_sum(number, currency, f)])

    def _found(self, at: int, end: int, facts: list[Fact], must: bool = True) -> tuple[int, list[Fact], str]:
        shown = " ".join(token.text for token in self._tokens[at:end])
        return end, facts, f'"{shown}" is no fact' if must and not facts else ""

    def _is_number(self, at: int) -> bool:
        return at < len(self._tokens) and self._tokens[at].kind == "number"

    def _word(self, at: int) -> str:
        return self._tokens[at].text if 0 <= at < len(self._tokens) and self._tokens[at].kind == "word" else ""


def _is_score(token: Token, fact: Fact) -> bool:
    return token.kind == "number" and fact["unit"] == "score" and is_score(token.number, fact)


def _words(fact: Fact, frames: Frames) -> set[str]:
    words = f"{fact['name']} {fact['text']}".replace("_", " ").lower().split()
    return {frames.noun(word) or word for word in words}
