"""The template's English: who shares what, how many alerts, how much money, why, and what to do.

Every number is a fact's and is said by its phrase: accounts are counted over all alerts, types of events are
counts of alerts, sums belong to flagged events. No sentence says how many accounts did something: no fact
counts that.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from domain.summaries.languages.language import Language
from domain.summaries.summary_text import Sentence, marked, sentence_of

_SHARED = ("device", "address", "payment", "ip", "email", "merchant")
"""Kinds of things that accounts share, those that say most first."""
_MOST_SHARED = 2
_LEADING = {"reshipping address": "address", "card testing": "payment"}
"""The shared thing that a pattern is about, where it is not the device."""
_EVENTS = ("login", "account_change", "signup", "order", "payment", "refund_request")
_MOST_EVENTS = 3
_OF_PATTERN = {
    "account takeover": ("type_account_change", "type_login"),
    "card testing": ("small_payments",),
    "refund abuse": ("type_refund_request",),
}
"""The facts of events that a pattern is about."""
_NAMES = {
    "account takeover": "an account takeover",
    "device farm": "a device farm",
    "lone account": "a lone account",
    "reshipping address": "a reshipping address",
    "unclear": "a ring of no known pattern",
}
_TITLES = {"unclear": "Linked accounts"}
_REASONS = 2
_TO_DO = {
    "block": "Block the accounts and hold their open orders",
    "escalate": "Let a senior analyst decide now: it is grave, but the evidence is too thin to block outright",
    "verify": "Ask the accounts for step-up verification before their next order",
    "monitor": "Watch it, and decide again when it grows",
}
_TO_DO_ALONE = {
    "block": "Block the account and hold its open orders",
    "verify": "Ask the account for step-up verification before its next order",
}


class Sentences:
    """The sentences on one incident, from its facts by name."""

    def __init__(self, pattern: str, facts: Mapping[str, Mapping[str, Any]], language: Language) -> None:
        self._pattern, self._facts, self._language = pattern, facts, language
        self._who = facts.get("distinct_account")
        self._alerts = int(facts["alerts"]["value"])
        self._is_unconnected = "unconnected" in facts

    @property
    def is_alone(self) -> bool:
        """Whether one account raised all alerts."""
        return self._who is not None and self._who["value"] == 1

    def headline(self) -> Sentence:
        """Return pattern, scale and money, e.g. "Device farm: 17 accounts, 2,922.00 EUR"."""
        if not self._alerts:
            return sentence_of(f"Forgotten on request: {self._in_digits(self._facts['alerts'])} left")
        title = "Unconnected alerts" if self._is_unconnected else _TITLES.get(self._pattern, self._pattern.capitalize())
        alerts, who = self._facts["alerts"], self._who
        scale = who if who is not None and who["value"] != 1 else alerts
        return sentence_of(f"{title}: {', '.join([self._in_digits(scale), *self._largest_sum()])}")

    def explanation(self, action: str) -> tuple[Sentence, ...]:
        """Return what happened, the money, why it is suspicious and what to do."""
        if not self._alerts:
            return (sentence_of(f"All of its accounts were forgotten on request: {self._say('alerts')} are left."),)
        what = self._unconnected() if self._is_unconnected else self._ring()
        to_do = _TO_DO_ALONE.get(action, _TO_DO[action]) if self.is_alone else _TO_DO[action]
        return tuple(map(sentence_of, (*what, *self._money_at_risk(), *self._why(), f"{marked('action', to_do)}.")))

    def _say(self, name: str, form: str = "full", *, begins: bool = False) -> str:
        fact = self._facts[name]
        return marked(fact["id"], self._language.phrase(fact, form, begins=begins))

    def _in_digits(self, fact: Mapping[str, Any]) -> str:
        said = self._language.phrase(fact)
        return marked(fact["id"], f"1{said.removeprefix('one')}" if fact["value"] == 1 else said)

    def _largest_sum(self) -> Iterator[str]:
        """Yield the largest sum, if any, and whether there are more: of refunds where the pattern is about
        them or nothing else has a sum.
        """
        spent, refunds = self._sums("money_"), self._sums("refunds_")
        sums = [*refunds, *spent] if self._pattern == "refund abuse" else [*spent, *refunds]
        if sums:
            of_what = "refunds of " if sums[0] in refunds else ""
            yield f"{of_what}{self._say(sums[0], 'short')}{' and more' if len(sums) > 1 else ''}"

    def _ring(self) -> Iterator[str]:
        shared, what = _listed(list(self._things())[:_MOST_SHARED]), _NAMES.get(self._pattern, self._pattern)
        if self._who is None:
            yield f"{marked(self._facts['alerts']['id'], 'The alerts')} name no account: {what}."
            yield f"The ring {self._raised()}."
            return
        who = self._say("distinct_account", begins=True)
        links = f" {shared}" if shared else ""
        if self.is_alone:
            yield f"{who} {f'uses{links}' if shared else 'is alone'}: {what}."
            yield f"It {self._raised()}."
        else:
            yield f"{who} {f'use{links} between them' if shared else 'are linked'}: {what}."
            yield f"They {self._raised()}."

    def _unconnected(self) -> Iterator[str]:
        apart = self._say("unconnected", "short")
        what = "a weak case on its own" if self.is_alone else "a list to go through one by one"
        if self._who is None:
            yield f"Alerts that name no account and that {apart} are {self._say('alerts')} {self._when()}: {what}."
        else:
            yield f"{self._say('distinct_account', begins=True)} that {apart} {self._raised('unclear')}: {what}."

    def _raised(self, pattern: str | None = None) -> str:
        """Return e.g. "raised 91 alerts within five days: 60 for orders and 31 for logins"."""
        types, raised = self._types(pattern or self._pattern), f"raised {self._say('alerts')}"
        if len(types) == 1 and self._facts[types[0]]["value"] == self._alerts:
            event = self._say(types[0], "event")
            if self._alerts == 1:
                return f"{raised} for {event} {self._when()}"
            return f"{raised} {self._when()}, {'both' if self._alerts == 2 else 'all'} for {event}"
        said = [self._say(name, "short") for name in types[:_MOST_EVENTS]]
        listed = sum(self._facts[name]["value"] for name in types[:_MOST_EVENTS])
        rest = ["others"] if said and listed < self._alerts else []
        return f"{raised} {self._when()}{': ' if said else ''}{_listed([*said, *rest])}"

    def _types(self, pattern: str) -> list[str]:
        """Return the facts that count alerts by their events: those of the pattern first, then the
        commonest.
        """
        own = [name for name in _OF_PATTERN.get(pattern, ()) if name in self._facts]
        others = [name for name in self._facts if name.startswith("type_") and name.removeprefix("type_") in _EVENTS]
        paid_small = {"type_payment"} if "small_payments" in own else set()
        return own + [name for name in others if name not in paid_small.union(own)]

    def _money_at_risk(self) -> Iterator[str]:
        """Yield what the flagged orders and payments come to, and the refund requests."""
        known = {name.removeprefix("type_") for name in self._facts if name.startswith("type_")}
        both = known <= set(_EVENTS) and not {"order", "payment"} <= known
        spent = f"flagged {'payments' if 'payment' in known else 'orders'}" if both else "flagged orders and payments"
        said: list[str] = []
        for prefix, what in (("money_", spent), ("refunds_", "flagged refund requests")):
            if sums := [self._say(name, "short") for name in self._sums(prefix)]:
                said.append(f"{what} {'' if said else 'come '}to {_listed([*sums, *self._more_sums(prefix)])}")
        if said:
            yield f"{', '.join(said)}."

    def _more_sums(self, prefix: str) -> Iterator[str]:
        """Yield how many sums have no fact of their own, if any."""
        if (name := f"more_{prefix.rstrip('_')}") in self._facts:
            yield self._say(name)

    def _why(self) -> Iterator[str]:
        if merged := self._facts.get("merged_rings"):
            yield f"{self._say('merged_rings', begins=True)} {'has' if merged['value'] == 1 else 'have'} become part of it."
        clauses = [clause for clause in (self._blocks(), self._hub(), self._reasons()) if clause]
        if clauses:
            yield f"{'; '.join(clauses)}."

    def _blocks(self) -> str:
        """Say how many alerts are decided block, if any are."""
        blocks = self._facts.get("decision_block")
        if blocks is None:
            return ""
        count, block = int(blocks["value"]), marked(blocks["id"], "say block" if blocks["value"] > 1 else "says block")
        if count == self._alerts:
            return f"{self._all_alerts()} {block}"
        few = marked(blocks["id"], self._language.number(count, begins=True).lower())
        return f"{few} of the {self._say('alerts')} {'says' if count == 1 else 'say'} block"

    def _hub(self) -> str:
        """Say what at least half of the alerts share, unless the accounts share nothing else of its kind."""
        kinds = [kind for kind in self._kinds() if 2 * self._facts.get(f"shared_{kind}", {}).get("value", 0) >= self._alerts]
        if not kinds or self.is_alone or self._is_unconnected or self._facts[f"distinct_{kinds[0]}"]["value"] == 1:
            return ""
        shared = self._facts[f"shared_{kinds[0]}"]
        one = self._language.nouns(shared["name"])[1]
        return f"one {one} is in {marked(shared['id'], self._share(shared))}{'' if 'decision_block' in self._facts else ' alerts'}"

    def _share(self, shared: Mapping[str, Any]) -> str:
        """Return how many of the alerts: all 12, four of the 12; "all" where a clause has counted them."""
        total = self._language.number(self._alerts)
        if shared["value"] == self._alerts:
            return f"all {total}"
        bound = "at least " if "at least " in shared["text"] else ""
        count = self._language.number(shared["value"])
        return f"{bound}{count} of {'all' if 'decision_block' in self._facts else 'the'} {total}"

    def _all_alerts(self) -> str:
        said = {1: "the one alert", 2: "both alerts"}.get(self._alerts, f"all {self._language.number(self._alerts)} alerts")
        return marked(self._facts["alerts"]["id"], said)

    def _reasons(self) -> str:
        named = [name for name in self._facts if name.startswith("reason_")][:_REASONS]
        what = _listed([self._say(name) for name in named])
        return f"what weighed most: {what}" if what else ""

    def _things(self) -> Iterator[str]:
        """Yield the count of each kind with fewer things than accounts; all kinds of a lone account."""
        accounts = self._who["value"] if self._who is not None else 0
        for kind in self._kinds():
            fact = self._facts.get(f"distinct_{kind}")
            if fact and (fact["value"] < accounts or accounts == 1):
                yield self._say(fact["name"])

    def _kinds(self) -> list[str]:
        return sorted(_SHARED, key=lambda kind: kind != _LEADING.get(self._pattern))

    def _sums(self, prefix: str) -> list[str]:
        """Return the names of facts of money above zero, one a currency, the largest first."""
        return [name for name, fact in self._facts.items() if name.startswith(prefix) and fact["value"]]

    def _when(self) -> str:
        if self._facts["duration"]["value"]:
            return f"within {self._say('duration')}"
        fact = self._facts["first_time"]
        date, clock, _ = self._language.phrase(fact).split(" ")
        return f"on {marked(fact['id'], f'{date} at {clock} UTC')}"


def _listed(words: list[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
