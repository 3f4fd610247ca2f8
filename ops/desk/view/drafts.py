"""A rule as somebody writes it: its text, and what is wrong with it, in place."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from domain.events.event import Rejected
from domain.rules.conditions import SHADOW, EntityListed, Rule, leaves
from domain.rules.language import rule_of
from domain.rules.names import RuleNames
from domain.wording import counted
from ops.rules.places import line_of
from ops.rules.texts import records_of
from ops.rules.yaml_text import written

CONTENT = ("when", "decision", "text", "expires_at")
"""Fields of a rule's record that are in its text, in this order; the form has others of their own."""
_PLACED = re.compile(r"not YAML: line \d+, (?P<place>column \d+): (?P<rest>.*)", re.DOTALL)
_BESIDE = ("control", "id", "version", "state", "by", "reason")
NEW_TEXT = """when:
  all:
    - {feature: device.accounts_1h, at_least: 8}
    - {field: event_type, is: signup}
decision: investigate
text: many sign-ups from one device
"""


@dataclass(frozen=True)
class Fault:
    """What is wrong with a text."""

    field: str
    reason: str
    line: int | None = None
    shown: str = ""
    """The line."""


@dataclass(frozen=True)
class Draft:
    """A rule that is written; nothing of it is kept before it is sent."""

    rule_id: str
    """Empty as long as a new rule has none."""
    text: str
    state: str = SHADOW
    """A new rule is counted before it decides."""
    reason: str = ""
    seen: int = 0
    """The newest version when it was opened; 0 of a new rule."""
    asked: str = ""
    """The question whose answer has written it; empty of none."""


@dataclass(frozen=True)
class Checked:
    """What a check says: a fault, or the content and the rule that it is."""

    fault: Fault | None = None
    content: Mapping[str, Any] | None = None
    rule: Rule | None = None

    @property
    def said(self) -> str:
        """What the rule is, in words."""
        if self.rule is None:
            return ""
        return f"{counted(sum(1 for _ in leaves(self.rule.when)), 'condition')}; where they hold it says {self.rule.decision}"

    @property
    def lists(self) -> frozenset[str]:
        """Return the lists that it names."""
        return frozenset(leaf.list for leaf in leaves(self.rule.when) if isinstance(leaf, EntityListed)) if self.rule else frozenset()


def text_of(record: Mapping[str, Any]) -> str:
    """Return the text of a rule's record, as it is edited."""
    return written({name: record[name] for name in CONTENT if record.get(name) is not None})


def checked(draft: Draft, names: RuleNames) -> Checked:
    """Return what the job would say of a draft."""
    try:
        content = _content(draft.text)
        identity = {"id": draft.rule_id or "draft", "version": 1, "by": "draft", "reason": "draft", "state": draft.state}
        return Checked(content=content, rule=rule_of({**content, **identity}, names))
    except Rejected as why:
        line = line_of(draft.text, why.field, why.reason)
        lines = draft.text.splitlines()
        shown = lines[line - 1].strip() if line is not None and line <= len(lines) else ""
        placed = _PLACED.match(why.reason) if why.field == "line" else None
        field, reason = (placed["place"], f"not YAML: {placed['rest']}") if placed else (why.field, why.reason)
        return Checked(Fault(field, reason, line, shown))


def _content(text: str) -> Mapping[str, Any]:
    found = records_of(text)
    if len(found) > 1:
        raise Rejected("line", f"it holds {len(found)} rules; write one, and each other one on a page of its own")
    for name in _BESIDE:
        if name in found[0]:
            raise Rejected(name, "the form says it, below the text; leave it out here")
    return found[0]
