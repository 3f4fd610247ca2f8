"""What is known of an incident's alerts: bounded counts and sums that do not depend on the alerts' order."""

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import accumulate
from typing import Any, Self

from domain.decisions.alert import SEVERITIES, Alert
from domain.decisions.decision import BLOCK
from domain.incidents.forgotten import MASK
from domain.incidents.money import NO_CURRENCY, UNITS_PER_ONE, on_yardstick, to_units, yardstick
from domain.incidents.participants import Participants
from domain.incidents.purchases import pairs
from domain.json_text import as_json
from domain.memory.crowd import SMALL_PAYMENT

MILLIONTHS = 1_000_000  # scores and weights are summed as whole millionths, exact in any order
STRONGEST_BYTES = 2_800  # of JSON; ten events of three entities each fit, with UUIDs as their ids
RINGS_CAP = 32
EVENT_IDS = 500
EVENT_ID_BYTES = 20_000  # of JSON; 500 UUIDs fit
IDS_OF_PART, ID_BYTES_OF_PART = EVENT_IDS // RINGS_CAP, EVENT_ID_BYTES // RINGS_CAP
"""Of one among look-alikes: a large one leaves room for each other."""

HEAVIEST = 100_000 * UNITS_PER_ONE
"""Most that one alert weighs in `weights`: one invented amount must not hide what comes after it."""

OTHER = "other"  # counts the codes beyond a table's bound

_KEYS_CAP = {"types": 8, "decisions": 4, "money": 8, "paid": 8, "refunds": 8, "reasons": 24}
_SUMS = ("money", "paid", "refunds")
_MONEY, PAID_SUM, _REFUNDS = range(len(_SUMS))
"""Positions of the sums in `weights`."""
_CURRENCY = re.compile(r"[A-Z]{3}", re.ASCII)


@dataclass(frozen=True, slots=True)
class Clue:
    """What counts of an alert: codes, numbers and pseudonyms, no text that somebody could have chosen."""

    event_id: str
    time_ms: int
    event_type: str
    decision: str
    score: float
    severity: str
    reasons: tuple[tuple[str, float], ...]
    entities: Mapping[str, str]
    amount: float | None
    currency: str
    ring: str
    part: str = ""
    """Which of some look-alikes it is of; older builds kept none."""

    @classmethod
    def of(cls, alert: Alert, part: str = "") -> Self:
        """Return what counts of `alert`."""
        decision, currency = alert.decision, alert.decision.currency
        return cls(
            event_id=decision.event_id[:128],
            time_ms=decision.time_ms,
            event_type=code_of(decision.event_type),
            decision=code_of(decision.outcome),
            score=min(1.0, max(0.0, decision.score)),
            severity=alert.severity,
            reasons=tuple((code_of(reason.code), reason.weight) for reason in decision.reasons),
            entities={code_of(kind): pseudonym for kind, pseudonym in decision.entities.items()},
            amount=decision.amount,
            currency=currency if isinstance(currency, str) and _CURRENCY.fullmatch(currency) else NO_CURRENCY,
            ring=code_of(alert.ring),
            part=part,
        )

    @property
    def account(self) -> str | None:
        """Return the pseudonym of the alert's account."""
        return self.entities.get("account")

    @classmethod
    def from_text(cls, text: str) -> Self:
        """Read what `to_text` returned."""
        clue = cls(*json.loads(text))
        return replace(clue, reasons=tuple((code, weight) for code, weight in clue.reasons))

    def to_text(self) -> str:
        """Return the clue as text."""
        return as_json([getattr(self, name) for name in self.__slots__])


def code_of(value: object) -> str:
    """Return `value` as a code of at most 40 letters, digits and `_.-`: free text cannot pass as evidence."""
    return re.sub(r"[^A-Za-z0-9_.-]", "_", str(value))[:40] or "_"


class IncidentTally:
    """Counts, sums, participants, ids and the strongest events of the alerts added so far."""

    def __init__(self, strongest: int, participants: Participants, connected: bool = True) -> None:
        self._strongest_cap = strongest
        self.participants = participants
        self.connected = connected  # False: the alerts are of accounts that nothing connects
        self.alerts = 0
        self.first_ms = self.last_ms = 0
        self.types: dict[str, int] = {}
        self.decisions: dict[str, int] = {}
        self.money: dict[str, int] = {}  # currency -> ten-thousandths in orders and payments
        self.paid: dict[str, int] = {}  # currency -> ten-thousandths of them in payments that were not blocked
        self.refunds: dict[str, int] = {}  # currency -> ten-thousandths in refund requests
        self.weights = [0, 0, 0]  # the same three on the yardstick, all currencies in one: how much it has grown
        self.reasons: dict[str, list[int]] = {}  # code -> [alerts, weight in millionths]
        self.largest = 0  # amount of one alert, in ten-thousandths on the yardstick
        self.small_payments = 0
        self.score_max = self.score_sum = 0  # millionths
        self.severity = 0  # index into SEVERITIES of the most severe alert
        self.strongest: list[dict[str, Any]] = []
        self.strongest_end: list[Any] | None = None  # rank of the first event that had no room
        self.rings: dict[str, list[int]] = {}  # label of the alerts -> [first, last, alerts]
        self.merged = 0  # rings that became part of this one
        self.unpaired: list[list[Any]] = []  # orders and payments whose other half may still come
        self.event_ids: list[str] = []  # of the first alerts that fit the bounds
        self.event_id_bytes = 0  # of their JSON
        self.ids_of_parts: dict[str, list[int]] = {}  # part -> its ids and their bytes

    def add(self, alert: Clue) -> None:
        """Count one alert."""
        first, last = (self.first_ms, self.last_ms) if self.alerts else (alert.time_ms, alert.time_ms)
        self.first_ms, self.last_ms = min(first, alert.time_ms), max(last, alert.time_ms)
        self.alerts += 1
        self._count("types", alert.event_type, 1)
        self._count("decisions", alert.decision, 1)
        self._add_money(alert)
        self._add_ring(alert)
        self._add_event_id(alert.event_id, alert.part)
        for kind, pseudonym in alert.entities.items():
            self.participants.add(kind, int(pseudonym, 16))
        for code, weight in alert.reasons:
            self._add_reason(code, round(weight * MILLIONTHS))
        score = round(alert.score * MILLIONTHS)
        self.score_max, self.score_sum = max(self.score_max, score), self.score_sum + score
        self.severity = max(self.severity, SEVERITIES.index(alert.severity))
        self._add_strongest(_event_of(alert))

    def leave_out(self, account: str) -> None:
        """Name an account nowhere any more; counts and sums stay, for they are of all.

        Which of the ids of events are the account's, nobody can tell: all go.
        """
        self.participants.drop("account", int(account, 16))
        self.strongest = [event for event in self.strongest if event["entities"].get("account") != account]
        self.unpaired = [purchase for purchase in self.unpaired if purchase[0] != account]
        self.event_ids, self.event_id_bytes, self.ids_of_parts = [], 0, {}
        if account in self.rings:  # as an older build named them
            self.rings[MASK] = self.rings.pop(account)

    def to_state(self) -> dict[str, Any]:
        """Return everything but the participants as JSON values."""
        return {name: value for name, value in vars(self).items() if name not in ("_strongest_cap", "connected", "participants")}

    def restore(self, state: Mapping[str, Any]) -> None:
        """Read what `to_state` returned; what an older version did not have stays empty."""
        vars(self).update(state)
        if "weights" not in state:
            sums = (self.money, self.paid, self.refunds)
            self.weights = [sum(on_yardstick(units, currency) for currency, units in one.items()) for one in sums]

    def _add_strongest(self, event: dict[str, Any]) -> None:
        """Keep the first events by score, then amount, as far as they fit in STRONGEST_BYTES.

        The list ends at the first event that does not fit and its equals, also for those that come later: so
        the result does not depend on the order of the alerts.
        """
        if self.strongest_end is not None and _rank(event) >= self.strongest_end:
            return
        self.strongest = sorted([*self.strongest, event], key=lambda e: (_rank(e), e["id"]))[: self._strongest_cap]
        # brackets and commas aside: nothing to cut, as a rule
        if len(as_json(self.strongest)) - len(self.strongest) - 1 <= STRONGEST_BYTES:
            return
        ends = accumulate(len(as_json(kept)) for kept in self.strongest)
        self.strongest_end = next(_rank(kept) for kept, end in zip(self.strongest, ends, strict=True) if end > STRONGEST_BYTES)
        self.strongest = [kept for kept in self.strongest if _rank(kept) < self.strongest_end]

    def _count(self, table: str, key: str, step: int, overflow: str = OTHER) -> None:
        counts: dict[str, int] = getattr(self, table)
        key = key if key in counts or len(counts) < _KEYS_CAP[table] else overflow
        counts[key] = counts.get(key, 0) + step

    def _add_money(self, alert: Clue) -> None:
        if alert.amount is None:
            return
        units = to_units(alert.amount)
        if alert.event_type in ("order", "payment"):
            account = alert.entities.get("account")
            if not pairs(self.unpaired, account, units, alert.currency, alert.event_type, alert.time_ms):
                self._add_sum(_MONEY, alert.currency, units)
        elif alert.event_type == "refund_request":
            self._add_sum(_REFUNDS, alert.currency, units)
        if alert.event_type == "payment":
            if alert.decision != BLOCK:
                self._add_sum(PAID_SUM, alert.currency, units)
            self.small_payments += yardstick(units, alert.currency) <= SMALL_PAYMENT

    def _add_sum(self, position: int, currency: str, units: int) -> None:
        self._count(_SUMS[position], currency, units, NO_CURRENCY)
        weight = on_yardstick(units, currency)
        self.weights[position] += min(weight, HEAVIEST)
        self.largest = max(self.largest, weight)

    def _add_ring(self, alert: Clue) -> None:
        if not self.connected:
            return
        if alert.ring in self.rings:
            first, last, alerts = self.rings[alert.ring]
            self.rings[alert.ring] = [min(first, alert.time_ms), max(last, alert.time_ms), alerts + 1]
        elif len(self.rings) < RINGS_CAP:
            self.rings[alert.ring] = [alert.time_ms, alert.time_ms, 1]

    def _add_event_id(self, event_id: str, part: str) -> None:
        size = len(as_json(event_id)) + 1
        if len(self.event_ids) >= EVENT_IDS or self.event_id_bytes + size > EVENT_ID_BYTES:
            return
        if part:
            ids, its_bytes = self.ids_of_parts.get(part, (0, 0))
            if ids >= IDS_OF_PART or its_bytes + size > ID_BYTES_OF_PART:
                return
            self.ids_of_parts[part] = [ids + 1, its_bytes + size]
        self.event_ids.append(event_id)
        self.event_id_bytes += size

    def _add_reason(self, code: str, weight: int) -> None:
        if code not in self.reasons and len(self.reasons) >= _KEYS_CAP["reasons"]:
            code = OTHER
        alerts, weights = self.reasons.get(code, (0, 0))
        self.reasons[code] = [alerts + 1, weights + weight]


def _event_of(alert: Clue) -> dict[str, Any]:
    return {
        "id": alert.event_id,
        "time": alert.time_ms,
        "type": alert.event_type,
        "decision": alert.decision,
        "score": round(alert.score, 4),
        "amount": alert.amount,
        "currency": None if alert.amount is None else alert.currency,
        "entities": dict(sorted(alert.entities.items())),
    }


def _rank(event: Mapping[str, Any]) -> list[Any]:
    """Return what orders events by score, then amount, highest first, then by time."""
    return [-event["score"], -(event["amount"] or 0.0), event["time"]]
