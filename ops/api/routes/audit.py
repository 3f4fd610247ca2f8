"""The audit: who did what to what, and whether the chain holds."""

from __future__ import annotations

import json
from typing import Annotated

from fastapi import Query

from ops.api.bodies.overview import AuditCheck, AuditEntry, AuditPage
from ops.api.pages import Cursor, Limit, next_of, place_of
from ops.api.problems import answers
from ops.api.queries import Since, Until
from ops.api.rights import routes_of
from ops.api.service import ServiceHere
from ops.cases.audit.entries import AuditFilter, AuditItem, entries
from ops.cases.audit.verify import Head, verify

Subject = Annotated[str | None, Query(max_length=128, pattern=r"^[A-Za-z0-9._:@+-]+$", description="As `case:case-3f9a...`")]
Actor = Annotated[str | None, Query(max_length=64, pattern=r"^[A-Za-z0-9._@+-]+$")]
ActionName = Annotated[str | None, Query(max_length=64, pattern=r"^[a-z._-]+$", description="As `case.claim`")]
EntityName = Annotated[str | None, Query(max_length=64, pattern=r"^[a-z_]+:[0-9a-f]{16}$", description="As `device:9c41aa00bb11cc22`")]
HeadText = Annotated[str | None, Query(max_length=90, pattern=r"^[0-9]{1,18}:[0-9a-f]{64}$", description="`head` of a check before")]
router = routes_of("audit")


@router.get("/v1/audit", summary="The audit, the newest first", responses=answers(503))
def audit(
    service: ServiceHere,
    limit: Limit = 50,
    cursor: Cursor = None,
    subject: Subject = None,
    actor: Actor = None,
    action: ActionName = None,
    entity: EntityName = None,
    since: Since = None,
    until: Until = None,
) -> AuditPage:
    """Return who did what. `private` is what is kept beside the chain: null where there is nothing, or where
    it was erased.
    """
    place = place_of("audit", cursor, int, int)
    with service.store.read() as session:
        page = entries(session, AuditFilter(subject, actor, action, entity, since, until), place, limit)
        return AuditPage(items=[_body(item) for item in page.rows], next=next_of("audit", page))


@router.get("/v1/audit/verify", summary="Check the audit's chain", responses=answers(503))
def verified(service: ServiceHere, head: HeadText = None) -> AuditCheck:
    """Check the whole chain. Note `head` elsewhere: a check with it shows whether all was made anew."""
    with service.store.read() as session:
        found = verify(session, [Head.of(head)] if head else [])
        return AuditCheck(holds=not found.problems, head=str(found.head), erased=found.erased, problems=found.problems)


def _body(item: AuditItem) -> AuditEntry:
    entry, beside = item
    return AuditEntry(
        **{name: getattr(entry, name) for name in ("seq", "at", "actor", "action", "subject", "previous", "hash")},
        details=json.loads(entry.details),
        entity=beside.entity if beside else None,
        private=json.loads(beside.text) if beside else None,
    )
