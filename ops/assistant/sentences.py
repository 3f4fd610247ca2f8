"""Sentences that code makes of results: figures as tables show them, and shares and differences of them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from ops.assistant.measures import DAY, MEASURES
from ops.assistant.result import Column, Result, quoted
from ops.assistant.window import window_of


@dataclass(frozen=True)
class Sentence:
    """A sentence, and the results or rows that it is of, as T1 or T1.2."""

    text: str
    cites: tuple[str, ...]


def totals(results: Sequence[Result]) -> list[Sentence]:
    """Return the whole, and the largest part of it: of a measure alone, and of the same one in groups."""
    whole, parts = results
    if not whole.rows or not any(whole.column(whole.columns[-1].name)):
        return [Sentence(f"There is nothing: {_words(whole)}, {_when(whole)}.", (whole.name,))]
    said = [Sentence(f"{_capital(_words(whole))}, {_when(whole)}: {', '.join(_sums(whole))}.", (whole.name,))]
    return said + _largest(whole, parts)


def tops(results: Sequence[Result]) -> list[Sentence]:
    """Return the first row of a list that is sorted, in words."""
    (listed,) = results
    if not listed.rows:
        return [Sentence("There is none.", (listed.name,))]
    cells = [f"{column.name} {quoted(text)}" for column, text in listed.cells(listed.rows[0]) if text != "none"]
    more = " or more" if listed.is_cut else ""
    return [Sentence(f"{listed.title}: {len(listed.rows)}{more}. The first: {', '.join(cells)}.", (listed.name, listed.reference(0)))]


def named(results: Sequence[Result]) -> list[Sentence]:
    """Return each row of names and counts."""
    (counts,) = results
    return [Sentence(f"{counts.title}: {', '.join(' '.join(counts.texts(row)) for row in counts.rows)}.", (counts.name,))]


def changes(results: Sequence[Result]) -> list[Sentence]:
    """Return how a count changed from the time before: the difference, and its share of what was before."""
    now, before = results
    here, there = (int(one.column(one.columns[-1].name)[0]) for one in results)
    share = f" ({abs(here - there) / there:.0%})" if there else ""
    change = f"{abs(here - there):,} {'more' if here > there else 'fewer'}{share}" if here != there else "no change"
    text = f"{_capital(_words(now))}, {_when(now)}: {here:,}; {_when(before)}: {there:,}; {change}."
    return [Sentence(text, (now.name, before.name))]


def verdicts(results: Sequence[Result]) -> list[Sentence]:
    """Return the verdicts and, of fraud and legitimate, the share of false alarms."""
    words = dict(zip(results[1].column("word"), results[1].column("verdicts"), strict=True))
    known = words.get("fraud", 0) + words.get("legitimate", 0)
    if not known:
        return totals(results)
    share = words.get("legitimate", 0) / known
    return [*totals(results), Sentence(f"False alarms: {share:.0%} of {known:,} that were called fraud or legitimate.", (results[1].name,))]


def _largest(whole: Result, parts: Result) -> list[Sentence]:
    """Return the largest part, of each currency for itself."""
    currencies = [str(row.values[-2]) for row in whole.rows] if len(whole.columns) > 1 else [""]
    return [_largest_of(whole, parts, currency) for currency in currencies if any(_rows_of(parts, currency))]


def _largest_of(whole: Result, parts: Result, currency: str) -> Sentence:
    by, value = parts.columns[0], parts.columns[-1]
    at = max(_rows_of(parts, currency), key=lambda row: _number(parts.rows[row].values[-1]))
    largest = parts.rows[at].values
    share = ""
    if value.kind == "count" and MEASURES[str(whole.asked["measure"])].is_sum:
        share = f", {_number(largest[-1]) / _number(whole.rows[0].values[-1]):.0%} of all"
    day = "day " if by.name == DAY else ""
    cut = " of those shown" if parts.is_cut and by.name == DAY else ""
    text = f"Most{cut}: {day}{by.text(largest[0])} with {value.text(largest[-1])}{_currency(parts.columns, largest)}{share}."
    return Sentence(text, (parts.reference(at),))


def _rows_of(parts: Result, currency: str) -> list[int]:
    return [at for at, row in enumerate(parts.rows) if not currency or str(row.values[-2]) == currency]


def _sums(whole: Result) -> list[str]:
    return [f"{whole.columns[-1].text(row.values[-1])}{_currency(whole.columns, row.values)}" for row in whole.rows]


def _currency(columns: Sequence[Column], values: Sequence[Any]) -> str:
    named = {column.name: value for column, value in zip(columns, values, strict=True)}
    return f" {named['currency']}" if named.get("currency") else ""


def _words(result: Result) -> str:
    where = ", ".join(f"{name.replace('_', ' ')} {value}" for name, value in result.asked["where"].items())
    return MEASURES[str(result.asked["measure"])].words + (f" ({where})" if where else "")


def _when(result: Result) -> str:
    return window_of(str(result.asked["window"]), 0).words


def _number(value: Any) -> float:
    return float(value or 0)


def _capital(text: str) -> str:
    return text[0].upper() + text[1:]
