"""Decisions and truth brought together: one row of typed columns per decided event."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc

from domain.decisions.decision import APPROVE, BLOCK, DECISIONS
from gnn.evaluation.columns import by_account, codes, has_duplicates
from gnn.evaluation.decisions import decision_table
from gnn.evaluation.errors import EvaluationError
from gnn.evaluation.truth import read_truth


@dataclass(frozen=True)
class ScoredTruth:
    """N scored events and what is known of them, in the order of the decisions.

    `rows` has the columns score (float) and fraud (bool), and of these what is known: time_ms (int),
    account (int, from 0), amount (NaN where there is none), event_type, segment, ring_kind (categories),
    ring (int, -1 for none), member (float, NaN for none), fold (category), labelled (bool, where only
    labels say what is fraud), flagged and blocked (bool; decisions only), weight (how many events it counts
    for, in comparisons; 1 where it is not there).
    """

    rows: pd.DataFrame
    keys: pa.ChunkedArray
    """What tells the N events apart, for a second model's scores of the same events."""
    undecided: int
    model: str

    def since(self, time_ms: int) -> ScoredTruth:
        """Return the events of a time (ms since 1970) on.

        Raises `EvaluationError` where times are unknown or no event is left.
        """
        kept = self._times("--from") >= time_ms
        if not kept.any():
            raise EvaluationError("no event happened so late: choose an earlier --from")
        return self.where(kept)

    def until(self, time_ms: int) -> ScoredTruth:
        """Return the events before a time (ms since 1970); errors as of `since`."""
        kept = self._times("--to") < time_ms
        if not kept.any():
            raise EvaluationError("no event happened so early: choose a later --to")
        return self.where(kept)

    def _times(self, option: str) -> np.ndarray:
        if "time_ms" not in self.rows:
            raise EvaluationError(f"neither decisions nor truth say when the events happened: leave {option} out")
        return np.asarray(self.rows.time_ms)

    def where(self, kept: np.ndarray) -> ScoredTruth:
        """Return the events for which `kept` bool[N] is true."""
        return ScoredTruth(self.rows[kept].reset_index(drop=True), self.keys.filter(pa.array(kept)), self.undecided, self.model)

    def like(self, first: ScoredTruth) -> ScoredTruth:
        """Return this model's rows in the order of another's.

        Raises `EvaluationError` unless they are of the same events.
        """
        at = pc.index_in(first.keys, value_set=self.keys)
        if at.null_count or len(self.rows) != len(first.rows):
            both = len(at) - at.null_count
            only = len(first.rows) - both, len(self.rows) - both
            raise EvaluationError(
                f"the two models scored different events ({both:,} common, {only[0]:,} and {only[1]:,} others): score the same with both"
            )
        rows = self.rows.iloc[at.to_numpy()].reset_index(drop=True)
        differing = int((rows.fraud != first.rows.fraud).sum())
        if differing:
            raise EvaluationError(f"the labels of {differing:,} events differ between the two files: score the same events with both")
        return ScoredTruth(rows, first.keys, self.undecided, self.model)


AccountOf = Callable[[str], str]
"""Returns the pseudonym of an account's raw identifier, as decisions show it."""


def join_truth(decisions: Path, truth: Path, account_of: AccountOf | None = None) -> ScoredTruth:
    """Join decisions and truth by event id; the truth must know every decided event.

    Where accounts share ids it is by account and id: the truth's accounts are pseudonyms, or `account_of`
    makes them. Raises `EvaluationError`.
    """
    decided, known = decision_table(decisions), read_truth(truth)
    keys, known_keys = _keys(decided, known, truth, account_of)
    at = pc.index_in(keys, value_set=known_keys)
    if at.null_count:
        raise EvaluationError(f"{truth} does not know {at.null_count} of {len(at)} decided events: do the files belong together?")
    undecided = len(known) - len(decided)
    known = known.drop_columns(["event_id"]).take(at.combine_chunks())
    rows = _decided_columns(decided)
    rows["fraud"] = known["is_fraud"].to_numpy()
    if "labelled" in known.column_names:
        rows["labelled"] = known["labelled"].to_numpy()
    rows |= _known_columns(decided, known)
    return ScoredTruth(pd.DataFrame(rows), keys, undecided, named(decided["model"]))


def _keys(decided: pa.Table, known: pa.Table, truth: Path, account_of: AccountOf | None) -> tuple[pa.ChunkedArray, pa.ChunkedArray]:
    """Return what tells the events apart among the decisions, and in the truth."""
    if not has_duplicates(decided["event_id"]) and not has_duplicates(known["event_id"]):
        return decided["event_id"], known["event_id"]
    keys = by_account(decided)
    found: list[pa.ChunkedArray] = []
    if "account_id" in known.column_names:
        found = [by_account(known), *([by_account(_with_pseudonyms(known, account_of))] if account_of else [])]
    unknown = [pc.index_in(keys, value_set=known_keys).null_count for known_keys in found]
    if not found or min(unknown) == len(keys):
        raise EvaluationError(
            f"accounts share event ids, and {truth} does not name the accounts as the decisions do: give it a column account_id, "
            "with their pseudonyms, or evaluate with the key and the identity settings of the job"
        )
    return keys, found[unknown.index(min(unknown))]


def _with_pseudonyms(known: pa.Table, account_of: AccountOf) -> pa.Table:
    accounts = known["account_id"].cast(pa.string()).to_pylist()
    hidden = {account: account_of(account) for account in set(accounts) if account is not None}
    at = known.column_names.index("account_id")
    return known.set_column(at, "account_id", pa.array([hidden.get(account) for account in accounts], pa.string()))


def named(models: pa.ChunkedArray) -> str:
    """Return the model's name, or that of the first and how many more there are."""
    names = [name for name in pc.unique(models).to_pylist() if name]
    if not names:
        return "unnamed model"
    return str(names[0]) + (f" and {len(names) - 1} more" if len(names) > 1 else "")


def _decided_columns(decided: pa.Table) -> dict[str, object]:
    decision = decided["decision"].to_numpy()
    return {
        "score": decided["score"].to_numpy(),
        "flagged": decision != DECISIONS.index(APPROVE),
        "blocked": decision == DECISIONS.index(BLOCK),
        "amount": decided["amount"].to_numpy(),
    }


def _known_columns(decided: pa.Table, known: pa.Table) -> dict[str, object]:
    found: dict[str, object] = {}
    if (time := _known("event_time", decided, known)) is not None and not time.null_count:
        found["time_ms"] = time.to_numpy()
    if (account := _known("account_id", decided, known)) is not None:
        found["account"] = _accounts(account)
    if (ring := _known("ring_id", decided, known)) is not None:
        found["ring"] = codes(ring)
    if (member := _known("member", decided, known)) is not None:
        found["member"] = member.to_numpy()
    for name in ("event_type", "segment", "ring_kind"):
        if (column := _known(name, decided, known)) is not None:
            found[name] = column.unify_dictionaries().to_pandas()
    return found


def _known(name: str, decided: pa.Table, known: pa.Table) -> pa.ChunkedArray | None:
    """Return what the truth says, else the decisions; None if neither has a value in any row."""
    columns = [table[name] for table in (known, decided) if name in table.column_names]
    return next((column for column in columns if column.null_count < len(column)), None)


def _accounts(column: pa.ChunkedArray) -> np.ndarray:
    """Return numbers of the accounts; an event without an account counts as one of its own."""
    account = codes(column)
    unknown = account < 0
    account[unknown] = account.max(initial=-1) + 1 + np.arange(unknown.sum())
    return account
