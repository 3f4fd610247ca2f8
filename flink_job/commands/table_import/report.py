"""What an import reports, as named rows: of whole tables, or of the first rows that --check looks at."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from gnn.table_import import ImportReport


def report_rows(report: ImportReport) -> list[tuple[str, str]]:
    """Return names and texts, empty where there is nothing to say."""
    return [*_written(report), *_left_out(report), *(("look at", warning) for warning in report.warnings)]


def _written(report: ImportReport) -> list[tuple[str, str]]:
    from domain.times import rfc3339, rough_duration
    from domain.wording import counted

    first, last = report.span_ms
    types = ", ".join(f"{count:,} {name}" for name, count in report.types.items())
    said = f"{report.frauds:,} fraud, {report.labels - report.frauds:,} legitimate"
    return [
        ("events", f"{report.events:,}: {types}"),
        ("span", f"{rfc3339(first)} to {rfc3339(last)}, {rough_duration((last - first) / 1000)}"),
        ("labels", f"{report.labels:,}: {said}" if report.labels else "none: the mapping has no label, or no row says anything"),
        ("no label", report.neither),
        ("unknown", report.unknown),
        *(("recognised", note) for note in report.notes),
        ("repeated", report.repeated),
        ("renamed", f"{counted(report.renamed, 'text')} that no event can carry, written as a hash" if report.renamed else ""),
    ]


def _left_out(report: ImportReport) -> list[tuple[str, str]]:
    """Return a row for each reason, and one that says what leaving out cost."""
    from domain.events.event import MAX_AMOUNT
    from domain.wording import counted

    rows = [(f"left out {count:,}", f"{reason}{_cost(report, reason)}") for reason, count in report.skipped.items()]
    lost = report.lost
    if not lost.frauds and not lost.money and not lost.beyond:
        return rows
    labelled, money = lost.frauds + report.kept.frauds, lost.money + report.kept.money
    parts = [f"{lost.frauds:,} of {labelled:,} labelled frauds ({lost.frauds / labelled:.0%})" if lost.frauds else "no labelled fraud"]
    parts += [f"amounts of about {lost.money:,.0f} ({lost.money / money:.0%} of the money)"] if lost.money else []
    parts += [f"{counted(lost.beyond, 'amount')} above {MAX_AMOUNT:g} in no sum"] if lost.beyond else []
    return [*rows, ("this costs", f"{' and '.join(parts)}: mend the rows, or the mapping, if that is much")]


def _cost(report: ImportReport, reason: str) -> str:
    from domain.wording import counted

    loss = report.losses.get(reason)
    if loss is None or not (loss.frauds or loss.money or loss.beyond):
        return ""
    parts = [counted(loss.frauds, "labelled fraud")] if loss.frauds else []
    parts += [f"amounts of about {loss.money:,.0f}"] if loss.money else []
    parts += [f"{loss.beyond:,} in no sum"] if loss.beyond else []
    return f" (among them {', '.join(parts)})"
