"""Columns of an entity's counterparts, from its links and marks: names, and the compiled writer beside them.

A counterpart is an entity of another kind that an event joined to this one: an account at the device.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from domain.features.feature import FeatureList
from domain.features.row_cells import Row, put, put_log
from domain.graph import GraphSettings
from domain.kernel.compiled import compiled
from domain.kernel.raw_bytes import Bytes, array_at, f32_at, f64, u64_at
from domain.memory.link import FRAUD_LABEL, SUMMARY, SUMMARY_BYTES, link_head, link_tail, other_in
from domain.memory.meetings import distinct, has_met
from domain.memory.record import NEVER
from domain.memory.trail import ENTITIES_AT
from domain.times import DAY_S, HOUR_MS, HOUR_S
from domain.wording import plural

WINDOWS_S = {"1h": HOUR_S, "1d": DAY_S}
"""Windows over the remembered links, in seconds."""
_WINDOWS_MS = tuple(1000 * seconds for seconds in WINDOWS_S.values())
_AGE, _EVENTS, _FRAUD_RATE, _COUNTERPARTS = (SUMMARY.index(name) for name in ("age", "events", "fraud_rate", "counterparts"))


def list_sharing_columns(node: FeatureList, graph: GraphSettings, position: int) -> None:
    """Add the columns of an entity's counterparts, in the order of `sharing_columns`."""
    kind, links = node.space, graph.links
    for index in graph.others(position):
        other, others = graph.entities[index], plural(graph.entities[index])
        node.add(others, "distinct", f"distinct {others} of the {kind}", "sharing", "log")
        node.add(f"new_{other}", "flag", f"the {kind} meets this {other} for the first time", "novelty")
        for span in WINDOWS_S:
            node.add(f"{others}_{span}", "distinct", f"{others} at the {kind} within {span}, of its last {links} events", "sharing", "log")
        node.add(f"same_{other}", "share", f"share of the {kind}'s last events with this {other}", "novelty")
        node.add(f"with_{other}", "share", f"share of the {kind}'s last events that name {_article(other)} {other}", "turns")
        node.add(f"{other}_turnover", "share", f"share of the {kind}'s last events with another {other} each", "turns")
        node.add(f"other_{other}_recency", "hourly recency", f"recency of another {other} at the {kind}", "turns")
    node.add("link_frauds", "events", f"known frauds among the {kind}'s last {links} events", "labels", "log")
    for earlier in graph.entities[:position]:
        _list_risk(node, earlier)


@compiled
def sharing_columns(row: Row, at: int, trail: Bytes, event: Any, fixed: Bytes, links: Bytes, stage: Any) -> int:
    """Write them from the record's fixed part and its links, u1[n * link bytes]; return where they end."""
    bitmaps = array_at(fixed, stage["bitmaps_at"], stage["fixed_bytes"] - stage["bitmaps_at"], np.uint8)
    slot = 0
    for position in range(stage["entities"]):
        if position != stage["position"]:
            own = u64_at(trail, ENTITIES_AT + 8 * position)
            at = put_log(row, at, distinct(bitmaps, slot))
            at = put(row, at, own != 0 and not has_met(bitmaps, slot, own))
            for window_ms in _WINDOWS_MS:
                at = put_log(row, at, distinct_since(links, slot, stage["link_bytes"], event["time"] - window_ms))
            at = put(row, at, share_of(links, slot, stage["link_bytes"], own))
            at = turns_columns(row, at, event, links, slot, stage["link_bytes"], own)
            slot += 1
    frauds = 0
    for link_at in range(0, len(links), stage["link_bytes"]):
        frauds += link_tail(links, link_at, stage)["label"] == FRAUD_LABEL
    at = put_log(row, at, frauds)
    for earlier in range(stage["position"]):
        at = risk_columns(row, at, links, stage, earlier)
    return at


@compiled
def distinct_since(links: Bytes, slot: int, link_bytes: int, since_ms: int) -> int:
    """Return how many distinct counterparts of one kind the links since then have."""
    count = 0
    for at in range(0, len(links), link_bytes):
        other = other_in(links, at, slot)
        if other == 0 or link_head(links, at)["time"] < since_ms:
            continue
        before = at - link_bytes
        while before >= 0 and (other_in(links, before, slot) != other or link_head(links, before)["time"] < since_ms):
            before -= link_bytes
        count += before < 0
    return count


@compiled
def share_of(links: Bytes, slot: int, link_bytes: int, own: np.uint64) -> float:
    """Return the share of the links with this counterpart; 0 if there is none."""
    if own == 0 or len(links) == 0:
        return 0.0
    same = 0
    for at in range(0, len(links), link_bytes):
        same += other_in(links, at, slot) == own
    return same / (len(links) // link_bytes)


def _article(noun: str) -> str:
    return "an" if noun[0] in "aeiou" else "a"


@compiled
def turns_columns(row: Row, at: int, event: Any, links: Bytes, slot: int, link_bytes: int, own: np.uint64) -> int:
    """Write how many of the links name a counterpart of one kind, how many distinct ones there are among as
    many, and how lately it was another one: 1 for now, a half for an hour ago.
    """
    named, latest_ms = 0, np.int64(NEVER)
    for link_at in range(0, len(links), link_bytes):
        other = other_in(links, link_at, slot)
        if other != 0:
            named += 1
            if other != own:
                latest_ms = max(latest_ms, np.int64(link_head(links, link_at)["time"]))
    at = put(row, at, named / max(1, len(links) // link_bytes))
    at = put(row, at, distinct_since(links, slot, link_bytes, 0) / max(1, named))
    hours = max(0.0, (event["time"] - latest_ms) / HOUR_MS)
    return put(row, at, 1.0 / (1.0 + hours) if latest_ms != NEVER else 0.0)


def _list_risk(node: FeatureList, earlier: str) -> None:
    kind, others = node.space, plural(earlier)
    for name, text in (
        ("age_mean", f"mean age of the {others} at the {kind}, ln days"),
        ("events_mean", f"mean activity of the {others} at the {kind}, ln events"),
        ("fraud_rate_max", f"highest fraud rate among the {others} at the {kind}"),
        ("counterparts_mean", f"mean number of counterparts of the {others} at the {kind}, ln"),
    ):
        node.add(f"{earlier}_{name}", "mixed", text, "counterparts")


@compiled
def risk_columns(row: Row, at: int, links: Bytes, stage: Any, earlier: int) -> int:
    """Write what was known of the counterparts of one kind when they linked: two hops away from the event."""
    first, size = stage["summaries_at"] + SUMMARY_BYTES * earlier, stage["link_bytes"]
    highest = 0.0
    for link_at in range(first, len(links), size):
        highest = max(highest, f64(f32_at(links, link_at + 4 * _FRAUD_RATE)))
    at = put(row, at, mean_of(links, first + 4 * _AGE, stage))
    at = put(row, at, mean_of(links, first + 4 * _EVENTS, stage))
    at = put(row, at, highest)
    return put(row, at, mean_of(links, first + 4 * _COUNTERPARTS, stage))


@compiled
def mean_of(links: Bytes, first: int, stage: Any) -> float:
    """Return the mean of an f4 of every link, which in the first one lies at `first`; 0 if there is no link.

    Added up in 32 bits and in eight parts, as numpy adds up a row of `graph.links` numbers: models have
    learnt their thresholds on such sums, and trees tell a number from its neighbour.
    """
    size, most, count = stage["link_bytes"], stage["links"], len(links) // stage["link_bytes"]
    whole, total = most - most % 8, np.float32(0.0)
    if whole > 0:
        a, b = every_eighth(links, first, size, 0, whole), every_eighth(links, first, size, 1, whole)
        c, d = every_eighth(links, first, size, 2, whole), every_eighth(links, first, size, 3, whole)
        total = (a + b) + (c + d)
        a, b = every_eighth(links, first, size, 4, whole), every_eighth(links, first, size, 5, whole)
        c, d = every_eighth(links, first, size, 6, whole), every_eighth(links, first, size, 7, whole)
        total += (a + b) + (c + d)
    for link in range(whole, count):
        total += f32_at(links, first + link * size)
    return f64(total) / max(1, count)


@compiled
def every_eighth(links: Bytes, first: int, size: int, begin: int, end: int) -> np.float32:
    """Return the sum over the links `begin`, `begin` + 8 and so on before `end`, as far as there are any."""
    total = np.float32(0.0)
    for link in range(begin, min(end, len(links) // size), 8):
        total += f32_at(links, first + link * size)
    return total
