"""A rule: its text to edit with checks, its states, and its versions side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated

from anyio import to_thread
from fastapi import Query, Request, Response

from ops.access.roles import Caller
from ops.api.bodies.fields import RecordId
from ops.api.control_desk import asked_as_seen, desk_of
from ops.api.problems import Problem
from ops.api.rights import CallerHere
from ops.api.routes.rules import RULE
from ops.api.service import Service, ServiceHere
from ops.assistant.proposal import RULE as RULE_ACT
from ops.cases.control_changes import VALID, WAITING, Wanted
from ops.cases.control_lists import changes
from ops.desk.control_rows import Row, rows_of, versions_in_words
from ops.desk.forms import Form, FormHere
from ops.desk.layout import page
from ops.desk.page_route import pages_of
from ops.desk.proposed import FIELD, AskedHere, confirm, proposed
from ops.desk.view.drafts import NEW_TEXT, Checked, Draft, Fault, checked, text_of
from ops.desk.view.side_by_side import side_by_side
from ops.desk.view.trial import Trial
from ops.desk.ways import back_to

router = pages_of("rule")
MOST_VERSIONS = 100
Version = Annotated[int | None, Query(ge=1, le=2**53 - 1)]


@router.get("/rules/draft/new")
def new_rule(request: Request, service: ServiceHere, caller: CallerHere, question: AskedHere = None) -> Response:
    """Return the page on which a rule is written; `asked`: the question that has written one."""
    with service.store.read() as session:
        filled = proposed(session, caller, question, RULE_ACT)
    text, reason = filled.get("text", NEW_TEXT), filled.get("reason", "")
    return editor(request, service, Draft("", text, reason=reason, asked=str(question or "")))


@router.get("/rules/{rule_id}")
def rule(
    request: Request,
    service: ServiceHere,
    caller: CallerHere,
    rule_id: RecordId,
    edit: Version = None,
    left: Version = None,
    right: Version = None,
) -> Response:
    """Return a rule with its versions; `edit`: whose text is edited; `left`, `right`: which are compared."""
    versions = versions_of(service, rule_id)
    if not versions:
        raise Problem(404, f"there is no rule {rule_id}: it may never have been sent")
    shown = _of(versions, edit) or _newest(versions)
    draft = Draft(
        rule_id, text_of(shown.record), shown.state if shown.state != "deleted" else "active", "", max(one.version or 0 for one in versions)
    )
    return editor(request, service, draft, versions=versions, shown=shown, left=left, right=right)


@router.post("/rules/draft/check")
def check(request: Request, service: ServiceHere, form: FormHere) -> Response:
    """Return the page with what is wrong with the text, if anything is."""
    draft = draft_of(form)
    return editor(request, service, draft, checked(draft, desk_of(service).names))


@router.post("/rules/draft/try")
async def try_rule(request: Request, service: ServiceHere, form: FormHere) -> Response:
    """Return the page with what the rule would have done to the newest events of the stream."""
    draft = draft_of(form)
    found = checked(draft, desk_of(service).names)
    if found.fault is not None:
        return await to_thread.run_sync(lambda: editor(request, service, draft, found, 422))
    if service.dry_runs is None:
        raise Problem(503, "this service tries no rules: start it with the settings of the job")
    trial = Trial(await service.dry_runs.tried(found.content or {}))
    return await to_thread.run_sync(lambda: editor(request, service, draft, found, trial=trial))


@router.post("/rules/draft/save")
def save(request: Request, service: ServiceHere, caller: CallerHere, form: FormHere) -> Response:
    """Send the next version to the job; a text with a fault comes back with it."""
    draft = draft_of(form)
    found = checked(draft, desk_of(service).names)
    if found.fault is None:
        try:
            return _sent(service, caller, form, draft, found)
        except Problem as problem:
            if problem.status != 422:
                raise
            found = Checked(Fault(problem.field or "", problem.detail.removeprefix(f"{problem.field}: ")))
    return editor(request, service, draft, found, 422)


def editor(
    request: Request,
    service: Service,
    draft: Draft,
    found: Checked | None = None,
    status: int = 200,
    *,
    versions: Sequence[Row] = (),
    shown: Row | None = None,
    left: int | None = None,
    right: int | None = None,
    trial: Trial | None = None,
) -> Response:
    """Return the page of a draft, with what a check of it says."""
    if draft.seen and not versions:
        versions = versions_of(service, draft.rule_id)
    if shown is None and versions:
        shown = _newest(versions)
    desk = desk_of(service)
    two = _compared(versions, left, right)
    pairs = list(side_by_side(*(text_of(one.record) for one in two))) if two else []
    return page(
        request, "rule.html", status, draft=draft, checked=found or checked(draft, desk.names), is_asked=found is not None,
        versions=versions, shown=shown, two=two, pairs=pairs, trial=trial,
        try_limit_s=service.dry_runs.limit_s if service.dry_runs else None, features=desk.names.features.values(), kinds=desk.names.kinds,
    )  # fmt: skip


def versions_of(service: Service, rule_id: str) -> list[Row]:
    """Return the versions of a rule, the newest first."""
    with service.store.read() as session:
        return versions_in_words(rows_of(session, changes(session, MOST_VERSIONS, kind=RULE, record_id=rule_id)))


def draft_of(form: Form) -> Draft:
    """Return what the form of a rule says."""
    seen = form.one("seen")
    text = form.secret("rule")
    return Draft(form.one("id"), text, form.one("state"), form.one("reason"), int(seen) if seen.isdecimal() and len(seen) < 16 else 0,
                 form.one(FIELD))  # fmt: skip


def _sent(service: Service, caller: Caller, form: Form, draft: Draft, found: Checked) -> Response:
    if not draft.rule_id:
        raise Problem(422, "id: the rule needs one, such as R7; it stays", "id")
    content = {**(found.content or {}), "state": draft.state}
    wanted = Wanted(RULE, draft.rule_id, content, caller.name, draft.reason)
    with service.store.begin() as session:
        change = asked_as_seen(session, service, caller, wanted, draft.seen)
        confirm(session, service, caller, form, RULE_ACT, {"change": change.id})
    return back_to(f"/rules/{draft.rule_id}")


def _newest(versions: Sequence[Row]) -> Row:
    """Return the newest version that holds or is on its way; the newest of all where none does."""
    return next((one for one in versions if one.status in (*VALID, WAITING)), versions[0])


def _of(versions: Sequence[Row], version: int | None) -> Row | None:
    return next((one for one in versions if one.version == version), None) if version is not None else None


def _compared(versions: Sequence[Row], left: int | None, right: int | None) -> tuple[Row, Row] | None:
    """Return the two versions that are compared: those asked for, else the newest and the one before."""
    if len(versions) < 2:
        return None
    new = _of(versions, right) or versions[0]
    before = [one for one in versions if (one.version or 0) < (new.version or 0)] or [versions[-1]]
    return _of(versions, left) or before[0], new
