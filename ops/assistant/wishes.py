"""Acts that a question asks for in a closed form of words: an entry of a list, a verdict, a rule."""

from __future__ import annotations

import re

from ops.assistant.conditions import conditions_of, rule_text, said
from ops.assistant.entity_tools import ENTITY
from ops.assistant.proposal import DECISIONS, EXPIRIES, LIST, RULE, VERDICT, VERDICT_WORDS, Proposal
from ops.cases.errors import Invalid

USUAL_EXPIRY = "30"
REASON_CHARS = 200
_SPANS = {"a day": "1", "a week": "7", "a year": "365", "ever": "ever"}
_WHY = r"(?: because (?P<reason>.+?))?\.?"
_NAME = r"[a-z][a-z0-9_-]{0,31}"
_SPAN = r"(?: for (?:(?P<days>\d{1,3}) days?|(?P<span>a day|a week|a year|ever)))?"
_LIST = re.compile(
    rf"(?:please )?(?:put|add) (?P<entity>{ENTITY.pattern}) (?:on|onto|to) (?:the )?"
    rf"(?:list (?P<list>{_NAME})|(?P<named>{_NAME}) list){_SPAN}{_WHY}",
    re.ASCII | re.IGNORECASE,
)
_VERDICT = re.compile(
    rf"(?:please )?(?:call|judge|mark) (?:the )?(?:incident )?(?P<incident>inc-[0-9a-f]{{16}}) (?:as )?"
    rf"(?P<word>{'|'.join(VERDICT_WORDS)}){_WHY}",
    re.ASCII | re.IGNORECASE,
)
_RULE = re.compile(
    rf"(?:please )?(?P<act>propose|try) a rule to (?P<decision>{'|'.join(DECISIONS)}) events where (?P<when>.+?){_WHY}",
    re.ASCII | re.IGNORECASE,
)
_BECAUSE = re.compile(r"\bbecause (.+?)\.?$", re.IGNORECASE)


def wish_of(question: str) -> Proposal | None:
    """Return what a question asks to be done, None where it asks for nothing of these forms.

    Raises `Invalid` for a form that cannot be filled in so.
    """
    text = " ".join(question.split())
    if found := _LIST.fullmatch(text):
        expires = expiry_named(found["days"] or _SPANS.get((found["span"] or "").lower(), USUAL_EXPIRY))
        return listing(found["entity"].lower(), (found["list"] or found["named"]).lower(), expires, found["reason"] or "")
    if found := _VERDICT.fullmatch(text):
        return verdict(found["incident"].lower(), found["word"].lower(), found["reason"] or "")
    if found := _RULE.fullmatch(text):
        return rule(found["decision"].lower(), found["when"].split(" and "), found["reason"] or "")
    return None


def is_trial(question: str) -> bool:
    """Return whether a question asks what a rule would have done."""
    found = _RULE.fullmatch(" ".join(question.split()))
    return found is not None and found["act"].lower() == "try"


def listing(entity: str, list_name: str, expires: str, reason: str) -> Proposal:
    """Return an entry of a list."""
    return Proposal(LIST, {"entity": entity, "list": list_name, "expires": expires, "reason": reason[:REASON_CHARS]})


def verdict(incident: str, word: str, reason: str) -> Proposal:
    """Return a verdict on a whole incident."""
    return Proposal(VERDICT, {"incident": incident, "verdict": word, "reason": reason[:REASON_CHARS]})


def rule(decision: str, when: list[str], reason: str) -> Proposal:
    """Return a rule. Raises `Invalid` for a condition of another form."""
    found = conditions_of(when)
    fields = {"decision": decision, "said": said(found), "text": rule_text(decision, found), "reason": reason[:REASON_CHARS]}
    return Proposal(RULE, fields, tuple(one.words for one in found))


def expiry_named(days: str) -> str:
    """Return how long an entry is, as its form offers it. Raises `Invalid` for another time."""
    if days not in EXPIRIES:
        raise Invalid("days", "an entry of a list is for 1, 7, 30, 90 or 365 days, or for ever")
    return days


def reason_in(question: str) -> str:
    """Return what a question says after `because`."""
    found = _BECAUSE.search(question)
    return found[1][:REASON_CHARS] if found else ""
