"""The tool that tries a rule: it is checked as the job checks it, and tried by `ringwatch rules try`."""

from __future__ import annotations

import json
import tempfile
import threading
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from domain.events.event import Rejected
from domain.json_text import as_json
from domain.rules.conditions import EntityListed, Rule, leaves
from domain.rules.language import rule_of
from domain.rules.names import RuleNames
from domain.times import rfc3339
from ops.assistant.arguments import known_only, text_of
from ops.assistant.child import output_of
from ops.assistant.conditions import Said, conditions_of, rule_text, said
from ops.assistant.proposal import DECISIONS
from ops.assistant.result import Column, Result, Row
from ops.cases.errors import Conflict, Invalid
from ops.rules.texts import records_of

TOOL = "try_rule"
DOES = "say what a rule would have done to past events; it changes nothing"
ARGUMENTS = (
    'decision: investigate or block, when: list of conditions as "event type is signup", "amount at least 500 EUR", '
    '"device.accounts_1h at least 8"'
)
LONGEST_S = 60.0
_DRAFT = {"id": "draft", "version": 1, "by": "draft", "reason": "draft"}
_COLUMNS = (Column("what", "text"), Column("value", "text"))


class RuleTrials:
    """What checks and tries rules, one at a time."""

    def __init__(self, names: RuleNames, command: Sequence[str], of_lists: Sequence[str] = (), limit_s: float = LONGEST_S) -> None:
        """Take the command that writes the figures of a rule as JSON; a file of the rule is its last word.

        `of_lists` is that for a rule that asks for a list; empty: the same.
        """
        self._names, self._command, self._of_lists, self._limit_s = names, tuple(command), tuple(of_lists or command), limit_s
        self._free = threading.Lock()

    def check(self, text: str) -> tuple[Mapping[str, Any], Rule]:
        """Return what a rule's text says. Raises `Invalid` as the job refuses it."""
        try:
            content = records_of(text)[0]
            return content, rule_of({**content, **_DRAFT}, self._names)
        except Rejected as why:
            raise Invalid(why.field, why.reason) from None

    def figures(self, text: str, within_s: float) -> Mapping[str, Any]:
        """Return what a rule would have done. Raises `Invalid`, and `Conflict` while another one is tried."""
        content, rule = self.check(text)
        is_listed = any(isinstance(leaf, EntityListed) for leaf in leaves(rule.when))
        if not self._free.acquire(blocking=False):
            raise Conflict("another rule is being tried: one at a time; try again when it is done")
        try:
            return self._run(self._of_lists if is_listed else self._command, content, min(within_s, self._limit_s))
        finally:
            self._free.release()

    def _run(self, command: Sequence[str], content: Mapping[str, Any], limit_s: float) -> Mapping[str, Any]:
        with tempfile.NamedTemporaryFile("w", suffix=".json", encoding="utf-8") as file:
            file.write(as_json(dict(content)))
            file.flush()
            found = json.loads(output_of([*command, file.name], "", limit_s))
        if not isinstance(found, dict):
            raise Conflict("the trial wrote no figures")
        return found


def try_rule(trials: RuleTrials, arguments: Mapping[str, Any], now: int, within_s: float) -> Result:
    """Return what a rule would have done, in figures. Raises `Invalid`, `Conflict`."""
    known_only(arguments, ("decision", "when"))
    decision, when = text_of(arguments, "decision", DECISIONS), arguments.get("when")
    if not isinstance(when, list) or not all(isinstance(one, str) for one in when):
        raise Invalid("when", "write a list of conditions")
    conditions: list[Said] = conditions_of(when)
    found = trials.figures(rule_text(decision, conditions), within_s)
    title = f"A rule that says {decision} where {said(conditions)}, tried"
    return Result(TOOL, dict(arguments), title, _COLUMNS, [Row(one) for one in _rows(found)])


def _rows(found: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    rule, window = found["rules"][0], found.get("window", {})
    if window.get("from") is not None:
        yield "from", rfc3339(int(window["from"]))
        yield "until", rfc3339(int(window["until"]))
    yield "events", f"{found['events']:,}"
    yield "it fires for", f"{rule['fired']:,}"
    for truth in ("fraud", "legitimate", "unknown"):
        yield f"of these {truth}", f"{rule[truth]:,}"
    yield "known frauds in all", f"{found['known_frauds']:,}"
    yield "approved events that it would flag", f"{rule['would_add']:,}"
    yield "flagged events that it would decide otherwise", f"{rule['would_change']:,}"
    for currency, sums in rule["money"].items():
        yield f"money in fraud, {currency}", f"{sums['fraud']:,.2f}"
        yield f"money in legitimate events, {currency}", f"{sums['legitimate']:,.2f}"
    if (share := rule["precision"]) is not None:
        yield "share of fraud where it is known", f"{share['value']:.1%} ({share['low']:.1%} to {share['high']:.1%} at 95%)"
