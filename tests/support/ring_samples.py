"""Incidents for pictures of rings: who used what, revision by revision."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any
from xml.etree import ElementTree

from hypothesis import strategies as st

from tests.support.incident_samples import START, alert_document, pseudonym

SVG = "{http://www.w3.org/2000/svg}"
HOSTILE = [
    "<script>alert(1)</script>",
    '"><img src=x onerror=alert(1)>',
    "‮gnp.exe‬",
    "w" * 10_000,
    "\x00\x1b[31m￿\ud800",
    "=1+1",
    "&amp;' {{7*7}}",
]


def ring_alerts(uses: Iterable[tuple[int, int]], **changes: Any) -> list[dict[str, Any]]:
    """An alert for each (account, device), a second apart."""
    return [
        alert_document(
            number, START + 1000 * number, entities={"account": pseudonym(account), "device": pseudonym(1000 + device)}, **changes
        )
        for number, (account, device) in enumerate(uses)
    ]


def ring_revisions(alerts: Sequence[dict[str, Any]], ends: Sequence[int]) -> list[dict[str, Any]]:
    """A revision for each end, of the first so many alerts."""
    return [_revision(number, alerts[:end]) for number, end in enumerate(ends, 1)]


def parsed(svg: str) -> ElementTree.Element:
    """The elements of a picture; raises where it is no XML."""
    return ElementTree.fromstring(svg)  # ours, and checked here


def graphs() -> st.SearchStrategy[list[dict[str, Any]]]:
    """Alerts of up to 30 accounts on up to 8 devices, with money of any size."""
    uses = st.lists(st.tuples(st.integers(0, 29), st.integers(0, 7)), min_size=1, max_size=80)
    money = st.none() | st.floats(0, 1e12, allow_nan=False)
    return st.tuples(uses, money, st.sampled_from(["block", "investigate"])).map(
        lambda drawn: ring_alerts(drawn[0], amount=drawn[1], decision=drawn[2], event_type="payment")
    )


def _revision(number: int, alerts: Sequence[dict[str, Any]]) -> dict[str, Any]:
    kinds: dict[str, list[str]] = {}
    for alert in alerts:
        for kind, name in alert["entities"].items():
            kinds.setdefault(kind, []).append(name)
    return {
        "revision": number,
        "last_time": max((alert["event_time"] for alert in alerts), default=START),
        "participants": {
            kind: {"count": len(set(names)), "exact": True, "pseudonyms": sorted(set(names))} for kind, names in sorted(kinds.items())
        },
        "evidence": {"facts": [], "strongest": []},
    }
