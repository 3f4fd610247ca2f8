"""The report on a shadow as tables of text."""

from __future__ import annotations

from typing import Any

from domain.decisions.decision import DECISIONS
from domain.times import rfc3339
from domain.wording import counted
from gnn.evaluation.shadow_report import ACTIVE_ALONE, BOTH, SHADOW_ALONE, ShadowReport
from gnn.evaluation.tables import NOTHING, TextTable

_WHO = {BOTH: "both", ACTIVE_ALONE: "what decides alone", SHADOW_ALONE: "the shadow alone"}


def heading(report: ShadowReport) -> str:
    """Return which shadow it is, on how many events, and how often both agree."""
    agreed = f"{report.agreed / report.events:.1%}" if report.events else NOTHING
    labelled = f"{report.labelled:,} of them with a label"
    return f"{report.kind} {report.name} in shadow: {counted(report.events, 'event')}, {labelled}, decided alike: {agreed}"


def span(report: ShadowReport) -> str:
    """Return from when to when both were compared."""
    if report.first_ms is None or report.last_ms is None:
        return "Compared on no event: a later version of it has fired before."
    return f"Compared on what was decided from {rfc3339(report.first_ms)} to {rfc3339(report.last_ms)}."


def shadow_tables(report: ShadowReport) -> list[TextTable]:
    """Return agreement, who flags what, and what each is worth so far."""
    return [_agreement(report), _parts(report), _precision(report), *([_money(report)] if report.money else [])]


def _agreement(report: ShadowReport) -> TextTable:
    rows = tuple((one, *(f"{report.agreement[one][other]:,}" for other in DECISIONS)) for one in DECISIONS)
    return TextTable("Decided (rows), and by the shadow (columns)", ("decided", *DECISIONS), rows)


def _parts(report: ShadowReport) -> TextTable:
    rows = tuple((_WHO[part.name], *(f"{count:,}" for count in (part.events, part.frauds, part.legitimate, part.unknown)))
                 for part in report.parts)  # fmt: skip
    return TextTable("Flagged", ("by", "events", "fraud", "legitimate", "no label"), rows)


def _precision(report: ShadowReport) -> TextTable:
    rows = tuple((name, *_share(of)) for name, of in (("what decides", report.active), ("the shadow", report.shadow)))
    right = f"right alone on labelled events: what decides {report.active_right:,}, the shadow {report.shadow_right:,}"
    chance = f"; p = {report.p_value:.2g} (McNemar)" if report.p_value is not None else ""
    return TextTable("Precision on labels so far", ("", "precision", "95% interval", "labelled"), rows, right + chance)


def _share(of: dict[str, Any] | None) -> tuple[str, str, str]:
    if of is None:
        return NOTHING, NOTHING, "0"
    return f"{of['value']:.1%}", f"{of['low']:.1%} to {of['high']:.1%}", f"{of['of']:,}"


def _money(report: ShadowReport) -> TextTable:
    rows = []
    for money in report.money:
        for name, caught, false in (
            ("what decides", money.active_caught, money.active_false),
            ("the shadow", money.shadow_caught, money.shadow_false),
        ):
            rows.append((f"{money.currency}, {name}", f"{caught:,.2f}", f"{false:,.2f}"))
    return TextTable("Money of labelled events that are flagged", ("", "fraud caught", "false alarms"), tuple(rows))
