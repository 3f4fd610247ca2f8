"""What an entity learns of a label, or forgets of one that is withdrawn: on its event's link, in the
counters, and in the runs of known frauds.
"""

from __future__ import annotations

from typing import Any

import numpy as np

from domain.kernel.compiled import compiled
from domain.kernel.raw_bytes import Bytes, f64
from domain.memory.habit import unusualness
from domain.memory.learning import Floats
from domain.memory.link import FRAUD_LABEL, LEGIT_LABEL, UNKNOWN, link_head, link_tail, other_in
from domain.memory.record import (
    COUNTERS,
    FRAUD_UNUSUAL,
    FRAUD_USUAL,
    LEGITIMATE,
    NEVER,
    RUN_GAP_MS,
)  # fmt: skip
from domain.memory.trail import WITHDRAWN

_COLUMNS = len(COUNTERS)


@compiled
def learn_label(
    head: Any, decayed: Floats, links: Bytes, stage: Any, event: Any, account: np.uint64, late_s: float, z: float
) -> tuple[float, bool]:
    """Take in a label of an account's event. One that repeats what is known counts once; one that corrects
    it replaces it; one that withdraws takes back what its own source said last.

    Return the deviation of the labelled event's amount from the account's habit, as the link has it (`z` if
    the link is gone), and whether there was something to learn: False for a withdrawal that finds no label
    of its source.
    """
    at = link_of(links, stage, event["subject_hash"], account)
    if event["is_fraud"] == WITHDRAWN:
        if at < 0:
            return z, False
        return f64(link_tail(links, at, stage)["z"]), withdraw(head, decayed, links, at, stage, event["source"], late_s)
    is_fraud = event["is_fraud"] != 0
    now = FRAUD_LABEL if is_fraud else LEGIT_LABEL
    before: Any = UNKNOWN
    when = event["time"]
    if at >= 0:
        tail = link_tail(links, at, stage)
        before, when, z = np.int64(tail["label"]), link_head(links, at)["time"], f64(tail["z"])
        tail["label"], tail["source"] = now, event["source"]
    if before == now:
        return z, True
    unusual = unusualness(z)
    if before != UNKNOWN:
        add_label(decayed, stage, late_s, not is_fraud, unusual, -1.0)
        if is_fraud:
            head["legitimates"] = max(head["legitimates"], 1) - 1
        else:
            head["frauds"] = max(head["frauds"], 1) - 1
    add_label(decayed, stage, late_s, is_fraud, unusual, 1.0)
    if is_fraud:
        head["frauds"] += 1
        extend_run(head, when, unusual)
    else:
        head["legitimates"] += 1
        head["legit_since"] = min(np.int64(head["legit_since"]) + 1, 0xFFFF)
        head["last_legit"] = max(head["last_legit"], when)
    return z, True


@compiled
def withdraw(head: Any, decayed: Floats, links: Bytes, at: int, stage: Any, source: int, late_s: float) -> bool:
    """Take back the label of the link at `at`, if it has one of this source; return whether it had.

    A label whose source nobody noted may be withdrawn by any. What a fraud ended is not known any more: the
    run before it, and the cleared events until then.
    """
    tail = link_tail(links, at, stage)
    label, known_source = np.int64(tail["label"]), np.int64(tail["source"])
    if label == UNKNOWN or (known_source != 0 and known_source != source):
        return False
    tail["label"], tail["source"] = UNKNOWN, 0
    unusual = unusualness(f64(tail["z"]))
    add_label(decayed, stage, late_s, label == FRAUD_LABEL, unusual, -1.0)
    if label == FRAUD_LABEL:
        head["frauds"] = max(head["frauds"], 1) - 1
        shorten_run(head, link_head(links, at)["time"], unusual)
    else:
        head["legitimates"] = max(head["legitimates"], 1) - 1
        head["legit_since"] = max(head["legit_since"], 1) - 1
        if head["legitimates"] == 0:
            head["last_legit"] = NEVER
    return True


@compiled
def link_of(links: Bytes, stage: Any, event_hash: np.uint64, account: np.uint64) -> int:
    """Return where the link of that event of that account begins; -1 if it is gone.

    Two accounts may have events with one id. An account's own links are all its own.
    """
    for at in range(0, len(links), stage["link_bytes"]):
        if link_head(links, at)["event"] == event_hash and (stage["position"] == 0 or other_in(links, at, 0) == account):
            return at
    return -1


@compiled
def add_label(decayed: Floats, stage: Any, late_s: float, is_fraud: bool, unusual: float, sign: float) -> None:
    """Add a label to the decayed counters, or take it back (`sign` -1)."""
    for half_life in range(stage["half_lives"]):
        at, weight = _COLUMNS * half_life, sign * np.exp2(-late_s * stage["inverse_half_lives"][half_life])
        if is_fraud:
            decayed[at + FRAUD_USUAL] = max(0.0, decayed[at + FRAUD_USUAL] + (1.0 - unusual) * weight)
            decayed[at + FRAUD_UNUSUAL] = max(0.0, decayed[at + FRAUD_UNUSUAL] + unusual * weight)
        else:
            decayed[at + LEGITIMATE] = max(0.0, decayed[at + LEGITIMATE] + weight)


@compiled
def extend_run(head: Any, fraud_ms: int, unusual: float) -> None:
    """Put a fraud into the present run of its kind, or begin a new one: of usual or of unusual amounts."""
    if unusual < 0.5:
        if head["usual_last"] == NEVER or fraud_ms - head["usual_last"] > RUN_GAP_MS:
            head["usual_first"], head["usual_n"] = fraud_ms, 0
        head["usual_first"], head["usual_last"] = min(head["usual_first"], fraud_ms), max(head["usual_last"], fraud_ms)
        head["usual_n"] += 1
        head["legit_since"] = 0
    else:
        if head["unusual_last"] == NEVER or fraud_ms - head["unusual_last"] > RUN_GAP_MS:
            head["unusual_first"], head["unusual_n"] = fraud_ms, 0
        head["unusual_first"], head["unusual_last"] = min(head["unusual_first"], fraud_ms), max(head["unusual_last"], fraud_ms)
        head["unusual_n"] += 1


@compiled
def shorten_run(head: Any, fraud_ms: int, unusual: float) -> None:
    """Take a fraud out of the present run of its kind, if it lies in it. A run without any is none."""
    if unusual < 0.5:
        if head["usual_first"] <= fraud_ms <= head["usual_last"]:
            head["usual_n"] = max(head["usual_n"], 1) - 1
            if head["usual_n"] == 0:
                head["usual_first"] = head["usual_last"] = NEVER
    elif head["unusual_first"] <= fraud_ms <= head["unusual_last"]:
        head["unusual_n"] = max(head["unusual_n"], 1) - 1
        if head["unusual_n"] == 0:
            head["unusual_first"] = head["unusual_last"] = NEVER
