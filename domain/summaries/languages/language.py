"""A language as data: the noun phrase of every fact, and the catalogue of next steps."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources
from typing import Any

from domain.incidents.money import NO_CURRENCY
from domain.incidents.reason_phrases import phrase_of
from domain.times import holding_duration
from domain.wording import plural

LANGUAGES = ("en",)
"""A folder here each."""

Fact = Mapping[str, Any]
"""A fact of an evidence document: id, name, value, unit, text."""
_SUMS = ("money_", "refunds_", "asked_")
_WAVE = "wave_"
"""How the name of the fact begins that only waves have."""
_AS_IT_IS: Mapping[str, Any] = {"full": "{text}", "sentence": "[{text}]."}
"""How a fact is said that phrases.toml does not know: with its own text."""
_AT_LEAST = "at least "
"""In the text of a fact: its count is a lower bound."""


@dataclass(frozen=True, slots=True)
class StepEntry:
    """A next step of the catalogue; see steps.toml."""

    id: str
    text: str
    alone: str
    actions: tuple[str, ...]
    patterns: tuple[str, ...]
    connected: bool | None
    first: bool
    needs: tuple[str, ...]

    def fits(self, action: str, names: Collection[str]) -> bool:
        """Return whether an incident of this action, with facts of these names, allows the step."""
        needed = all(any(name.startswith(tuple(need.split("|"))) for name in names) for need in self.needs)
        of_kind = (_WAVE in self.needs) == any(name.startswith(_WAVE) for name in names)
        return needed and of_kind and (not self.actions or action in self.actions) and self.connected in (None, "unconnected" not in names)


class Language:
    """Phrases and steps of one language."""

    def __init__(self, code: str) -> None:
        self.code = code
        self._phrases: Mapping[str, Any] = self.data("phrases")
        self.steps = {name: _step(name, entry) for name, entry in self.data("steps").items()}

    def data(self, name: str) -> dict[str, Any]:
        """Return one of the language's data files."""
        return tomllib.loads(resources.files(__package__).joinpath(self.code, f"{name}.toml").read_text("utf-8"))

    def phrase(self, fact: Fact, form: str = "full", *, begins: bool = False) -> str:
        """Return a fact in words, e.g. "12 accounts"; "Twelve accounts" where a sentence begins with it.

        Forms are those of phrases.toml; a form that the fact has not is the full one.
        """
        said = self._text(fact, form).format_map(self._fields(fact, self._entry(fact["name"])[1], begins))
        return said[:1].upper() + said[1:] if begins else said

    def sentence(self, fact: Fact) -> str:
        """Return a sentence that says one fact and no more, its phrase between brackets."""
        return self._text(fact, "sentence").format_map(self._fields(fact, self._entry(fact["name"])[1], False))

    def _text(self, fact: Fact, form: str) -> str:
        """Return a text of phrases.toml for a fact; the forms "none_..." are for a count of zero."""
        entry = self._entry(fact["name"])[0]
        none = None if fact["value"] else entry.get(f"none_{form}")
        text = none or entry.get(form, entry["full"])
        return str(text[0 if fact["value"] == 1 else 1] if isinstance(text, list) else text)

    @property
    def standing(self) -> Mapping[str, str]:
        """The noun for each pronoun with which a sentence of the template may begin."""
        return dict(self._phrases["standing"])

    def number(self, value: int, *, begins: bool = False) -> str:
        """Return a count: digits, but "one" inside a sentence and a word where it begins with a small one."""
        words, most = self._phrases["numbers"], self._phrases["begins_in_words_up_to"] if begins else 1
        return str(words[value - 1]) if 1 <= value <= most else f"{value:,}"

    def duration(self, seconds: float, *, begins: bool = False) -> str:
        """Return the whole number of one unit that holds a length of time."""
        count, unit = holding_duration(seconds).split(" ")
        return f"{self.number(int(count), begins=begins) if count.isdigit() else count} {unit}"

    def nouns(self, name: str) -> tuple[str, str, str]:
        """Return the noun that a fact's name ends with: with its article, alone, in the plural."""
        prefix, _, kind = name.partition("_")
        if prefix in ("type", "wave"):
            known, noun = self._phrases["nouns_of_events"].get(kind), f"{kind} event"
        else:
            known, noun = self._phrases["nouns"].get(self._phrases["nouns_of_entities"].get(kind, kind)), kind
        a, one, many = known or _plain_nouns(noun)
        return a, one, many

    def _entry(self, name: str) -> tuple[Mapping[str, Any], str]:
        facts = self._phrases["facts"]
        if name in facts:
            return facts[name], name
        prefix, _, kind = name.partition("_")
        return facts.get(f"{prefix}_*", _AS_IT_IS), kind

    def _fields(self, fact: Fact, kind: str, begins: bool) -> dict[str, str]:
        """Return what a phrase of this fact may name; its unit says which fields there are."""
        value, text = fact["value"], str(fact["text"])
        match fact["unit"]:
            case "time":
                return {"time": f"{value[:10]} {value[11:16]} UTC"}
            case "s":
                return {"duration": self.duration(value, begins=begins)}
            case "score":
                return {"score": text.rpartition(" ")[2]}
            case "weight":
                return {"reason": phrase_of(kind), "text": text}
        if self._entry(fact["name"])[0] is _AS_IT_IS:
            return {"text": text}
        if fact["name"].startswith(_SUMS):
            return {"sum": self._sum(text)}
        bound = str(self._phrases["bound"]) if _AT_LEAST in text else ""
        a, one, many = self.nouns(fact["name"])
        return {"n": self.number(value, begins=begins and not bound), "bound": bound, "a": a, "one": one, "many": many, "code": kind}

    def _sum(self, text: str) -> str:
        amount, _, currency = text.partition(" in ")[0].partition(" ")
        return str(self._phrases["no_currency"]).format(amount=amount) if currency == NO_CURRENCY else f"{amount} {currency}"


def _plain_nouns(noun: str) -> tuple[str, str, str]:
    return f"{'an' if noun[:1] in 'aeiou' else 'a'} {noun}", noun, plural(noun)


def _step(name: str, entry: Mapping[str, Any]) -> StepEntry:
    return StepEntry(
        id=name,
        text=entry["text"],
        alone=entry.get("alone", entry["text"]),
        actions=tuple(entry.get("actions", ())),
        patterns=tuple(entry.get("patterns", ())),
        connected=entry.get("connected"),
        first=entry.get("first", False),
        needs=tuple(entry.get("needs", ())),
    )


@cache
def language_of(code: str) -> Language:
    """Return the language of a code of `LANGUAGES`. Raise ValueError for another."""
    if code not in LANGUAGES:
        raise ValueError(f"the language {code} is not known: use {', '.join(LANGUAGES)}")
    return Language(code)
