"""Entries of the audit as rows."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from urllib.parse import quote, urlencode

from sqlalchemy import select
from sqlalchemy.orm import Session

from ops.cases.audit.entries import AuditFilter, AuditItem
from ops.cases.tables import CaseRow
from ops.desk.markup import shortened
from ops.desk.view.audit_words import act_words
from ops.desk.view.entity_names import EntityName, entity_name_of
from ops.terminal.shown_values import mapping

_NOTE, _NAME = 300, 80
_PAGES = {"rule": "/rules", "list": "/lists", "switch": "/rules#switches", "model": "/models", "shadow_model": "/models"}

_OF_THEIR_OWN = ("rule", "list")
"""Kinds whose records have a page each."""


@dataclass(frozen=True)
class AuditView:
    """What the audit shows, as the address says it. Empty values are left out."""

    actor: str = ""
    subject: str = ""
    action: str = ""
    entity: str = ""

    def address(self, **changes: str) -> str:
        """Return the address of this list with changes."""
        query = urlencode({name: value for name, value in asdict(replace(self, **changes)).items() if value}, safe=":@")
        return f"/audit?{query}" if query else "/audit"

    @property
    def is_filtered(self) -> bool:
        """Whether it leaves anything out."""
        return any(asdict(self).values())

    def wanted(self) -> AuditFilter:
        """Return the store's filter."""
        return AuditFilter(self.subject or None, self.actor or None, self.action or None, self.entity or None)


@dataclass(frozen=True)
class AuditLine:
    """What a row shows."""

    seq: int
    at: int
    actor: str
    who: str
    """The actor as it is shown."""
    did: str
    subject: str
    of: str
    """The subject as it is shown."""
    way: str
    """The page of the subject; empty without one."""
    entity: EntityName | None
    note: str
    """The reason or text; empty if there was none, or it was erased."""
    is_erased: bool
    hash: str


def audit_lines(session: Session, items: Sequence[AuditItem]) -> list[AuditLine]:
    """Return rows of the audit."""
    cases = [item.entry.subject.removeprefix("case:") for item in items if item.entry.subject.startswith("case:")]
    found = select(CaseRow.id, CaseRow.incident_id).where(CaseRow.id.in_(sorted(set(cases))))
    incidents = dict(session.execute(found).all())
    return [_line(item, incidents) for item in items]


def _line(item: AuditItem, incidents: Mapping[str, str]) -> AuditLine:
    entry, beside = item
    private = mapping(json.loads(beside.text)) if beside else {}
    text = private.get("reason") or private.get("text")
    return AuditLine(
        seq=entry.seq,
        at=entry.at,
        actor=entry.actor,
        who=shortened(entry.actor, _NAME),
        did=act_words(entry.action, entry.subject, mapping(json.loads(entry.details))),
        subject=entry.subject,
        of=shortened(entry.subject.removeprefix("case:"), _NAME),
        way=_way(entry.subject, incidents),
        entity=entity_name_of(beside.entity) if beside and beside.entity else None,
        note=shortened(text, _NOTE) if text else "",
        is_erased=entry.commitment is not None and beside is None,
        hash=entry.hash,
    )


def _way(subject: str, incidents: Mapping[str, str]) -> str:
    kind, _, name = subject.partition(":")
    if kind == "case":
        return f"/incidents/{incidents[name]}" if name in incidents else ""
    if kind in _OF_THEIR_OWN and name:
        return f"{_PAGES[kind]}/{quote(name, safe='', errors='replace')}"
    return _PAGES.get(kind, "")
