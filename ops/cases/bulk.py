"""One act on many cases: each succeeds or fails by itself, all in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from sqlalchemy.orm import Session

from ops.cases.audit.chain import pending_acts
from ops.cases.errors import CaseError, Invalid

MOST = 500
"""Most cases of one act."""


@dataclass(frozen=True)
class Outcome:
    """What became of one case."""

    case_id: str
    error: CaseError | None
    """Why nothing was changed; None if it was done."""


def bulk(session: Session, case_ids: Sequence[str], act: Callable[[str], object]) -> list[Outcome]:
    """Call `act(case_id)`, which changes the case in `session`, for each case; return the outcomes in order.

    Raises `Invalid` for more than `MOST` cases or none.
    """
    if not 1 <= len(case_ids) <= MOST:
        raise Invalid("cases", f"name 1 to {MOST} of them")
    errors: dict[str, CaseError | None] = {}
    for case_id in sorted(set(case_ids)):  # in one order: two who act on the same cases do not block each other
        errors[case_id] = _try(session, case_id, act)
    return [Outcome(case_id, errors[case_id]) for case_id in dict.fromkeys(case_ids)]


def _try(session: Session, case_id: str, act: Callable[[str], object]) -> CaseError | None:
    acts = pending_acts(session)
    before = len(acts)
    try:
        with session.begin_nested():
            act(case_id)
    except CaseError as error:
        del acts[before:]
        return error
    return None
