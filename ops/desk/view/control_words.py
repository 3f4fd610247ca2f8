"""Changes of rules, lists and switches in words."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from domain.control.records import LIST, SWITCH
from domain.decisions.effects import AUTO_BLOCK, LISTS, RULES, SHADOW_SWITCH
from domain.events.event import Rejected
from domain.rules.record_fields import expiry_of
from domain.wording import counted
from ops.cases.second_person import RELEASE, UNDO, VERDICT
from ops.desk.markup import shortened

STATUS_WORDS = {
    "proposed": "waits for a second person",
    "waiting": "on its way",
    "sent": "sent, not yet in force",
    "applied": "in force",
    "refused": "refused by the job",
    "overtaken": "overtaken by a later one",
    "withdrawn": "turned down",
}
SWITCH_WORDS = {
    AUTO_BLOCK: ("Automatic blocking", "Off: every block becomes a review."),
    RULES: ("Rules", "Off: no rule of this page does anything."),
    LISTS: ("Lists", "Off: no list does anything, block and allow neither."),
    SHADOW_SWITCH: ("Shadow", "Off: what is in shadow rests."),
}
"""Switch -> its name, and what it does when it is off."""


def expires_ms(record: Mapping[str, Any]) -> int | None:
    """Return when a record expires, ms since 1970; None if it stays, or says something else."""
    try:
        return expiry_of(record)
    except Rejected:
        return None


def proposal_words(kind: str, record: Mapping[str, Any]) -> str:
    """Return what is proposed: put account:... on the list allow; the verdict legitimate on 3 cases."""
    if kind == LIST:
        return f"Put {record.get('entity') or record.get('file') or 'something'} on the list {record.get('list')}"
    if kind == SWITCH:
        return f"Turn {record.get('name')} {'on' if record.get('on') else 'off'}"
    if kind == VERDICT:
        return f"Verdict {record.get('verdict')} on {counted(len(record.get('cases') or ()), 'case')}"
    if kind == RELEASE:
        return f"Release the {record.get('action')} of {shortened(record.get('event_id'), 60)}"
    return "Take a verdict back" if kind == UNDO else f"Change {kind} {record.get('id') or ''}".strip()
