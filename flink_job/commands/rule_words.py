"""What `ringwatch rules` prints: the figures of a trial, and the names that a condition may use."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from textwrap import wrap

from domain.decisions.decision import BLOCK
from domain.features.feature import Feature
from domain.graph import EVENT_TYPES
from domain.rules.conditions import APPROVE_UNLESS_BLOCKED
from domain.rules.names import RuleNames
from domain.wording import counted
from gnn.evaluation.rule_trial import DECIDED, FRAUD, LEGITIMATE, TRUTHS, UNKNOWN, Known, RuleTrial, Tally
from gnn.evaluation.tables import printable

WIDTH = 80
_HEAD = ("", "fired", "fraud", "legitimate", "unknown", "would add", "otherwise")
_UNITS = {
    "flag": "1 or 0",
    "currency": "currency.reference, whatever it was sent in; 0 without a rate",
    "share": "0 to 1",
    "log ratio": "natural logarithm: 0 as usual, 0.69 twice, 1.10 three times",
    "recency": "1 just now, 0.5 a week ago, 0.1 nine weeks ago, 0 never",
    "signed log days": "ln(1 + days), negative before",
    "mixed": "ln(1 + n) of days or counts; shares as they are",
    "cosine": "-1 to 1",
    "sine": "-1 to 1",
}
"""Units that are not what people count in -> how they are written."""


def trial_lines(trial: RuleTrial, known: Known) -> Iterator[str]:
    """Yield the figures of a trial, at most `WIDTH` columns wide but for event ids."""
    rule, total, events = trial.rule, trial.total, known.events
    yield from wrap(printable(f"{rule.id} ({rule.decision}): {rule.text}"), WIDTH)
    share = f" ({total.fired / events:.2%})" if events else ""
    yield f"fires for {total.fired:,} of {counted(events, 'event')}{share}"
    if not total.fired:
        return
    yield ""
    rows = [(name, *_cells(tally)) for name, tally in trial.periods()]
    yield from _table([_HEAD, *rows, ("in total", *_cells(total))])
    yield ""
    yield from _sentences(trial, known)


def _cells(tally: Tally) -> tuple[str, ...]:
    counts = (tally.fired, *(tally.truths[name] for name in TRUTHS), tally.added, tally.otherwise)
    return tuple(f"{count:,}" for count in counts)


def _table(rows: list[tuple[str, ...]]) -> Iterator[str]:
    widths = [max(len(row[column]) for row in rows) for column in range(len(rows[0]))]
    for row in rows:
        yield "  ".join([row[0].ljust(widths[0]), *(cell.rjust(width) for cell, width in zip(row[1:], widths[1:], strict=True))]).rstrip()


def _sentences(trial: RuleTrial, known: Known) -> Iterator[str]:
    share = trial.precision
    if share is None:
        yield "precision   unknown: none of these events has a label"
    else:
        value, interval = share
        yield (f"precision   {value:.1%} of {trial.judged:,} with a label are fraud ({interval.low:.1%} to {interval.high:.1%} at 95%)")
    if known.frauds:
        caught = trial.total.truths[FRAUD]
        verb = "meets" if trial.rule.decision == APPROVE_UNLESS_BLOCKED else "catches"
        yield f"{verb:12}{caught:,} of {counted(known.frauds, 'known fraud')}, {caught / known.frauds:.1%}"
    added = trial.added
    if known.missed:
        yield f"            {added[FRAUD]:,} of the {known.missed:,} that are approved today"
    if trial.total.added:
        yield f"would add   {added[FRAUD]:,} fraud, {added[LEGITIMATE]:,} legitimate, {added[UNKNOWN]:,} unknown to what is flagged"
    for (before, after), count in sorted(trial.total.changed.items()):
        yield f"  {before} would become {after}: {counted(count, 'event')}"
    if not trial.total.changed:
        yield "would add   nothing: no decision would be another one"
    for currency, sums in sorted(trial.total.money.items()):
        parts = ", ".join(f"{sums[name]:,.2f} {name}" for name in TRUTHS if sums[name])
        yield f"money       {currency}: {parts or '0.00'}"
    for name in (*TRUTHS, DECIDED):
        if trial.examples[name]:
            yield from _listed(f"e.g. {'changed' if name == DECIDED else name}", trial.examples[name])
    yield from wrap(printable(f"says        {trial.text}"), WIDTH, subsequent_indent=" " * 12)


def _listed(name: str, ids: list[str]) -> Iterator[str]:
    text = f"{name:16}{', '.join(printable(one) for one in ids)}"
    yield from wrap(text, WIDTH, subsequent_indent=" " * 16, break_long_words=False, break_on_hyphens=False)


def names_lines(names: RuleNames) -> Iterator[str]:
    """Yield everything that a condition may name."""
    yield "fields of the event"
    yield "  {field: event_type, in: [signup, order]}             is, is_not, in"
    yield f"      {', '.join(EVENT_TYPES)}"
    yield "  {field: amount, at_least: 500, currency: EUR}        in this currency only"
    yield "  {field: currency, is_not: EUR}                       is, is_not, in"
    yield ""
    yield "entities"
    yield f"  {', '.join(names.kinds)}"
    yield "  {entity: device, is: missing}                        missing or present"
    yield "  {entity: device, in_list: mules}                     in_list or not_in_list"
    yield ""
    yield "time, in a time zone"
    yield '  {time_of_day: {from: "22:00", to: "06:00", zone: Europe/Berlin}}'
    yield "  {weekday: [sat, sun], zone: Europe/Berlin}"
    yield ""
    yield "attributes"
    if not names.attributes:
        yield "  none: graph.numeric_attributes and graph.categorical_attributes name them"
    for name in names.numeric:
        yield f"  {{attribute: {name}, at_least: 3}}"
    for name in names.categorical:
        yield f"  {{attribute: {name}, is: app}}"
    yield ""
    yield "features, with at_least, above, at_most, below, is, between: [low, high]"
    yield "  {feature: device.accounts_1h, at_least: 8}"
    yield from _feature_lines(names.features)
    yield ""
    yield "together: all: [...], any: [...], not: {...}, at most 4 deep and 20 conditions"
    yield f"decisions: investigate, {BLOCK}, approve_unless_blocked"


def _feature_lines(features: Mapping[str, Feature]) -> Iterator[str]:
    width = max(map(len, features))
    for feature in features.values():
        unit = f"{feature.unit}: {_UNITS[feature.unit]}" if feature.unit in _UNITS else feature.unit
        yield f"  {feature.name:{width}}  {feature.text} [{unit}]"
