"""An entity in words: what it did, what people called its incidents, on which lists it is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from domain.decisions.decision import BLOCK
from domain.decisions.effects import ALLOW_LIST, BLOCK_LIST
from domain.wording import counted
from ops.cases.control_changes import APPLIED, PROPOSED, SENT, WAITING
from ops.cases.entities import Seen
from ops.cases.entity_life import NEWEST, Flagged
from ops.cases.tables import ControlChange
from ops.desk.markup import shortened
from ops.terminal.shown_values import amount_text, moment

_MOST_SUMS = 3
LIST_WORDS = {BLOCK_LIST: "blocked", ALLOW_LIST: "let pass"}
_STATUS_WORDS = {
    PROPOSED: "waits for a second person", WAITING: "waits for its stream", SENT: "is on its way to the job", APPLIED: "in force",
}  # fmt: skip


@dataclass(frozen=True)
class Listing:
    """A record of a list that names the entity."""

    id: str
    change: int
    list: str
    state: str
    status: str
    """In words."""
    is_proposed: bool
    may_approve: bool
    """Whether who looks may be the second person."""
    by: str
    reason: str
    at: int
    expires_at: str
    """As the record says it; empty: it stays."""


def listing_of(change: ControlChange, status: str, may_approve: bool = False) -> Listing:
    """Return a record as the page shows it; it may have come from elsewhere than the desk."""
    expires = change.record.get("expires_at")
    return Listing(
        id=change.record_id,
        change=change.id,
        list=shortened(change.list_name or "", 32),
        state=change.state,
        status=_STATUS_WORDS.get(status, status),
        is_proposed=status == PROPOSED,
        may_approve=may_approve,
        by=shortened(change.by, 64),
        reason=shortened(change.reason, 200),
        at=change.at,
        expires_at=_expiry(expires),
    )


def did_words(seen: Seen, flagged: Sequence[Flagged]) -> list[str]:
    """Return sentences about what it did."""
    if not seen.alerts:
        return ["No event with it has been flagged."]
    among = f"Of the newest {NEWEST:,}: " if seen.alerts > len(flagged) else ""
    blocked = [one for one in flagged if one.decision == BLOCK]
    words = [f"{counted(seen.alerts, 'alert')} in {counted(seen.incidents, 'incident') if seen.incidents else 'no incident'}."]
    if not blocked:
        return [*words, f"{among}{'none' if among else 'None'} was blocked."]
    sums = _sums(blocked)
    money = f", {' + '.join(sums)}" if sums else ""
    others = f"; {len(flagged) - len(blocked):,} to investigate" if len(flagged) > len(blocked) else ""
    return [*words, f"{among}{len(blocked):,} blocked{money}{others}."]


def verdict_words(verdicts: Mapping[str, int]) -> str:
    """Return what people called its incidents: 2 fraud, 1 legitimate; empty if nothing."""
    return ", ".join(f"{count:,} {word}" for word, count in sorted(verdicts.items(), key=lambda one: (-one[1], one[0])))


def _sums(events: Sequence[Flagged]) -> list[str]:
    found: dict[str, float] = defaultdict(float)
    for one in events:
        if one.amount:
            found[one.currency or "?"] += one.amount
    largest = sorted(found.items(), key=lambda one: (-one[1], one[0]))[:_MOST_SUMS]
    return [amount_text(amount, currency) for currency, amount in largest]


def _expiry(value: object) -> str:
    """Return when a record ends: the job takes a text or ms since 1970."""
    if isinstance(value, int) and not isinstance(value, bool):
        return f"{moment(value, '%Y-%m-%d %H:%M')} UTC"
    return shortened(value, 40).removesuffix("T00:00:00Z") if value else ""
