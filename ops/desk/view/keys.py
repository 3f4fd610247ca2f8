"""The keys of the desk. A page marks what a key presses with `data-key`; the help is this table."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Key:
    """A key, or two one after the other, and what it does."""

    keys: str
    does: str


@dataclass(frozen=True)
class KeyGroup:
    """The keys of one place."""

    title: str
    keys: tuple[Key, ...]


KEYS = (
    KeyGroup(
        "In a list",
        (
            Key("j", "next row"),
            Key("k", "row before"),
            Key("Enter", "open it"),
            Key("x", "choose it"),
            Key("X", "choose all"),
            Key("c", "claim it, or give it back; while some are chosen, claim them all"),
            Key("f", "verdict: fraud"),
            Key("l", "verdict: legitimate"),
            Key("i", "verdict: inconclusive"),
            Key("F", "fraud, of all that are chosen; L and I likewise, and so f, l and i while some are"),
        ),
    ),
    KeyGroup(
        "On an entity",
        (
            Key("b", "put it on a list"),
            Key("a", "all its alerts"),
        ),
    ),
    KeyGroup(
        "On an incident",
        (
            Key("f", "fraud, then the reason; l and i likewise"),
            Key("Enter", "give the verdict; the next case opens"),
            Key("x", "choose an alert for a verdict on it alone"),
            Key("[", "the ring before: an earlier revision"),
            Key("]", "a later revision"),
            Key("m", "comment"),
            Key("s", "rate or correct the summary; there f is good, l not good"),
            Key("Ctrl Enter", "send the comment"),
        ),
    ),
    KeyGroup(
        "Everywhere",
        (
            Key("n", "claim the gravest free case"),
            Key("u", "undo what you just did"),
            Key("/", "search"),
            Key("r", "show what is new"),
            Key("?", "these keys"),
            Key("Esc", "leave a field, close this"),
        ),
    ),
    KeyGroup(
        "Go to",
        (
            Key("g q", "queue"),
            Key("g o", "overview"),
            Key("g e", "entities"),
            Key("g a", "alerts"),
            Key("g r", "rules"),
            Key("g l", "lists"),
            Key("g m", "models"),
            Key("g k", "ask"),
            Key("g u", "audit"),
            Key("g p", "your own page"),
        ),
    ),
)
