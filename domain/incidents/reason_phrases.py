"""Reason codes in words for people: what stood out, without the code and without its weight."""

from domain.graph import ENTITY_FIELDS

NOUNS = {"email": "email address", "ip": "IP address", "payment": "payment instrument"}
"""Entity kinds that people call by another name."""

_OF_AN_EVENT = {
    "EVENT_TYPE": "the type of event",
    "EVENT_AMOUNT": "the amount",
    "EVENT_TIME": "the time of day",
    "EVENT_ACCOUNT_AGE": "the age of the account",
    "EVENT_ATTRIBUTES": "further attributes of the event",
    "BLOCK_LIST": "an entry on the block list",
}
_OF_AN_ENTITY = {
    "VELOCITY": "how many events the {} has had lately",
    "BEHAVIOUR": "what the {} is used for",
    "AMOUNT": "an amount unusual for the {}",
    "NOVELTY": "what the {} meets for the first time",
    "TIME": "an hour unusual for the {}",
    "LABELS": "known frauds of the {}",
    "SHARING": "how many others the {} is linked to",
    "GROWTH": "how fast new accounts or devices come to the {}",
    "TURNS": "how others take turns at the {}",
    "COUNTERPARTS": "what else is known of those that the {} deals with",
    "AGE": "how long the {} has been known",
    "UNUSUAL": "earlier unusual amounts at the {}",
    "LINK_HISTORY": "what the last events of the {} were like",
}
_PHRASES = {
    f"{kind.upper()}_{what}": phrase.format(NOUNS.get(kind, kind)) for kind in ENTITY_FIELDS for what, phrase in _OF_AN_ENTITY.items()
} | _OF_AN_EVENT


def phrase_of(code: str) -> str:
    """Return e.g. "what the device is used for" for DEVICE_BEHAVIOUR, and "reason CODE" for a code that
    is not the model's own.
    """
    return _PHRASES.get(code, f"reason {code}")


def reason_text(code: str, alerts: int, of: int) -> str:
    """Return in how many of an incident's alerts the code is among the reasons given, in words."""
    where = f"{alerts:,} of {of:,} alerts" if alerts != of else {1: "the one alert", 2: "both alerts"}.get(of, f"all {of:,} alerts")
    if code in _PHRASES:
        return f"in {where} a main reason is {phrase_of(code)}"
    return f"in {where} {phrase_of(code)} is given"
