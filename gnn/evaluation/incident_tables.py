"""Figures of incidents as tables of text."""

from __future__ import annotations

from gnn.evaluation.incident_rings import RingIncidents
from gnn.evaluation.incidents import IncidentEvaluation
from gnn.evaluation.tables import NOTHING, TextTable, duration, share


def incident_tables(held: IncidentEvaluation) -> list[TextTable]:
    """Return the tables of all incidents, their summaries, and rings by kind."""
    columns = ("kind", "rings", "completeness", "by alerts", "with mergers", "incidents a ring", "by 3rd flagged member", "from 3rd member")
    rings = TextTable("Incidents by ring kind", columns, tuple(map(_ring, held.rings)), "Rings with a flagged event.")
    tables = [TextTable("Incidents", (), _all(held), " ".join(held.notes)), TextTable("Summaries", (), _summaries(held))]
    return [*tables, rings] if held.rings else tables


def _all(held: IncidentEvaluation) -> tuple[tuple[str, str], ...]:
    lists = f"{held.unconnected_alerts:,} alerts in {held.unconnected:,} lists, {held.ring_alerts_unconnected:,} of rings"
    placed = f"{held.alerts_in_none:,} in none, {held.alerts_in_several:,} in several, {held.incidents_miscounted:,} incidents miscounted"
    return (
        ("alerts", f"{held.alerts:,} in {held.incidents:,} incidents, {held.revisions:,} revisions"),
        ("with fraud in them", f"{held.incidents_with_fraud:,} of {held.incidents:,} incidents"),
        ("unconnected", lists),
        ("alerts per incident", f"{_number(held.compression)}, inside attacks {_number(held.compression_attacks)}"),
        ("purity", f"{share(held.purity)}, with the lists of unconnected alerts {share(held.purity_with_lists)}"),
        ("each alert in one incident", placed),
        ("most revisions in an hour", f"{held.most_revisions_in_an_hour:,}, {held.overflow_records:,} overflow records"),
    )


def _summaries(held: IncidentEvaluation) -> tuple[tuple[str, str], ...]:
    found = held.summaries
    writers = ", ".join(f"{name} {part:.1%}" for name, part in found.writers.items()) or NOTHING
    return (
        ("published", f"{found.published:,}, valid {share(found.valid)}, {found.unsupported_numbers:,} unsupported numbers"),
        ("written by", f"{writers}; {found.retries:,} retries, {found.cached:,} from the cache"),
        ("used", f"{found.input_tokens:,} input and {found.output_tokens:,} output tokens, cost {found.cost:,.4f}"),
    )


def _ring(figures: RingIncidents) -> tuple[str, ...]:
    return (
        figures.kind,
        f"{figures.rings:,}",
        share(figures.completeness),
        share(figures.completeness_by_alerts),
        share(figures.completeness_merged),
        f"{figures.incidents_per_ring:.1f}",
        NOTHING if figures.by_third_flagged_member is None else f"{figures.by_third_flagged_member:,} of {figures.third_flagged:,}",
        _signed(figures.from_third_member_s),
    )


def _signed(seconds: float | None) -> str:
    return f"{duration(-seconds)} before" if seconds is not None and seconds < 0 else duration(seconds)


def _number(value: float | None) -> str:
    return NOTHING if value is None else f"{value:.1f}"
