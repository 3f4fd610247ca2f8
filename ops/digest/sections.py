"""A digest as sections of rows, which each form shows in its own way."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from zoneinfo import ZoneInfo

from domain.wording import counted
from ops.digest.figures import Change, Digest, Incidents, Large
from ops.digest.words import UNKNOWN, cost_text, count_text, counts_text, sums_text

_MOVED = {"none": "as in training", "some": "moved somewhat", "much": "moved much"}


@dataclass(frozen=True)
class Row:
    """A figure: its name, its value, and what is to be known of it."""

    name: str
    value: str
    note: str = ""

    @property
    def is_unknown(self) -> bool:
        """Whether the figure is not known."""
        return self.value == UNKNOWN


@dataclass(frozen=True)
class Section:
    """Rows under a title."""

    title: str
    rows: Sequence[Row]


def tiles(digest: Digest) -> list[Row]:
    """Return the four figures that are seen first."""
    money, work, why = digest.money, digest.work, digest.unknown
    unjudged = f"{sums_text(money.unjudged)} of it without a verdict" if money and money.unjudged else ""
    missed = "" if digest.missed_events is None else f"{counted(digest.missed_events, 'fraud')} by labels so far"
    reviews = f"{counted(work.reviewed, 'event')} looked at" if work else ""
    return [
        Row("Stopped", sums_text(money.stopped if money else None), why.get("money", unjudged)),
        Row("Missed", sums_text(digest.missed), why.get("missed", missed)),
        Row("Held up wrongly", sums_text(money.held_wrongly if money else None), why.get("money", "flagged, and called legitimate")),
        Row("Cost of reviews", cost_text(work.review_cost if work else None), why.get("work", reviews)),
    ]


def sections(digest: Digest) -> list[Section]:
    """Return all the other figures."""
    return [
        Section("Decisions", _decisions(digest)),
        Section("Incidents", _incidents(digest.incidents, digest.unknown.get("incidents", ""))),
        Section("Verdicts and their cost", _work(digest)),
        Section("Rules, lists, models, switches", _changes(digest)),
        Section("Behind it", _behind(digest)),
    ]


def _decisions(digest: Digest) -> list[Row]:
    rows = [
        Row("Decisions", counts_text(digest.decisions), digest.unknown.get("decisions", "")),
        Row("Alerts", counts_text(digest.alerts), digest.unknown.get("alerts", "")),
    ]
    rejected = "lines that are no event, by field" if digest.rejected else digest.unknown.get("rejected", "")
    rows.append(Row("Rejected", counts_text(digest.rejected), rejected))
    if digest.money and digest.money.without_amount:
        rows.append(Row("Blocked without an amount", count_text(digest.money.without_amount), "in no sum of money"))
    return rows


def _incidents(found: Incidents | None, why: str) -> list[Row]:
    if found is None:
        return [Row("Incidents", UNKNOWN, why)]
    rows = [
        Row("New", count_text(found.new), counts_text(found.patterns, "")),
        Row("Grown", count_text(found.grown), "opened before, with more alerts now"),
    ]
    return [*rows, Row("Ended", count_text(found.ended), "closed by the job")]


def _work(digest: Digest) -> list[Row]:
    work = digest.work
    if work is None:
        return [Row("Verdicts", UNKNOWN, digest.unknown.get("work", ""))]
    blocks = digest.unknown.get("work.false_block_cost", f"{counted(work.false_blocks, 'blocked event')} called legitimate")
    return [
        Row("Verdicts", counts_text(work.verdicts), f"{counted(work.cases_closed, 'case')} closed"),
        Row("Cost of reviews", cost_text(work.review_cost), f"{counted(work.reviewed, 'event')} by train.costs.review"),
        Row("Cost of false alarms", cost_text(work.false_block_cost), blocks),
    ]


def _changes(digest: Digest) -> list[Row]:
    rows = [Row(f"{one.kind} {one.id}", _version(one), _by(one, digest.time_zone)) for one in digest.changes]
    if digest.more_changes:
        rows.append(Row("More", count_text(digest.more_changes), "not shown here"))
    return rows or [Row("Changes", "none")]


def _version(change: Change) -> str:
    version = "" if change.version is None else f"version {change.version} "
    return f"{version}{change.state}, {change.status}"


def _by(change: Change, zone: str) -> str:
    second = f", approved by {change.approved_by}" if change.approved_by else ""
    return f"by {change.by}{second}, {_clock(change.at, zone):%H:%M %Z}: {change.reason}"


def _clock(at: int, zone: str) -> datetime:
    return datetime.fromtimestamp(at / 1000, ZoneInfo(zone))


def _behind(digest: Digest) -> list[Row]:
    llm = digest.llm
    said = Row("Summaries", UNKNOWN, digest.unknown.get("llm", "")) if llm is None else Row(
        "Summaries", f"{llm.revisions:,}", f"{llm.by_model:,} by the model, {counted(llm.calls, 'call')}, {llm.tokens:,} tokens"
    )  # fmt: skip
    cost = Row("Cost of the model", UNKNOWN if llm is None else f"{llm.cost:,.4f}", "in the currency of llm's prices, as booked")
    dead = Row("Given up", counts_text(digest.dead_letters), "in the outbox now: ringwatch outbox list")
    return [said, cost, *_drift(digest), dead]


def _drift(digest: Digest) -> list[Row]:
    if digest.drift is None:
        return [Row("Drift", UNKNOWN, digest.unknown.get("drift", ""))]
    return [
        Row(
            f"Drift, model {one.model}",
            _MOVED.get(one.verdict, one.verdict),
            f"index of the score {one.psi:.3f}, {counted(one.drifted, 'input')} moved, {counted(one.events, 'event')}",
        )
        for one in digest.drift
    ]


def foot(digest: Digest) -> str:
    """Return when it was made, and what that means."""
    made = f"{_clock(digest.made_at, digest.time_zone):%Y-%m-%d at %H:%M %Z}"
    return f"Made on {made}, by the verdicts and labels that were in force then. Days are in {digest.time_zone}."


def large_text(one: Large) -> str:
    """Return the figures of one of the largest incidents in a line."""
    verdict = f", verdict {one.verdict}" if one.verdict else ""
    size = f"{counted(one.alerts, 'alert')}, {counted(one.accounts, 'account')}"
    return f"{one.severity}, {one.pattern}, {sums_text(one.money, 'no money')} at risk, {size}, {one.status}{verdict}"
