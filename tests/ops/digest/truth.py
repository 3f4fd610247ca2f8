"""The figures of a day worked out again, slowly, from whole tables: plain loops, no code of the digest."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping
from decimal import Decimal
from typing import Any

from sqlalchemy import text

from domain.times import DAY_MS
from ops.cases.store import Store

Rows = list[dict[str, Any]]


def rows(store: Store, table: str) -> Rows:
    import json

    with store.read() as session:
        found = [dict(row._mapping) for row in session.execute(text(f"SELECT * FROM {table}"))]
    return [{**row, "document": json.loads(row["document"])} if isinstance(row.get("document"), str) else row for row in found]


def within(start: int) -> Callable[[int | None], bool]:
    return lambda at: at is not None and start <= at < start + DAY_MS


def added(pairs: Iterable[tuple[str | None, float | None]]) -> dict[str, float]:
    sums: dict[str, Decimal] = defaultdict(Decimal)
    for currency, amount in pairs:
        if amount is not None:
            sums[currency or "XXX"] += Decimal(str(amount))
    return {currency: float(amount) for currency, amount in sums.items() if amount}


def last_word(alert: str, verdicts: Rows, of: Rows) -> str | None:
    ids = {row["verdict_id"] for row in of if row["alert_id"] == alert}
    given = [row for row in verdicts if row["id"] in ids and row["undone_at"] is None]
    return max(given, key=lambda row: (row["at"], row["id"]))["word"] if given else None


def flagged(store: Store, start: int) -> dict[str, Any]:
    """Money, alerts, work."""
    verdicts, of = rows(store, "verdicts"), rows(store, "verdict_alerts")
    day = [row for row in rows(store, "alerts") if within(start)(row["time"])]
    words = {row["id"]: last_word(row["id"], verdicts, of) for row in day}
    blocked = [row for row in day if row["decision"] == "block"]
    given = [row for row in verdicts if within(start)(row["at"]) and row["undone_at"] is None]
    wrong = [row for row in blocked if words[row["id"]] == "legitimate"]
    return {
        "alerts": {word: sum(row["decision"] == word for row in day) for word in ("block", "investigate")},
        "stopped": added((row["currency"], row["amount"]) for row in blocked if words[row["id"]] != "legitimate"),
        "unjudged": added((row["currency"], row["amount"]) for row in blocked if words[row["id"]] is None),
        "held_wrongly": added((row["currency"], row["amount"]) for row in day if words[row["id"]] == "legitimate"),
        "without_amount": sum(row["amount"] is None for row in blocked),
        "verdicts": {word: sum(row["word"] == word for row in given) for word in ("fraud", "legitimate", "inconclusive")},
        "reviewed": len({row["alert_id"] for row in of if row["verdict_id"] in {one["id"] for one in given}}),
        "false_blocks": len(wrong),
        "is_judged": not blocked or any(words[row["id"]] for row in blocked),
        "cases_closed": sum(within(start)(row["closed_at"]) for row in rows(store, "cases")),
    }


def incidents(store: Store, start: int) -> dict[str, Any]:
    found, revisions = [row for row in rows(store, "incidents") if row["merged_into"] is None], rows(store, "incident_revisions")
    new = [row for row in found if within(start)(row["opened_at"])]
    grown = [
        row for row in found if row["opened_at"] < start and alerts_at(row, revisions, start + DAY_MS) > alerts_at(row, revisions, start)
    ]
    written = [row["document"]["writer"] for row in revisions if within(start)(row["at"])]
    largest = sorted([*new, *grown], key=lambda row: (-row["money"], -row["alerts"], row["id"]))[:5]
    return {
        "new": len(new),
        "grown": len(grown),
        "ended": sum(within(start)(row["closed_at"]) for row in found),
        "patterns": dict(Counter(row["pattern"] or "unclear" for row in new)),
        "largest": [row["id"] for row in largest],
        "llm": (
            len(written),
            sum(one["name"] == "llm" for one in written),
            sum(one["calls"] for one in written),
            sum(one["input_tokens"] + one["output_tokens"] for one in written),
            round(sum(one["cost"] for one in written), 9),
        ),
    }


def alerts_at(incident: Mapping[str, Any], revisions: Rows, before: int) -> int:
    its = [row for row in revisions if row["incident_id"] == incident["id"] and row["at"] < before]
    return max(its, key=lambda row: row["revision"])["document"]["alerts"] if its else 0


def missed(decisions: Rows, labels: Rows, start: int) -> tuple[dict[str, float], int]:
    """Approved events of a day that the last label of a source calls a fraud."""
    first: dict[tuple[str, str], dict[str, Any]] = {}
    for one in sorted(decisions, key=lambda one: one["decided_at"]):
        if within(start)(one["event_time"]):
            first.setdefault((one["event_id"], one["entities"]["account"]), one)
    found = [one for one in first.values() if one["decision"] == "approve" and is_fraud(one, labels, start)]
    return added((one["currency"], one["amount"]) for one in found), len(found)


def is_fraud(decision: Mapping[str, Any], labels: Rows, start: int) -> bool:
    last: dict[tuple[str, str], Any] = {}
    for label in sorted(labels, key=lambda label: (label["event_time"], label["event_id"])):
        who = label["pseudonyms"].get("account", "")
        if label["subject_event_id"] == decision["event_id"] and who in ("", decision["entities"]["account"]):
            last[(label["source"], who)] = label["is_fraud"]
    return any(last.values())


def outcomes(decisions: Rows, start: int) -> dict[str, int]:
    seen = {(one["event_id"], one["entities"]["account"]): one["decision"] for one in decisions if within(start)(one["event_time"])}
    return {word: sum(its == word for its in seen.values()) for word in ("approve", "investigate", "block")}
