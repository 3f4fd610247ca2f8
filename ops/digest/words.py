"""Figures as people read them; what is not known says so."""

from __future__ import annotations

from datetime import date
from urllib.parse import quote

from domain.incidents.money import NO_CURRENCY, money_text, to_units
from domain.wording import counted, written
from ops.digest.figures import Counts, Sums
from ops.terminal.shown_values import plain

UNKNOWN = "unknown"
_LARGEST = 1e15
_SUMS = 4


def sums_text(sums: Sums | None, nothing: str = "nothing") -> str:
    """Return sums of money: `5,120.00 EUR and 80.00 USD`."""
    if sums is None:
        return UNKNOWN
    shown = [_sum(amount, currency) for currency, amount in list(sums.items())[:_SUMS]]
    more = len(sums) - len(shown)
    return joined([*shown, *([f"{more} more {'currency' if more == 1 else 'currencies'}"] if more else [])]) or nothing


def _sum(amount: float, currency: str) -> str:
    code = "" if currency == NO_CURRENCY else plain(currency, 8)
    if abs(amount) >= _LARGEST:
        return f"{written(amount, ',.2f')} {code}".strip()
    return money_text(to_units(amount), code).strip()


def cost_text(cost: float | None) -> str:
    """Return a cost of `train.costs`, which has no currency of its own."""
    return UNKNOWN if cost is None else f"{written(cost, ',.2f')}"


def counts_text(counts: Counts | None, nothing: str = "none") -> str:
    """Return counts by word: `1,204 approve, 12 block`; words without a count are left out."""
    if counts is None:
        return UNKNOWN
    return ", ".join(f"{count:,} {word}" for word, count in counts.items() if count) or nothing


def count_text(count: int | None) -> str:
    """Return a count."""
    return UNKNOWN if count is None else f"{count:,}"


def long_day(day: str) -> str:
    """Return `Monday, 2 March 2026`."""
    its = date.fromisoformat(day)
    return f"{its:%A}, {its.day} {its:%B %Y}"


def short_day(day: str) -> str:
    """Return `Mon 2 Mar`."""
    its = date.fromisoformat(day)
    return f"{its:%a} {its.day} {its:%b}"


def joined(parts: list[str]) -> str:
    """Return `a, b and c`."""
    return " and ".join(part for part in (", ".join(parts[:-1]), *parts[-1:]) if part)


def incidents_word(count: int) -> str:
    """Return `no new incident`, `1 new incident`, `12 new incidents`."""
    return "no new incident" if not count else counted(count, "new incident")


def incident_link(origin: str, incident: str) -> str:
    """Return the address of an incident in the desk."""
    return f"{origin}/incidents/{quote(incident[:80], safe='', errors='replace')}"
