"""Conditions of a proposed rule: a few forms of words, each of which becomes one line of the rule's text."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass

from domain.graph import ENTITY_FIELDS
from domain.json_text import as_json
from ops.cases.errors import Invalid

MOST = 8
HOW = (
    "write conditions with `and` between: event type is signup; amount at least 500 EUR; device.accounts_1h at least 8; "
    "device is on the list mules"
)
_NUMBER = r"\d{1,12}(?:\.\d{1,6})?"
_COMPARED = r"(?P<how>at least|above|at most|below)"
_TYPE = re.compile(r"event[ _]type is (?P<type>[a-z][a-z0-9_]{0,39})", re.ASCII)
_AMOUNT = re.compile(rf"amount (?:is )?{_COMPARED} (?P<value>{_NUMBER}) (?P<currency>[A-Za-z]{{3}})", re.ASCII)
_FEATURE = re.compile(rf"(?P<feature>[a-z][a-z0-9_]{{0,39}}\.[a-z0-9_]{{1,39}}) (?:is )?{_COMPARED} (?P<value>{_NUMBER})", re.ASCII)
_LISTED = re.compile(
    rf"(?P<kind>{'|'.join(ENTITY_FIELDS)}) is on (?:the )?"
    r"(?:list (?P<list>[a-z][a-z0-9_-]{0,31})|(?P<named>[a-z][a-z0-9_-]{0,31}) list)",
    re.ASCII,
)


@dataclass(frozen=True)
class Said:
    """A condition: its words, its line, and the values that somebody chose."""

    words: str
    line: str
    values: tuple[str, ...]


def conditions_of(parts: Sequence[str]) -> list[Said]:
    """Return the conditions of some texts. Raises `Invalid` for another form of words."""
    if not 0 < len(parts) <= MOST:
        raise Invalid("when", f"a rule has 1 to {MOST} conditions; {HOW}")
    return [_condition(part) for part in parts]


def rule_text(decision: str, conditions: Sequence[Said]) -> str:
    """Return the text of a rule as its page edits it."""
    lines = "".join(f"    - {one.line}\n" for one in conditions)
    return f"when:\n  all:\n{lines}decision: {decision}\ntext: {as_json(said(conditions)[:200])}\n"


def said(conditions: Sequence[Said]) -> str:
    """Return conditions in words."""
    return " and ".join(one.words for one in conditions)


def _condition(part: str) -> Said:
    text = " ".join(part.split())
    if found := _TYPE.fullmatch(text):
        return Said(text, f"{{field: event_type, is: {as_json(found['type'])}}}", (found["type"],))
    if found := _AMOUNT.fullmatch(text):
        currency = found["currency"].upper()
        line = f"{{field: amount, {_word(found['how'])}: {found['value']}, currency: {as_json(currency)}}}"
        return Said(text, line, (found["value"], found["currency"]))
    if found := _FEATURE.fullmatch(text):
        line = f"{{feature: {found['feature']}, {_word(found['how'])}: {found['value']}}}"
        return Said(text, line, (found["feature"], found["value"]))
    if found := _LISTED.fullmatch(text):
        name = found["list"] or found["named"]
        return Said(text, f"{{entity: {found['kind']}, in_list: {as_json(name)}}}", (name,))
    raise Invalid("when", f"a condition cannot be read; {HOW}")


def _word(how: str) -> str:
    return how.replace(" ", "_")
