"""Rules, lists and switches of a shop as after a month of work: some in shadow, some paused, one refused."""

from __future__ import annotations

import random
from collections.abc import Iterator
from functools import partial
from typing import Any

from sqlalchemy import select, update
from sqlalchemy.orm import Session

from domain.times import DAY_MS, HOUR_MS, rfc3339
from ops.cases.control_changes import ControlDesk, Wanted
from ops.cases.store import Store
from ops.cases.tables import AlertEntity, Outgoing
from tests.support.control_samples import NAMES, PSEUDONYMS
from tests.support.rich_history import NOW

_SIGNUPS = {"field": "event_type", "is": "signup"}
_NIGHT = {"time_of_day": {"from": "22:00", "to": "06:00", "zone": "Europe/Berlin"}}
_LISTED = 44


def _accounts(count: int) -> dict[str, Any]:
    return {"feature": "device.accounts_1h", "at_least": count}


def _signups(count: int) -> dict[str, Any]:
    return {"feature": "device.signup_7d", "at_least": count}


def _in_days(days: int) -> str:
    return rfc3339(NOW + days * DAY_MS)


def _amount(**bounds: float) -> dict[str, Any]:
    return {"field": "amount", "currency": "EUR", **bounds}


def _rule(state: str, decision: str, text: str, *when: dict[str, Any], **fields: Any) -> dict[str, Any]:
    return {"state": state, "decision": decision, "text": text, "when": {"all": list(when)}, **fields}


_BY_DEVICE = "several sign-ups of one device within a week"
_AT_NIGHT = _rule("active", "investigate", "large orders at night", _amount(at_least=500), _NIGHT)
_SHOPS = _rule("paused", "investigate", "addresses of parcel shops", {"entity": "address", "in_list": "parcel_shops"})
_MULES = _rule("active", "block", "a device of known mules", {"entity": "device", "in_list": "mules"}, expires_at=_in_days(25))
_CARDS = _rule("shadow", "block", "small amounts, many accounts: card tests", _accounts(3), _amount(below=5), expires_at=_in_days(4))
_THREE, _TWO = (_rule("shadow", "investigate", _BY_DEVICE, _signups(count), _SIGNUPS) for count in (3, 2))
_BLOCKING = _rule("active", "block", _BY_DEVICE, _signups(2), expires_at=_in_days(30))
_REFUNDS = _rule(
    "active", "investigate", "refunds to accounts of today", {"field": "event_type", "is": "refund_request"},
    {"feature": "account.age", "below": 24},
)  # fmt: skip
_RULES = (
    (300, "night-orders", "lea", "courier fraud in February", _AT_NIGHT),
    (230, "parcel-shops", "anna", "too many reviews", _SHOPS),
    (170, "mule-devices", "lea", "list by the police", _MULES),
    (120, "card-tests", "ben", "trial", _CARDS),
    (72, "signup-wave", "anna", "wave since nine o'clock", _THREE),
    (50, "signup-wave", "anna", "three missed some", _TWO),
    (20, "signup-wave", "lea", "shadow caught 57, harmed none", _BLOCKING),
    (3, "new-refunds", "anna", "refund wave of yesterday", _REFUNDS),
)
"""Hours ago, id, who, why, what."""


def control_acts(store: Store) -> Iterator[tuple[int, Any]]:
    """Yield when something was asked for, and what does so."""
    for hours, record_id, by, reason, content in _RULES:
        yield NOW - hours * HOUR_MS, partial(_ask, Wanted("rule", record_id, content, by, reason))
    chance = random.Random(1)
    with store.read() as session:
        known = session.scalars(select(AlertEntity.entity).distinct().order_by(AlertEntity.entity)).all()
    kinds = ("device:", "account:", "address:", "ip:")
    for number, entity in enumerate(chance.sample([one for one in known if one.startswith(kinds)], _LISTED)):
        content = {
            "list": chance.choice(("block", "block", "mules")) if entity.startswith("device:") else "block",
            "entity": entity,
            "state": "active" if number % 7 else chance.choice(("paused", "deleted", "shadow")),
            "expires_at": chance.choice((None, _in_days(chance.randrange(3, 90)))),
        }
        why = chance.choice(("chargebacks", "ring of Tuesday", "same courier", "police request 4711/26", "stolen cards"))
        at = NOW - chance.randrange(2, 600) * HOUR_MS
        yield at, partial(_ask, Wanted("list", f"L{number + 1:02}", content, chance.choice(("anna", "ben", "lea")), why))
    allowed = {"list": "allow", "entity": "account:00aa11bb22cc33dd", "expires_at": _in_days(30)}
    yield NOW - 2 * HOUR_MS, partial(_ask, Wanted("list", "A1", allowed, "anna", "test account of the shop"))


def _ask(wanted: Wanted, session: Session, at: int) -> None:
    """Ask for it as the service does, and note it as the job answers, which applies all but a proposal."""
    content = {name: value for name, value in wanted.content.items() if value is not None}
    desk = ControlDesk(NAMES, PSEUDONYMS, "redis:control")
    change = desk.ask(session, Wanted(wanted.kind, wanted.record_id, content, wanted.by, wanted.reason), at)
    if change.status == "sent":
        sent = update(Outgoing).where(Outgoing.key == f"control:{change.id}").values(state="sent", sent_at=at)
        session.execute(sent)
        change.status, change.applied_at = "applied", at + 400
