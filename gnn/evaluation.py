"""Decisions held against the truth: detection per event and per ring."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow.parquet as pq

from domain.policy import APPROVE, BLOCK, DECISIONS
from gnn.metrics import Metrics, measure

_READ = ("event_id", "decision", "score")


class EvaluationError(ValueError):
    """Decisions and truth that cannot be compared; the message names the file and the mend."""


@dataclass(frozen=True)
class Detection:
    """How well a kind of flag finds fraud: shares of events, None where there is nothing to divide by."""

    flagged: int
    precision: float | None
    recall: float | None


@dataclass(frozen=True)
class Evaluation:
    """Counts, detection of investigate-or-block and of block alone, ranking quality of the score, rings and innocents."""

    events: int
    undecided: int
    """Events of the truth without a decision: a part of the history was left out, or the job lost some."""
    frauds: int
    decisions: dict[str, int]
    flagged: Detection
    blocked: Detection
    ranking: Metrics | None
    rings: int
    rings_flagged: int
    rings_flagged_by_third_member: int
    flagged_legitimate_by_segment: dict[str, float]

    def document(self) -> dict[str, object]:
        return asdict(self)


def read_decisions(path: Path) -> Iterator[dict[str, object]]:
    """Decision documents of a JSON-lines file, or of all in a folder."""
    files = sorted(path.glob("*.jsonl")) if path.is_dir() else [path]
    if not files or not files[0].exists():
        raise EvaluationError(f"{path} holds no decisions: name a .jsonl file or a folder of them")
    for file in files:
        with file.open(encoding="utf-8") as lines:
            for number, line in enumerate(lines, 1):
                try:
                    document = json.loads(line)
                except json.JSONDecodeError:
                    raise EvaluationError(f"{file}, line {number}: not JSON; is the file complete?") from None
                missing = [name for name in _READ if name not in document] if isinstance(document, dict) else ["event_id"]
                if missing:
                    raise EvaluationError(f"{file}, line {number}: no decision, {missing[0]} is missing; is it the job's output?")
                yield document


def evaluate(decisions: Path, truth: Path) -> Evaluation:
    """Join decisions and truth by event id; every decided event must be in the truth."""
    documents = [tuple(document[name] for name in _READ) for document in read_decisions(decisions)]
    if not documents:
        raise EvaluationError(f"{decisions} holds no decisions: has the job decided anything yet?")
    decided = pd.DataFrame.from_records(documents, columns=_READ)
    if decided.event_id.duplicated().any():
        raise EvaluationError(f"{decisions} decides an event twice: is it the output of several runs?")
    known = _truth(truth)
    rows = decided.merge(known, on="event_id", how="left")
    unknown = int(rows.is_fraud.isna().sum())
    if unknown:
        raise EvaluationError(f"{truth} does not know {unknown} of {len(rows)} decided events: do the files belong together?")
    fraud = rows.is_fraud.to_numpy(bool)
    flagged, blocked = (rows.decision != APPROVE).to_numpy(), (rows.decision == BLOCK).to_numpy()
    both = 0 < fraud.sum() < len(fraud)
    rings = _rings(rows)
    return Evaluation(
        events=len(rows),
        undecided=len(known) - len(rows),
        frauds=int(fraud.sum()),
        decisions={kind: int((rows.decision == kind).sum()) for kind in DECISIONS},
        flagged=_detection(flagged, fraud),
        blocked=_detection(blocked, fraud),
        ranking=measure(rows.score.to_numpy(float), fraud, np.ones(len(rows))) if both else None,
        rings=len(rings),
        rings_flagged=sum(first is not None for first in rings.values()),
        rings_flagged_by_third_member=sum(first is not None and first <= 3 for first in rings.values()),
        flagged_legitimate_by_segment=_innocents(rows[~fraud]),
    )


def _truth(path: Path) -> pd.DataFrame:
    try:
        truth = pq.read_table(path).to_pandas()
    except (OSError, ValueError) as error:
        raise EvaluationError(f"{path} is not a readable Parquet file: {error}") from None
    for column in ("event_id", "is_fraud"):
        if column not in truth:
            raise EvaluationError(f"{path} has no column {column}")
    if truth.event_id.duplicated().any():
        raise EvaluationError(f"{path} names an event twice: which of the two is true?")
    if not truth.is_fraud.isin((False, True)).all():
        raise EvaluationError(f"{path}: column is_fraud must hold true or false in every row")
    return truth


def _detection(flag: np.ndarray, fraud: np.ndarray) -> Detection:
    hits = int((flag & fraud).sum())
    return Detection(int(flag.sum()), hits / int(flag.sum()) if flag.any() else None, hits / int(fraud.sum()) if fraud.any() else None)


def _rings(rows: pd.DataFrame) -> dict[str, int | None]:
    """Ring -> lowest member number with a flagged event, None if the ring was never flagged."""
    if "ring_id" not in rows or "member" not in rows:
        return {}
    found: dict[str, int | None] = {}
    for ring, events in rows[rows.is_fraud.astype(bool) & rows.ring_id.notna()].groupby("ring_id"):
        members = events.loc[events.decision != APPROVE, "member"]
        found[str(ring)] = int(members.min()) if len(members) else None
    return found


def _innocents(rows: pd.DataFrame) -> dict[str, float]:
    """Share of legitimate events flagged, per segment of customers."""
    if "segment" not in rows or rows.empty:
        return {}
    return {str(name): float((part.decision != APPROVE).mean()) for name, part in rows.groupby("segment")}
