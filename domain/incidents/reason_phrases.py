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
    "VELOCITY": "the pace of the {}",
    "BEHAVIOUR": "what the {} is used for",
    "AMOUNT": "an amount unusual for the {}",
    "NOVELTY": "first encounters of the {}",
    "TIME": "an hour unusual for the {}",
    "LABELS": "known frauds of the {}",
    "SHARING": "how many others the {} is linked to",
    "COUNTERPARTS": "the company that the {} keeps",
    "AGE": "the age of the {}",
    "UNUSUAL": "earlier unusual amounts at the {}",
    "LINK_HISTORY": "the recent history of the {}",
}
_PHRASES = {
    f"{kind.upper()}_{what}": phrase.format(NOUNS.get(kind, kind)) for kind in ENTITY_FIELDS for what, phrase in _OF_AN_ENTITY.items()
} | _OF_AN_EVENT


def phrase_of(code: str) -> str:
    """Return e.g. "the pace of the device" for DEVICE_VELOCITY, "reason CODE" for a code that is not the
    model's own.
    """
    return _PHRASES.get(code, f"reason {code}")
