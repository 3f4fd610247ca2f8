"""Operator: trails -> decisions, vectorised. Flink makes the micro-batches; a worker process holds the
model.

The decision is made here, in the process that has the features at hand. The finished document and a flag go
on, so that most events never enter Python again.
"""

from __future__ import annotations

import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import pandas as pd
from pyflink.table import DataTypes, FunctionContext, ScalarFunction
from pyflink.table.udf import udf

from domain.decisions.decision import Decision
from domain.decisions.effects import Effects
from domain.decisions.enriched import Enricher
from domain.decisions.policy import PolicySettings
from domain.events.identity import USUAL, IdentitySettings, as_text
from domain.graph import GraphSettings
from domain.health.label_quality import flagged_text
from domain.memory.trail import TrailCodec, forgets
from domain.times import now_ms
from gnn.artifact.artifact import load_scorer
from gnn.artifact.model_name import ModelName
from gnn.scoring.decider import Decider
from gnn.scoring.decider_switch import DeciderSwitch
from gnn.scoring.drift_tally import DriftTally
from gnn.scoring.drift_texts import DriftReference
from gnn.scoring.scorer import Scorer
from ops.secrets import pseudonyms
from udfs.approve import NO_DECISION
from udfs.engine.batch_scheduling import schedule_threads
from udfs.engine.worker_lifetime import end_with_taskmanager
from udfs.engine.worker_match import MismatchError, worker_match
from udfs.metrics.score_metrics import ScoreMetrics


@dataclass(frozen=True)
class Enriched:
    """That enriched documents are made, and what is in them."""

    with_features: bool
    for_join: bool = False


class Score(ScalarFunction):
    """A vectorised function: B encoded trails, and effects -> a frame of B rows (document, flagged, joins,
    clock, health), with `Enriched` (enriched) as well.
    """

    def __init__(
        self,
        graph: GraphSettings,
        model_dir: str,
        policy: PolicySettings,
        batch_scheduling: bool | None = None,
        model_id: str | None = None,
        identity: IdentitySettings = USUAL,
        enriched: Enriched | None = None,
    ) -> None:
        """Note the settings; the client calls this and ships the object to the workers.

        `batch_scheduling` is as `schedule_threads` takes it. `model_id` is that of the model that approves
        events before (`udfs.approve`), which must be the same; None if none does.
        Without `enriched` no enriched document is made.
        """
        self._graph = graph
        self._model_dir = model_dir
        self._policy = policy
        self._model_id = model_id
        self._batch_scheduling = batch_scheduling
        self._identity, self._enriched = identity, enriched
        self._match = worker_match()

    def open(self, function_context: FunctionContext) -> None:
        """Load the model. Flink calls this once per worker process and attempt, before the first batch.

        Raises MismatchError if code, key or model of this machine are not those that the job was built with.
        """
        end_with_taskmanager()
        schedule_threads(self._batch_scheduling)
        self._match.check()
        self._pseudonyms, self._codec = pseudonyms(self._identity), TrailCodec(self._graph)
        scorer = load_scorer(Path(self._model_dir), self._graph)
        if self._model_id not in (None, scorer.card.model_id):
            raise MismatchError(
                f"the model at {self._model_dir} is {scorer.card.model_id} here, but the job was built with {self._model_id}: copy that "
                "one to all TaskManagers, or submit again"
            )
        configured = self._decider(scorer)
        self._deciders = DeciderSwitch(configured, self._codec, self._made)
        self._enricher = Enricher(self._graph, self._enriched.with_features, self._enriched.for_join) if self._enriched else None
        self._metrics = ScoreMetrics(function_context.get_metric_group(), self._codec)

    def eval(self, trails: pd.Series, effects: pd.Series | None = None) -> pd.DataFrame:
        """Decide a micro-batch of at most `job.score_batch` trails. Flink ends one before each checkpoint.

        `effects` are the texts of `Effects`; None where there is no control stream.
        """
        batch = trails.tolist()
        under = None if effects is None else [Effects.of(text) for text in effects.tolist()]
        gone = {at: self._forgotten(trail) for at, trail in enumerate(batch) if forgets(trail)}
        if not gone:
            return self._frame(batch, under)
        events, rows = [at for at in range(len(batch)) if at not in gone], pd.DataFrame(list(gone.values()), list(gone))
        if not events:
            return rows.sort_index()
        frame = self._frame([batch[at] for at in events], under and [under[at] for at in events])
        return pd.concat([frame.set_index(pd.Index(events)), rows]).sort_index()

    def _frame(self, batch: list[bytes], under: list[Effects | None] | None) -> pd.DataFrame:
        began_ns = time.time_ns()
        decided = self._deciders.decide_and_join(batch, now_ms, under)
        decisions = [decision for decision, _ in decided]
        failures = self._deciders.failures, self._deciders.shadow_failures
        self._metrics.count(batch, decisions, began_ns, time.time_ns(), *failures)
        columns: dict[str, list[Any]] = {
            "document": [decision.to_json() for decision in decisions],
            "flagged": [decision.is_flagged for decision in decisions],
            "joins": [",".join(joins) for _, joins in decided],
            "clock": [self._codec.clock_ms(trail) for trail in batch],
            "health": self._news(batch, decisions),
        }
        if self._enricher is not None:
            columns["enriched"] = list(map(self._enricher.text, batch, columns["document"]))
        return pd.DataFrame(columns)

    def _forgotten(self, trail: bytes) -> dict[str, Any]:
        """Return the row of a line that has an account be forgotten, on its way with the alerts."""
        account, clock_ms = as_text(self._codec.key(trail, 0)), self._codec.clock_ms(trail)
        row = {"document": NO_DECISION, "flagged": True, "joins": account, "clock": clock_ms, "health": None}
        return row if self._enricher is None else {**row, "enriched": NO_DECISION}

    def _made(self, name: str) -> Decider:
        return self._decider(ModelName.of(name).load(self._graph))

    def _decider(self, scorer: Scorer) -> Decider:
        return Decider(self._graph, scorer, self._policy, self._pseudonyms, tally=DriftTally(DriftReference.of(scorer)))

    def _news(self, trails: Sequence[bytes], decisions: Sequence[Decision]) -> list[str | None]:
        """Return by event what is new about the model's health: that it was flagged; with the last, drift."""
        news = [
            flagged_text(self._codec.event(trail).identity, self._codec.clock_ms(trail)) if decision.is_flagged else None
            for trail, decision in zip(trails, decisions, strict=True)
        ]
        if news and (drift := self._deciders.health(time.monotonic())):
            news[-1] = drift if news[-1] is None else f"{news[-1]}\n{drift}"
        return news


def score_function(  # type: ignore[no-untyped-def]
    graph: GraphSettings,
    model_dir: str,
    policy: PolicySettings,
    batch_scheduling: bool | None,
    model_id: str | None,
    identity: IdentitySettings,
    enriched: Enriched | None,
):
    """Return the function as the Table API takes it.

    Its result is ROW<document STRING, flagged BOOLEAN, joins STRING, clock BIGINT, health STRING>: `joins`
    are labels with commas between, `clock` is `Trail.clock_ms`, `health` what `PartHealth` parts; with
    `enriched` a last STRING of this name.
    """
    text = DataTypes.STRING()
    types = {"document": text, "flagged": DataTypes.BOOLEAN(), "joins": text, "clock": DataTypes.BIGINT(), "health": text}
    if enriched:
        types["enriched"] = text
    row = DataTypes.ROW([DataTypes.FIELD(name, kind) for name, kind in types.items()])
    return udf(Score(graph, model_dir, policy, batch_scheduling, model_id, identity, enriched), result_type=row, func_type="pandas")
