"""Numbers become facts: a number is said of the noun that its fact counts, or not at all."""

from __future__ import annotations

from domain.summaries.fence.alert_counts import AlertReader
from domain.summaries.fence.amounts import CURRENCIES, UNITS, is_duration, is_score, is_sum, times_named
from domain.summaries.fence.book import THINGS, Fact
from domain.summaries.fence.grammar import small_words
from domain.summaries.fence.units import noun_of
from domain.summaries.fence.window import Claim, Window

COUNTED = small_words("counted_things")
_ADJECTIVES = 3  # between a number and its noun
_MOST, _MEAN = frozenset(("highest", "top", "maximum", "max", "peak")), frozenset(("mean", "average", "avg"))
_FIRST = small_words("first_time")
_LAST = small_words("last_time")


class ClaimReader:
    """Reader of the numbers of one sentence."""

    def __init__(self, window: Window) -> None:
        self._window, self._book, self._alerts = window, window.book, AlertReader(window)

    def read(self, at: int) -> Claim | None:
        """Return the claim that begins at a token; None where none does."""
        token = self._window.tokens[at]
        if token.kind == "time":
            facts = self._times(at)
            return Claim(at + 1, facts, "time", "" if facts else f'the time "{token.text}" is not in the evidence')
        if token.kind == "money":
            return self._money(at, at + 1, token.currency)
        value = self._window.value(token)
        if value is not None:
            return self._number(at, value)
        if token.kind == "word" and len(token.text) == 3 and token.text.isupper() and self._window.is_kind("number", at + 1):
            return self._money(at + 1, at + 2, token.text)
        if token.lemma in ("a", "an") and self._window.lemma(at + 1) in UNITS:
            return self._duration(at + 2, 1, self._window.lemma(at + 1))
        if token.lemma in ("a", "the") and self._window.lemma(at + 1) in ("single", "same", "shared", "common", "one", "only"):
            return self._thing(at + 2, 1)
        if token.lemma == "both":
            claim = self._counted(at, 2.0)
            return claim if claim and not claim.wrong else None
        return None

    def _number(self, at: int, value: float) -> Claim | None:
        shown = self._window.tokens[at].text
        after = self._window.lemma(at + 1)
        if after in UNITS:
            return self._duration(at + 2, value, after)
        if (
            after
            and ((self._window.tokens[at + 1].text.isupper() and len(after) == 3) or after in CURRENCIES)
            and self._window.tokens[at].kind == "number"
        ):
            return self._money(at, at + 2, CURRENCIES.get(after, after.upper()))
        if self._window.lemmas(at + 1, 4) == ["in", "no", "named", "currency"]:
            return self._money(at, at + 5, "XXX")
        if self._window.tokens[at].kind == "number" and "." in self._window.tokens[at].number:
            return self._score(at)
        if claim := self._counted(at, value):
            return claim
        if fact := self._cited_at(at, value):
            return Claim(at + 1, [fact], "alert")
        if shown.lower() == "one" or self._is_of_reasons(at):
            return None  # "this one", "one of a kind": a word, which the lexicon reads
        known = any(fact["value"] == value for fact in self._book.by_id.values())
        wrong = f'"{shown}" needs the noun of its fact after it, such as {self._window.example()}'
        return Claim(at + 1, wrong=wrong, unclear=known)

    def _cited_at(self, at: int, value: float) -> Fact | None:
        """Return the fact cited after a number, where its noun goes before: "alerts: 6 [F1]"."""
        ids = self._window.ids_at(at + 1)
        fact = self._book.by_id.get(ids[0]) if len(ids) == 1 else None
        if fact is None or fact["value"] != value:
            return None
        nouns = {found[1] for n in range(at) if (found := self._window.noun(n))}
        return fact if noun_of(fact) in nouns else None

    def _is_of_reasons(self, at: int) -> bool:
        """Return whether a number counts reasons or things that the sentence lists."""
        return any(word.rstrip("s") in COUNTED for word in self._window.lemmas(at + 1, 3)) and self._window.tokens[at].kind == "word"

    def _counted(self, at: int, value: float) -> Claim | None:
        """Read a number with a noun, perhaps with adjectives and a citation between them."""
        end = at + 1
        cited: list[str] = []
        for _ in range(_ADJECTIVES + 1):
            while self._window.is_kind("cite", end):
                cited += self._window.tokens[end].ids
                end += 1
            if found := self._window.noun(end):
                return self._of_noun(at, value, *found, cited)
            if not self._window.is_kind("word", end) or not self._window.is_adjective(end):
                break
            end += 1
        return self._alerts.short(at, value, cited)

    def _of_noun(self, at: int, value: float, end: int, noun: str, cited: list[str]) -> Claim:
        if noun in ("alert", "decision"):
            return self._alerts.counted(at, value, end, noun, cited)
        if noun in THINGS and self._window.lemma(end) == "in" and (claim := self._shared_in(at, value, end, noun)):
            return claim
        names = self._window.names(noun)
        if value == 1 and noun in THINGS and self._shared_elsewhere(noun):
            held = [
                self._book.by_name[name]
                for name in (f"shared_{noun}", f"distinct_{noun}")
                if name == f"shared_{noun}" or self._book.value(name) == 1
            ]
            return Claim(end, sorted(held, key=lambda fact: fact["id"] not in self._window.ids_at(end)), noun)
        facts = [fact for name in names if (fact := self._book.by_name.get(name)) and fact["value"] == value]
        shown = self._window.text(at, end)
        return Claim(end, facts, noun, "" if facts else self._window.wrong(shown, value, names))

    def _shared_elsewhere(self, noun: str) -> bool:
        """Return whether the sentence says in how many alerts the one thing is."""
        fact = self._book.by_name.get(f"shared_{noun}")
        return (
            fact is not None
            and fact["value"] > 1
            and any(self._window.value(token) == fact["value"] and self._is_of_alerts(n) for n, token in enumerate(self._window.tokens))
        )

    def _is_of_alerts(self, at: int) -> bool:
        """Return whether a number counts alerts: "is in 31 of 40", "31 of the alerts"."""
        return self._window.lemma(at - 1) == "in" or bool({"alert", "alerts"} & set(self._window.lemmas(at + 1, 5)))

    def _thing(self, at: int, value: float) -> Claim | None:
        """Read "the same device": a claim where one is all there is, else words that their guards check."""
        found = self._window.noun(at)
        if not found or found[1] not in (*THINGS, "account"):
            return None
        end, noun = found
        if noun != "account" and self._window.lemma(end) == "in" and (claim := self._shared_in(at, 1, end, noun)) and not claim.wrong:
            return claim
        fact = self._book.by_name.get(f"distinct_{noun}")
        return Claim(end, [fact], noun) if fact and fact["value"] == value and self._book.is_exact(f"distinct_{noun}") else None

    def _shared_in(self, at: int, value: float, end: int, noun: str) -> Claim | None:
        """Read "one device in 31 alerts" as one phrase."""
        bound = self._window.lemmas(end + 1, 2) == ["at", "least"]
        number = end + (3 if bound else 1)
        count = self._window.value(self._window.tokens[number]) if number < len(self._window.tokens) else None
        after = number + 1
        while self._window.lemma(after) in ("of", "the", "all", "these") or self._window.is_kind("cite", after):
            after += 1
        if count is None or value != 1 or self._window.lemma(after) not in ("alert", "alerts"):
            return None
        fact = self._book.by_name.get(f"shared_{noun}")
        right = fact is not None and fact["value"] == count
        wrong = "" if right else self._window.wrong(self._window.text(at, after + 1), count, [f"shared_{noun}"])
        return Claim(after + 1, [fact] if right and fact else [], "shared", wrong)

    def _duration(self, end: int, count: float, unit: str) -> Claim:
        fact = self._book.by_name.get("duration")
        right = fact is not None and is_duration(count, unit, fact)
        return Claim(
            end, [fact] if right and fact else [], "duration", "" if right else self._window.wrong(f"{count:g} {unit}", None, ["duration"])
        )

    def _money(self, at: int, end: int, currency: str) -> Claim:
        number = self._window.tokens[at].number
        facts = [f for name, f in self._book.by_name.items() if name.startswith(("money_", "refunds_")) and is_sum(number, currency, f)]
        refunds = any(t.lemma.startswith(("refund", "claim")) for t in self._window.tokens)
        facts.sort(key=lambda fact: str(fact["name"]).startswith("refunds_") != refunds)
        names = [name for name in self._book.by_name if name.startswith(("money_", "refunds_"))]
        return Claim(end, facts, "money", "" if facts else self._window.wrong(f"{number} {currency}", None, names[:2]))

    def _score(self, at: int) -> Claim:
        facts = [
            f for name in ("score_max", "score_mean") if (f := self._book.by_name.get(name)) and is_score(self._window.tokens[at].number, f)
        ]
        hint = self._score_hint(at)
        held = [fact for fact in facts if not hint or fact["name"] == hint]
        return Claim(
            at + 1,
            held,
            "score",
            "" if held else self._window.wrong(self._window.tokens[at].text, None, [hint or "score_max", "score_mean"]),
        )

    def _score_hint(self, at: int) -> str:
        """Return which score is meant by the nearest word before the number, else after it."""
        before = [token.lemma for token in self._window.tokens[max(0, at - 6) : at]]
        after = [token.lemma for token in self._window.tokens[at + 1 : at + 5]]
        for lemma in (*reversed(before), *after) if not set(after[:3]) & {"at", "on"} else (*after[:3], *reversed(before)):
            if lemma in _MOST:
                return "score_max"
            if lemma in _MEAN:
                return "score_mean"
        return ""

    def _times(self, at: int) -> list[Fact]:
        facts = times_named(self._window.tokens[at].text, self._book)
        before = [token for token in self._window.tokens[max(0, at - 4) : at] if token.kind != "cite"]
        if len(before) > 1 and before[-1].lemma == "and" and before[-2].kind == "time":  # between the first and the last
            return [fact for fact in facts if fact["name"] == "last_time"]
        for lemma in reversed([token.lemma for token in self._window.tokens[max(0, at - 5) : at]]):
            if lemma in _FIRST:
                return [fact for fact in facts if fact["name"] == "first_time"]
            if lemma in _LAST:
                return [fact for fact in facts if fact["name"] == "last_time"]
        return facts
