"""The digest's few sentences on top, by template. They have no number that is not one of its figures."""

from __future__ import annotations

from collections.abc import Iterator

from domain.wording import counted
from ops.digest.figures import Digest, Incidents, Money
from ops.digest.words import incidents_word, sums_text


def sentences(digest: Digest) -> list[str]:
    """Return what is read first; the day is in the title."""
    if digest.alerts is None:
        return [f"What was stopped is not known: {digest.unknown['alerts']}.", *_missed(digest)]
    return [*_stopped(digest), *_judged(digest.money), *_missed(digest), *_incidents(digest.incidents), *_changes(digest)]


def _stopped(digest: Digest) -> Iterator[str]:
    if digest.money:
        so_far = "" if digest.is_over else " so far"
        yield f"The job stopped {sums_text(digest.money.stopped, 'no money')}{so_far}."


def _judged(money: Money | None) -> Iterator[str]:
    if money and money.unjudged:
        yield f"Of it, {sums_text(money.unjudged)} {'have' if len(money.unjudged) > 1 else 'has'} no verdict yet."
    if money and money.held_wrongly:
        yield f"Verdicts say that {sums_text(money.held_wrongly)} held up were legitimate."


def _missed(digest: Digest) -> Iterator[str]:
    if digest.missed is None:
        yield f"What was missed is not known: {digest.unknown['missed']}."
    elif digest.missed_events:
        money = f", {sums_text(digest.missed)}" if digest.missed else ""
        yield f"Missed so far, by labels: {counted(digest.missed_events, 'fraud')}{money}."
    else:
        yield "No label says yet that a fraud was missed; labels come late."


def _incidents(incidents: Incidents | None) -> Iterator[str]:
    if incidents is None:
        return
    grown = f", and {counted(incidents.grown, 'older one')} grew" if incidents.grown else ""
    yield f"There {'is' if incidents.new < 2 else 'are'} {incidents_word(incidents.new)}{grown}."
    if incidents.largest:
        one = incidents.largest[0]
        yield f"The largest, with {sums_text(one.money, 'no money')} at risk, is \u201c{one.headline}\u201d."


def _changes(digest: Digest) -> Iterator[str]:
    if count := len(digest.changes) + digest.more_changes:
        yield f"{counted(count, 'change')} of rules, lists, models or switches."
