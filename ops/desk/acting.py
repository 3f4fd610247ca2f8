"""A transaction in which somebody acts on cases, and that can be taken back for some seconds."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

from sqlalchemy.orm import Session

from ops.access.roles import Caller
from ops.api.service import Service
from ops.cases.desk_acts import before_act, keep_act


@dataclass
class Acting:
    """An act that goes on; `said` is what will be said of it, beside its undo."""

    session: Session
    said: str
    comment: int | None = None
    """The comment that it added."""


@contextmanager
def acting(service: Service, caller: Caller, case_ids: Sequence[str], said: str, session: Session | None = None) -> Iterator[Acting]:
    """Lend a transaction; what is changed of the cases in it can be undone. `session`: one that has begun."""
    if session is None:
        with service.store.begin() as begun, acting(service, caller, case_ids, said, begun) as act:
            yield act
        return
    before = before_act(session, case_ids, caller.name, service.clock())
    act = Acting(session, said)
    yield act
    keep_act(session, before, act.said, act.comment)
