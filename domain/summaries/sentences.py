"""An incident in a few sentences: who shares what, how many alerts, how much money, why, and what to do.

Every number is a fact's, cites the fact, and keeps the fact's noun: accounts are counted over all alerts,
types of events are counts of alerts, sums belong to flagged events. No sentence says how many accounts did
something: no fact counts that. Number words go up to nineteen where a sentence begins, to twelve inside.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from domain.incidents.reason_phrases import NOUNS, phrase_of
from domain.times import holding_duration
from domain.wording import counted, plural

Facts = Mapping[str, Mapping[str, Any]]
"""The evidence's facts by name."""

_NUMBERS = (
    "one", "two", "three", "four", "five", "six", "seven", "eight", "nine", "ten", "eleven", "twelve", "thirteen", "fourteen", "fifteen",
    "sixteen", "seventeen", "eighteen", "nineteen",
)  # fmt: skip
_WORDS_INSIDE = 12
_SHARED = ("device", "address", "payment", "ip", "email", "merchant")
"""Kinds of things that accounts share, those that say most first."""
_MOST_SHARED = 2
_LEADING = {"reshipping address": "address", "card testing": "payment"}
"""The shared thing that a pattern is about, where it is not the device."""
_EVENTS = {
    "login": "login",
    "account_change": "account change",
    "signup": "sign-up",
    "order": "order",
    "payment": "payment",
    "refund_request": "refund request",
}
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
    "block": "Block the accounts and hold their open orders.",
    "escalate": "Let a senior analyst decide now: it is grave, but the evidence is too thin to block outright.",
    "verify": "Ask the accounts for step-up verification before their next order.",
    "monitor": "Watch it, and decide again when it grows.",
}
_TO_DO_ALONE = {
    "block": "Block the account and hold its open orders.",
    "verify": "Ask the account for step-up verification before its next order.",
}


def headline_of(pattern: str, facts: Facts) -> str:
    """Return pattern, scale and money, e.g. "Device farm: 17 accounts, 2,922.00 EUR"; it cites nothing."""
    title = "Unconnected alerts" if "unconnected" in facts else _TITLES.get(pattern, pattern.capitalize())
    who = facts.get("distinct_account")
    scale = facts["alerts"]["text"] if who is None or who["value"] == 1 else f"{_bound(who)}{counted(who['value'], 'account')}"
    return f"{title}: {', '.join([scale, *_largest_sum(pattern, facts)])}"


def explanation_of(pattern: str, action: str, facts: Facts) -> str:
    """Return the sentences, with citations."""
    what = _unconnected(facts) if "unconnected" in facts else _ring(pattern, facts)
    to_do = _TO_DO_ALONE.get(action, _TO_DO[action]) if is_alone(facts) else _TO_DO[action]
    return " ".join([what, *_money_at_risk(facts), *_why(pattern, facts), to_do])


def _largest_sum(pattern: str, facts: Facts) -> Iterator[str]:
    """Yield the largest sum, if any, and whether there are more: of refunds where the pattern is about them
    or nothing else has a sum.
    """
    spent, refunds = _sums("money_", facts), _sums("refunds_", facts)
    sums = [*refunds, *spent] if pattern == "refund abuse" else [*spent, *refunds]
    if sums:
        of_what = "refunds of " if sums[0] in refunds else ""
        yield f"{of_what}{_money_text(sums[0])}{' and more' if len(sums) > 1 else ''}"


def _ring(pattern: str, facts: Facts) -> str:
    who, shared = facts.get("distinct_account"), _listed(list(_shared(pattern, facts))[:_MOST_SHARED])
    if who is None:
        links = "The alerts name no account"
    elif who["value"] == 1:
        links = f"{_subject(who)} uses {shared}" if shared else f"{_subject(who)} is alone"
    else:
        links = f"{_subject(who)} use {shared} between them" if shared else f"{_subject(who)} are linked"
    raised = "The ring" if who is None else "It" if who["value"] == 1 else "They"
    return f"{links}: {_NAMES.get(pattern, pattern)}. {raised} {_raised(pattern, facts)}."


def _unconnected(facts: Facts) -> str:
    who = facts.get("distinct_account")
    subject = "Alerts that name no account" if who is None else _subject(who)
    if who is None:
        said = f"{subject} and that nothing connects{_cite(facts['unconnected'])} are {_counted(facts['alerts'], 'alert')} {_when(facts)}"
    else:
        said = f"{subject} that nothing connects{_cite(facts['unconnected'])} {_raised('unclear', facts)}"
    return f"{said}. {'It is a weak case on its own' if is_alone(facts) else 'It is a list to go through one by one'}."


def _raised(pattern: str, facts: Facts) -> str:
    """Return e.g. "raised 91 alerts within five days: 60 for orders and 31 for logins"."""
    alerts, types = facts["alerts"], _events(pattern, facts)
    raised = f"raised {_counted(alerts, 'alert')}{_cite(alerts)}"
    only = facts.get(types[0]) if len(types) == 1 else None
    if only is not None and only["value"] == alerts["value"]:
        if alerts["value"] == 1:
            return f"{raised} for {_nouns(only, types[0])}{_cite(only)} {_when(facts)}"
        return f"{raised} {_when(facts)}, {'both' if alerts['value'] == 2 else 'all'} for {_nouns(only, types[0])}{_cite(only)}"
    said = [f"{_number(facts[name]['value'])} for {_nouns(facts[name], name)}{_cite(facts[name])}" for name in types[:_MOST_EVENTS]]
    listed = sum(facts[name]["value"] for name in types[:_MOST_EVENTS])
    rest = ["others"] if said and listed < alerts["value"] else []
    return f"{raised} {_when(facts)}{': ' if said else ''}{_listed([*said, *rest])}"


def _events(pattern: str, facts: Facts) -> list[str]:
    """Return the facts that count alerts by their events: those of the pattern first, then the commonest."""
    own = [name for name in _OF_PATTERN.get(pattern, ()) if name in facts]
    others = [name for name in facts if name.startswith("type_") and name.removeprefix("type_") in _EVENTS]
    paid_small = {"type_payment"} if "small_payments" in own else set()
    return own + [name for name in others if name not in paid_small.union(own)]


def _event_noun(name: str) -> str:
    return "tiny payment" if name == "small_payments" else _EVENTS[name.removeprefix("type_")]


def _nouns(fact: Mapping[str, Any], name: str) -> str:
    noun = _event_noun(name)
    return f"{'an' if noun[0] in 'ao' else 'a'} {noun}" if fact["value"] == 1 else plural(noun)


def _money_at_risk(facts: Facts) -> Iterator[str]:
    """Yield what the flagged orders and payments come to, and the refund requests."""
    known = {name.removeprefix("type_") for name in facts if name.startswith("type_")}
    both = known <= _EVENTS.keys() and not {"order", "payment"} <= known
    spent = f"flagged {'payments' if 'payment' in known else 'orders'}" if both else "flagged orders and payments"
    said: list[str] = []
    for prefix, what in (("money_", spent), ("refunds_", "flagged refund requests")):
        if sums := [f"{_money_text(fact)}{_cite(fact)}" for fact in _sums(prefix, facts)]:
            said.append(f"{what} {'' if said else 'come '}to {_listed([*sums, *_more_sums(prefix, facts)])}")
    if said:
        text = ", ".join(said)
        yield f"{text[0].upper()}{text[1:]}."


def _why(pattern: str, facts: Facts) -> Iterator[str]:
    if merged := facts.get("merged_rings"):
        said = _counted(merged, "other ring", len(_NUMBERS))
        yield f"{said[0].upper()}{said[1:]} {'has' if merged['value'] == 1 else 'have'} become part of it{_cite(merged)}."
    clauses = [clause for clause in (_blocks(facts), _hub(pattern, facts), _reasons(facts)) if clause]
    if clauses:
        said = "; ".join(clauses)
        yield f"{said[0].upper()}{said[1:]}."


def _blocks(facts: Facts) -> str:
    """Say how many alerts are decided block, if any are."""
    alerts, blocks = facts["alerts"], facts.get("decision_block")
    if blocks is None:
        return ""
    if blocks["value"] == alerts["value"]:
        return f"{_all(alerts)} {'says' if alerts['value'] == 1 else 'say'} block{_cite(blocks)}"
    few = f"{_number(blocks['value'], len(_NUMBERS))} of the {_number(alerts['value'])} alerts{_cite(alerts)}"
    return f"{few} {'says' if blocks['value'] == 1 else 'say'} block{_cite(blocks)}"


def _hub(pattern: str, facts: Facts) -> str:
    """Say what at least half of the alerts share, unless the accounts share nothing else of its kind."""
    alerts = facts["alerts"]
    kinds = [kind for kind in _kinds(pattern) if 2 * facts.get(f"shared_{kind}", {}).get("value", 0) >= alerts["value"]]
    if not kinds or is_alone(facts) or "unconnected" in facts or facts[f"distinct_{kinds[0]}"]["value"] == 1:
        return ""
    shared = facts[f"shared_{kinds[0]}"]
    share = f"all {_number(alerts['value'])}"
    if shared["value"] != alerts["value"]:
        share = f"{_bound(shared)}{_number(shared['value'])} of {'all' if 'decision_block' in facts else 'the'} {_number(alerts['value'])}"
    return f"one {NOUNS.get(kinds[0], kinds[0])} is in {share}{'' if 'decision_block' in facts else ' alerts'}{_cite(shared)}"


def _all(alerts: Mapping[str, Any]) -> str:
    count = alerts["value"]
    said = {1: "the one alert", 2: "both alerts"}.get(count, f"all {_number(count)} alerts")
    return f"{said}{_cite(alerts)}"


def _reasons(facts: Facts) -> str:
    named = [fact for name, fact in facts.items() if name.startswith("reason_")][:_REASONS]
    what = _listed([f"{phrase_of(fact['name'].removeprefix('reason_'))}{_cite(fact)}" for fact in named])
    return f"what weighed most: {what}" if what else ""


def is_alone(facts: Facts) -> bool:
    """Return whether one account raised all alerts."""
    return facts.get("distinct_account", {}).get("value") == 1


def _subject(who: Mapping[str, Any]) -> str:
    """Return how many accounts, at the start of a sentence."""
    said = f"{_bound(who)}{_counted(who, 'account', len(_NUMBERS))}{_cite(who)}"
    return said[0].upper() + said[1:]


def _shared(pattern: str, facts: Facts) -> Iterator[str]:
    """Yield the cited count of each kind with fewer things than accounts; all kinds of a lone account."""
    accounts = facts.get("distinct_account", {}).get("value", 0)
    for kind in _kinds(pattern):
        fact = facts.get(f"distinct_{kind}")
        if fact and (fact["value"] < accounts or accounts == 1):
            yield f"{_bound(fact)}{_counted(fact, NOUNS.get(kind, kind))}{_cite(fact)}"


def _kinds(pattern: str) -> list[str]:
    return sorted(_SHARED, key=lambda kind: kind != _LEADING.get(pattern))


def _sums(prefix: str, facts: Facts) -> list[Mapping[str, Any]]:
    """Return the facts of money above zero, one a currency, the largest first."""
    return [fact for name, fact in facts.items() if name.startswith(prefix) and fact["value"]]


def _more_sums(prefix: str, facts: Facts) -> Iterator[str]:
    """Yield how many sums have no fact of their own, if any."""
    if more := facts.get(f"more_{prefix.rstrip('_')}"):
        yield f"{_counted(more, 'more sum')} in {'another currency' if more['value'] == 1 else 'other currencies'}{_cite(more)}"


def _when(facts: Facts) -> str:
    seconds, first = facts["duration"], facts["first_time"]
    if seconds["value"]:
        count, unit = holding_duration(seconds["value"]).split(" ")
        return f"within {_number(int(count)) if count.isdigit() else count} {unit}{_cite(seconds)}"
    return f"on {first['value'][:10]} at {first['value'][11:16]} UTC{_cite(first)}"


def _money_text(fact: Mapping[str, Any]) -> str:
    """Return the sum as its fact writes it."""
    amount, _, currency = str(fact["text"]).partition(" in ")[0].partition(" ")
    return f"{amount} {'in no named currency' if currency == 'XXX' else currency}"


def _bound(fact: Mapping[str, Any]) -> str:
    return "at least " if "at least " in fact["text"] else ""


def _number(value: int, most: int = _WORDS_INSIDE) -> str:
    return _NUMBERS[value - 1] if 1 <= value <= most else f"{value:,}"


def _counted(fact: Mapping[str, Any], noun: str, most: int = _WORDS_INSIDE) -> str:
    return f"{_number(fact['value'], most)} {noun if fact['value'] == 1 else plural(noun)}"


def _cite(fact: Mapping[str, Any]) -> str:
    return f" [{fact['id']}]"


def _listed(words: list[str]) -> str:
    return " and ".join([", ".join(words[:-1]), words[-1]] if len(words) > 1 else words)
