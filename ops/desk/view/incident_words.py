"""What an incident is in a few words: how much, since when, how many; and what is like it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from domain.incidents.incident import WAVE
from domain.incidents.money import to_units, yardstick
from domain.rules.record_fields import MAX_ID
from domain.times import holding_duration
from domain.wording import counted
from ops.cases.growth import AccountSum
from ops.cases.similar import Similar
from ops.cases.tables import IncidentRow
from ops.cases.words import ACTION_WORDS
from ops.desk.view.entity_names import EntityName, entity_name_of
from ops.terminal.shown_values import amount_text, items, mapping, number_of, plain

_SUMS, _EVENTS, _RELATED, _SHARED = 2, 15, 10, 6
_LARGEST = 1e15


@dataclass(frozen=True)
class InShort:
    """The figures at the top of an incident's page."""

    sums: Sequence[str]
    """Money at risk, the largest sums first."""
    more_sums: int
    paid: str
    """How much of it was paid, if its document says it: the rest was only tried."""
    since: int
    until: int
    within: str
    """What holds its time, rounded as the story rounds it."""
    size: str
    """How many alerts, or events of a wave, and accounts."""
    score: str
    what: str
    """Its pattern, or its kind where no pattern is known."""
    to_do: str
    is_closed: bool
    """Whether the job has closed it: it takes no more alerts."""


def in_short(row: IncidentRow) -> InShort:
    """Return the figures of an incident."""
    document = row.document
    sums = _sums(document, "money_at_risk")
    until = document.get("last_time")
    last = until if isinstance(until, int) and until >= row.opened_at else row.opened_at
    return InShort(
        sums=[amount_text(amount, currency) for currency, amount in sums[:_SUMS]],
        more_sums=max(0, len(sums) - _SUMS),
        paid=_paid(document) if sums and row.kind != WAVE and "money_paid" in document else "",
        since=row.opened_at,
        until=last,
        within=holding_duration((last - row.opened_at) / 1000),
        size=counted(row.alerts, "event") if row.kind == WAVE else f"{counted(row.alerts, 'alert')}, {counted(row.accounts, 'account')}",
        score="" if row.kind == WAVE else f"{row.score_max:.2f}",
        what=plain(row.kind if row.pattern in (None, "unclear") else row.pattern, 40),
        to_do=ACTION_WORDS.get(row.action, plain(row.action, 40)),
        is_closed=row.status == "closed",
    )


def _sums(document: Mapping[str, Any], name: str) -> list[tuple[str, object]]:
    """Return the sums of a field, the largest first."""
    sums = [(str(currency), amount) for currency, amount in mapping(document.get(name)).items()]
    return sorted(sums, key=lambda one: (-_weight(*one), one[0]))


def _paid(document: Mapping[str, Any]) -> str:
    sums = _sums(document, "money_paid")
    more = f" + {len(sums) - _SUMS} more" if len(sums) > _SUMS else ""
    return " + ".join(amount_text(amount, currency) for currency, amount in sums[:_SUMS]) + more or "nothing"


def _weight(currency: str, amount: object) -> float:
    """Return a sum on the yardstick of severities, 0 for what is none."""
    found = number_of(amount)
    return yardstick(to_units(found), currency) if found is not None and 0 <= found < _LARGEST else 0.0


@dataclass(frozen=True)
class SimilarLine:
    """An incident like another one."""

    incident: IncidentRow
    headline: str
    why: str
    """What they share, or how alike their evidence is."""
    shared: Sequence[EntityName]
    verdict: str | None


def similar_lines(found: Iterable[Similar]) -> list[SimilarLine]:
    """Return incidents that are like one, with the reason why they are."""
    return [
        SimilarLine(
            one.incident,
            plain(one.incident.headline or one.incident.id, 160),
            _why(one),
            [entity_name_of(name) for name in one.shared[:_SHARED]],
            one.verdict,
        )
        for one in found
    ]


def _why(one: Similar) -> str:
    like = f"evidence {round(100 * one.likeness)} % alike"
    return f"shares {counted(len(one.shared), 'thing')}, {like}" if one.shared else like


@dataclass(frozen=True)
class WaveEvent:
    """One of a wave's events."""

    account: EntityName
    event_id: str
    time: int


def wave_events(document: Mapping[str, Any]) -> list[WaveEvent]:
    """Return the events of a wave that its document names."""
    events = map(mapping, items(document.get("events"), _EVENTS))
    return [
        WaveEvent(_account(str(event.get("account"))), plain(event.get("event_id"), 128), event["time"])
        for event in events
        if isinstance(event.get("time"), int)
    ]


def related_of(document: Mapping[str, Any]) -> list[str]:
    """Return the ids of the waves that overlap a wave."""
    return [one for one in items(document.get("related"), _RELATED) if isinstance(one, str) and len(one) <= MAX_ID]


@dataclass(frozen=True)
class AccountLine:
    """An account of alerts that nothing connects."""

    account: EntityName
    alerts: int
    blocked: int
    sums: str


def account_lines(sums: Iterable[AccountSum]) -> list[AccountLine]:
    """Return the accounts, those with the most alerts first, with their sums of money."""
    found: dict[str, list[AccountSum]] = {}
    for one in sums:
        found.setdefault(one.account, []).append(one)
    lines = [_account_line(account, its) for account, its in found.items() if account]
    return sorted(lines, key=lambda line: (-line.alerts, line.account.name))


def _account_line(account: str, its: Sequence[AccountSum]) -> AccountLine:
    sums = " + ".join(amount_text(one.amount, one.currency) for one in its if one.currency is not None and one.amount)
    return AccountLine(_account(account), sum(one.alerts for one in its), sum(one.blocked for one in its), sums)


def _account(pseudonym: str) -> EntityName:
    return entity_name_of(f"account:{pseudonym}")
