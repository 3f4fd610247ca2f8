"""The figures of a digest. None is what is not known; `Digest.unknown` says why."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

Sums = Mapping[str, float]
"""Currency -> sum, the code `XXX` for amounts without one."""
Counts = Mapping[str, int]


@dataclass(frozen=True)
class Prices:
    """What work and errors cost, of `train.costs`, in the currency of the shop's amounts."""

    review: float
    blocked_good: float


@dataclass(frozen=True)
class Money:
    """Money of the day's flagged events, by the verdicts that are in force when the digest is made."""

    stopped: Sums
    """Blocked and not called legitimate."""
    unjudged: Sums
    """The part of it on which there is no verdict yet."""
    held_wrongly: Sums
    """Blocked or held for a look, and called legitimate."""
    without_amount: int
    """Blocked events that name no amount: they are in no sum."""


@dataclass(frozen=True)
class Work:
    """What people did on the day, by the clock of the service, and what it cost."""

    verdicts: Counts
    """Verdicts of the day by word, undone ones left out."""
    reviewed: int
    """Events that these verdicts are of."""
    review_cost: float
    false_blocks: int
    """Blocked events of the day that a verdict calls legitimate."""
    false_block_cost: float | None
    """None where something was blocked and nothing of it was judged."""
    cases_closed: int


@dataclass(frozen=True)
class Large:
    """One of the largest incidents of the day."""

    id: str
    headline: str
    kind: str
    severity: str
    action: str
    pattern: str
    money: Sums
    alerts: int
    accounts: int
    status: str
    """The job's word when the digest is made: opened, grown or closed."""
    verdict: str
    """Of its case; empty without one."""


@dataclass(frozen=True)
class Incidents:
    """Incidents of the day, by event time."""

    new: int
    grown: int
    """Opened before the day, and more alerts joined on it."""
    ended: int
    """Those that the job closed on the day."""
    patterns: Counts
    """Of the new ones, the most frequent first."""
    largest: Sequence[Large]
    """Of the new and grown ones, by money at risk as it is when the digest is made."""


@dataclass(frozen=True)
class TrendDay:
    """A day of the week that ends with the digest's."""

    day: str
    alerts: int | None
    blocked: Sums | None


@dataclass(frozen=True)
class Change:
    """A change of a rule, list, model or switch that was asked for, approved or taken effect on the day."""

    at: int
    kind: str
    id: str
    version: int | None
    state: str
    status: str
    by: str
    approved_by: str
    reason: str


@dataclass(frozen=True)
class Llm:
    """What summaries of the day's revisions took, as the budget booked it."""

    revisions: int
    by_model: int
    calls: int
    tokens: int
    cost: float


@dataclass(frozen=True)
class Drift:
    """How far the day has moved from what a model was trained on."""

    model: str
    events: int
    psi: float
    """Population stability index of the score."""
    verdict: str
    """Of the score: none, some or much."""
    drifted: int
    """Inputs that have moved."""


@dataclass(frozen=True)
class Digest:
    """All figures of a day."""

    day: str
    made_at: int
    is_over: bool
    time_zone: str = "UTC"
    """Of the day."""
    decisions: Counts | None = None
    alerts: Counts | None = None
    """By decision."""
    money: Money | None = None
    missed: Sums | None = None
    """Approved on the day, and a fraud by a label."""
    missed_events: int | None = None
    work: Work | None = None
    incidents: Incidents | None = None
    week: Sequence[TrendDay] = ()
    changes: Sequence[Change] = ()
    more_changes: int = 0
    llm: Llm | None = None
    drift: Sequence[Drift] | None = None
    rejected: Counts | None = None
    """Lines that were no event, by the field at fault, the most frequent first."""
    dead_letters: Counts = field(default_factory=dict)
    """What the outbox has given up and nobody has sent again, by kind, when the digest is made."""
    unknown: Mapping[str, str] = field(default_factory=dict)
    """Figure -> why it is not known."""
