"""One `rule` record to one `Rule`, or `Rejected` with the field and the mend."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from domain.rules.condition_reader import ConditionReader
from domain.rules.conditions import ACTIVE, DECISIONS, DELETED, INVESTIGATE, NEVER, STATES, Rule
from domain.rules.names import RuleNames
from domain.rules.record_fields import choice_of, expiry_of, id_of, refuse_others, text_of, version_of

FIELDS = ("control", "id", "version", "state", "when", "decision", "text", "expires_at", "by", "reason")
"""Fields of a rule's record."""


def rule_of(document: Mapping[str, Any], names: RuleNames) -> Rule:
    """Return the rule of a record; raise `Rejected` with the path of the field at fault.

    A deleted one needs no `when`, `decision` and `text`.
    """
    refuse_others(document, FIELDS)
    if "control" in document:
        choice_of(document["control"], "control", ("rule",))
    identity, version = id_of(document), version_of(document)
    state = choice_of(document.get("state", ACTIVE), "state", STATES)
    is_bare = state == DELETED and "when" not in document
    return Rule(
        id=identity,
        version=version,
        state=state,
        when=NEVER if is_bare else ConditionReader(names).read(document.get("when")),
        decision=INVESTIGATE if is_bare else choice_of(document.get("decision"), "decision", DECISIONS),
        text="" if is_bare else text_of(document, "text", "what the rule finds, in words"),
        expires_ms=expiry_of(document),
        by=text_of(document, "by", "who made the rule"),
        reason=text_of(document, "reason", "why it was made"),
    )
