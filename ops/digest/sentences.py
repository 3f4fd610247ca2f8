"""The digest's few sentences on top, by template. They have no number that is not one of its figures."""

from __future__ import annotations

from collections.abc import Iterator

from domain.wording import counted
from ops.digest.figures import Digest, Incidents, Money
from ops.digest.words import cost_text, incidents_word, sums_text

_LARGEST = "The largest, with "
_MUST = ("The job stopped ", "What was stopped is not known", "Missed so far", "What was missed is not known")


def is_must(sentence: str) -> bool:
    """Return whether nobody may leave a sentence out: money stopped, and what was missed."""
    return sentence.startswith(_MUST)


def without_texts(sentence: str) -> str:
    """Return a sentence as a model reads it: a headline, which strangers wrote, could tell it what to do."""
    return f"{sentence.partition(chr(0x201C))[0].rstrip()} an incident." if sentence.startswith(_LARGEST) else sentence


def more_sentences(digest: Digest) -> list[str]:
    """Return what a model may choose beside `sentences`; no word of it comes from a document."""
    return [*_work(digest), *_llm(digest), *_given_up(digest)]


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
        yield f"{_LARGEST}{sums_text(one.money, 'no money')} at risk, is \u201c{one.headline}\u201d."


def _changes(digest: Digest) -> Iterator[str]:
    if count := len(digest.changes) + digest.more_changes:
        yield f"{counted(count, 'change')} of rules, lists, models or switches."


def _work(digest: Digest) -> Iterator[str]:
    if (work := digest.work) and work.reviewed:
        yield f"People looked at {counted(work.reviewed, 'event')}, which cost {cost_text(work.review_cost)}."
    if work and work.false_blocks:
        yield f"{counted(work.false_blocks, 'blocked event')} {'was' if work.false_blocks == 1 else 'were'} called legitimate."
    if work and work.cases_closed:
        yield f"{counted(work.cases_closed, 'case')} {'was' if work.cases_closed == 1 else 'were'} closed."


def _llm(digest: Digest) -> Iterator[str]:
    if digest.llm and digest.llm.calls:
        yield f"Summaries took {counted(digest.llm.calls, 'call')} of the language model."


def _given_up(digest: Digest) -> Iterator[str]:
    if count := sum(digest.dead_letters.values()):
        yield f"The outbox has given up {counted(count, 'message')}."
