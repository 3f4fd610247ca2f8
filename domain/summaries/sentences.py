"""An incident in three sentences, as an experienced analyst says them: what it is, why, what to do.

Every number is a fact's and cites the fact. Number words go up to nineteen where a sentence begins, to
twelve inside.
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
_SHARED = {"device": "from", "address": "to", "payment": "with", "ip": "over", "email": "under", "merchant": "at"}
"""What accounts share, and how they act with it."""
_MOST_SHARED = 2
_LEADING = {"reshipping address": "address", "card testing": "payment"}
"""The shared thing that a pattern is about, where it is not the device."""
_DEEDS = {
    "login": "logged in",
    "account_change": "changed account data",
    "signup": "signed up",
    "order": "placed orders",
    "payment": "made payments",
    "refund_request": "asked for refunds",
}
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
    """Return e.g. "Device farm: 17 accounts sharing 2 devices, 2,922 EUR within 5 days"; it cites nothing."""
    title = "Unconnected alerts" if "unconnected" in facts else _TITLES.get(pattern, pattern.capitalize())
    who = facts.get("distinct_account")
    scale = facts["alerts"]["text"] if who is None or who["value"] == 1 else _plain_count(who, "account")
    if not is_alone(facts) and (shared := [kind for kind, _ in _shared(pattern, facts) if kind != "merchant"]):
        scale += f" sharing {_plain_count(facts[f'distinct_{shared[0]}'], NOUNS.get(shared[0], shared[0]))}"
    sums = [_money_text(fact) for fact in _sums(facts)][:1]
    within = f" within {holding_duration(facts['duration']['value'])}" if facts["duration"]["value"] else ""
    return f"{title}: {', '.join([scale, *sums])}{within}"


def explanation_of(pattern: str, action: str, facts: Facts) -> str:
    """Return the three sentences, with citations."""
    what = _unconnected(facts) if "unconnected" in facts else _pattern(pattern, facts)
    to_do = _TO_DO_ALONE.get(action, _TO_DO[action]) if is_alone(facts) else _TO_DO[action]
    return " ".join([what, *_why(pattern, facts), to_do])


def _pattern(pattern: str, facts: Facts) -> str:
    who = _subject(facts)
    shared = [f"{_SHARED[kind]} {count}" for kind, count in _shared(pattern, facts)]
    said = " ".join([who, _listed(list(_deeds(pattern, facts))), *shared[:_MOST_SHARED], _when(facts)])
    return f"{said}: {_NAMES.get(pattern, pattern)}."


def _unconnected(facts: Facts) -> str:
    alerts = facts["alerts"]
    raised = f"raised {_counted(alerts, 'alert')}{_cite(alerts)}"
    worth = "".join(f", worth {_money(fact)}" for fact in _sums(facts)[:1])
    what = "a weak case on its own" if is_alone(facts) else "a list to go through one by one"
    return f"{_subject(facts)} that nothing connects{_cite(facts['unconnected'])} {raised} {_when(facts)}{worth}: {what}."


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
    return f"what stands out most: {what}" if what else ""


def is_alone(facts: Facts) -> bool:
    """Return whether one account raised all alerts."""
    return facts.get("distinct_account", {}).get("value") == 1


def _subject(facts: Facts) -> str:
    """Return who acts, at the start of a sentence."""
    who = facts.get("distinct_account")
    if who is None:
        return "Accounts without a name"
    said = f"{_bound(who)}{_counted(who, 'account', len(_NUMBERS))}{_cite(who)}"
    return said[0].upper() + said[1:]


def _deeds(pattern: str, facts: Facts) -> Iterator[str]:
    """Yield what the accounts did: the pattern's own deeds, then what brought or cost money, else the
    commonest.
    """
    money, refunds = ([fact for fact in _sums(facts) if fact["name"].startswith(name)] for name in ("money_", "refunds_"))
    types = [name.removeprefix("type_") for name in facts if name.startswith("type_")]
    if pattern == "account takeover":
        yield from (_DEEDS[name] for name in ("login", "account_change") if name in types)
    if pattern == "card testing":
        small = facts["small_payments"]
        yield f"made {_counted(small, 'tiny payment')}{_cite(small)}"
    if money and (pattern != "refund abuse" or not refunds):
        spent = _listed([_money(fact) for fact in money])
        yield f"spent {spent} in all" if pattern == "card testing" else f"{'ordered goods for' if 'order' in types else 'paid'} {spent}"
    if refunds:
        yield f"asked for refunds of {_listed([_money(fact) for fact in refunds])}"
    if not money and not refunds and pattern not in ("account takeover", "card testing"):
        known = [_DEEDS[name] for name in types if name in _DEEDS][:2]
        yield from known or ["raised alerts"]


def _shared(pattern: str, facts: Facts) -> Iterator[tuple[str, str]]:
    """Yield kind and cited count of what fewer things than accounts are used for; of a lone account, all it
    used.
    """
    accounts = facts.get("distinct_account", {}).get("value", 0)
    if "unconnected" in facts:
        return
    for kind in _kinds(pattern):
        fact = facts.get(f"distinct_{kind}")
        if fact and (fact["value"] < accounts or accounts == 1):
            yield kind, f"{_bound(fact)}{_counted(fact, NOUNS.get(kind, kind))}{_cite(fact)}"


def _kinds(pattern: str) -> list[str]:
    return sorted(_SHARED, key=lambda kind: kind != _LEADING.get(pattern))


def _sums(facts: Facts) -> list[Mapping[str, Any]]:
    """Return the facts of money above zero: orders and payments, then refunds."""
    return [fact for name in ("money_", "refunds_") for key, fact in facts.items() if key.startswith(name) and fact["value"]]


def _when(facts: Facts) -> str:
    seconds, first = facts["duration"], facts["first_time"]
    if seconds["value"]:
        count, unit = holding_duration(seconds["value"]).split(" ")
        return f"within {_number(int(count)) if count.isdigit() else count} {unit}{_cite(seconds)}"
    return f"on {first['value'][:10]} at {first['value'][11:16]} UTC{_cite(first)}"


def _money(fact: Mapping[str, Any]) -> str:
    return f"{_money_text(fact)}{_cite(fact)}"


def _money_text(fact: Mapping[str, Any]) -> str:
    """Return the sum as its fact writes it, without decimals that say nothing."""
    amount, _, currency = str(fact["text"]).partition(" in ")[0].partition(" ")
    return f"{amount.removesuffix('.00')} {'in no named currency' if currency == 'XXX' else currency}"


def _plain_count(fact: Mapping[str, Any], noun: str) -> str:
    return f"{_bound(fact)}{counted(fact['value'], noun)}"


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
