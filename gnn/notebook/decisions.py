"""Decisions: made offline, explained, held against the truth."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Iterable, Sequence
from pathlib import Path

import numpy as np
import pandas as pd

from domain.decisions.decision import Decision
from domain.decisions.policy import PolicySettings
from domain.events.exchange_rates import USUAL_CURRENCY, CurrencySettings
from domain.events.identity import USUAL, IdentitySettings
from domain.features.extractor import FeatureExtractor
from gnn.artifact.artifact import load_scorer
from gnn.evaluation import Evaluation
from gnn.evaluation import evaluate as _evaluate
from gnn.history.first_pass import HistoryError, Progress
from gnn.history.replay import Replay, count_lines
from gnn.history.train_settings import Costs
from gnn.notebook.inputs import Paths, Time, files_of, parser_of, pseudonyms, quiet, target_of, time_ms
from gnn.notebook.models import TrainedModel, read_model
from gnn.scoring.decider import Decider
from gnn.scoring.explainer import Explainer
from gnn.scoring.offline_score import score_files

Model = str | Path | TrainedModel
"""A model or its folder."""


def score(
    model: Model,
    events: Paths,
    *,
    out: str | Path | None = None,
    policy: PolicySettings | None = None,
    key: str | None = None,
    identity: IdentitySettings = USUAL,
    currency: CurrencySettings = USUAL_CURRENCY,
    progress: Progress = quiet,
) -> pd.DataFrame:
    """Decide every event of a history as the job would, with the model's own graph.

    Args:
        model: the model or its folder.
        events: files of JSON lines, in time order; labels among them are learnt from.
        out: file for the decision documents (JSON lines), if they are wanted.
        policy: thresholds, rules and lists; None: the thresholds on the model's card.
        key: key of the pseudonyms; None: the environment's RINGWATCH_PSEUDONYM_KEY.
        identity: which spellings are one entity, as the job's `identity` settings say.
        currency: in which currency amounts are compared, as the job's `currency` settings say.
        progress: called with (phase, done, total).

    Returns:
        One row per event: `event_id`, `event_time` (UTC), `event_type`, `decision` (approve, investigate,
            block), `score` (probability of fraud), `ring`, `reasons` (list of texts), a pseudonym per entity
            kind, `amount`, `currency`, `model`.

    Raises:
        ArtifactError: no model there, or a damaged one.
        FileNotFoundError: a file of events that does not exist.

    >>> gnn.score("model", "shop/events.jsonl").decision.value_counts()  # doctest: +SKIP
    """
    files, path = files_of(events), _path(model)
    target = None if out is None else target_of(out, events=files, model=[path])
    graph = read_model(path).card.graph
    decider = Decider(graph, load_scorer(path, graph), policy or PolicySettings(), pseudonyms(key, identity))
    replay, lines = Replay(graph, parser_of(graph, key, identity, currency)), count_lines(files)
    with tempfile.TemporaryDirectory() as folder:
        documents = target or Path(folder) / "decisions.jsonl"
        score_files(replay, decider, files, documents, lambda _: progress("scoring", replay.counts.lines, lines))
        with documents.open("rb") as written:
            return _decision_table((Decision.of(json.loads(line)) for line in written), graph.entities)


def _decision_table(decisions: Iterable[Decision], kinds: Sequence[str]) -> pd.DataFrame:
    rows = [
        (
            *(one.event_id, one.time_ms, one.event_type, one.outcome, one.score, one.ring),
            [reason.text for reason in one.reasons],
            *map(one.entities.get, kinds),
            *(one.amount, one.currency, one.model),
        )
        for one in decisions
    ]
    first = ("event_id", "event_time", "event_type", "decision", "score", "ring")
    table = pd.DataFrame(rows, columns=[*first, "reasons", *kinds, "amount", "currency", "model"])
    table["event_time"] = pd.to_datetime(table.event_time, unit="ms", utc=True)
    return table


def explain(
    model: Model,
    events: Paths,
    event_ids: Iterable[str],
    *,
    most: int = 8,
    key: str | None = None,
    identity: IdentitySettings = USUAL,
    currency: CurrencySettings = USUAL_CURRENCY,
) -> pd.DataFrame:
    """Say why a model gives some events their scores.

    A reason is a group of features. Its weight is what the group adds to the logit of the score: how much
    the logit falls when the group's features are set to what is usual in training. Events that look usual
    have no reasons.

    Args:
        model: the model or its folder.
        events: files of JSON lines, in time order, from the first on: the state before an event is part of
            it.
        event_ids: the events to explain, dozens rather than thousands.
        most: reasons per event at most.
        key: key of the pseudonyms; None: the environment's RINGWATCH_PSEUDONYM_KEY.
        identity: which spellings are one entity, as the job's `identity` settings say.
        currency: in which currency amounts are compared, as the job's `currency` settings say.

    Returns:
        One row per event and reason, strongest first: `event_id`, `score`, `code`, `text`, `weight`.

    Raises:
        HistoryError: an event id that is not in the files.
        ArtifactError: no model there, or a damaged one.

    >>> gnn.explain("model", "shop/events.jsonl", decisions.event_id[:3])  # doctest: +SKIP
    """
    path = _path(model)
    graph = read_model(path).card.graph
    scorer, extractor = load_scorer(path, graph), FeatureExtractor(graph)
    trails = _trails(Replay(graph, parser_of(graph, key, identity, currency)), files_of(events), list(event_ids))
    if not trails:
        return pd.DataFrame(columns=["event_id", "score", "code", "text", "weight"])
    batch = extractor.extract(list(trails.values()))
    scores, reasons = scorer.score(batch), Explainer(scorer, extractor, most).reasons(batch)
    rows = [
        {"event_id": event_id, "score": float(one), "code": reason.code, "text": reason.text, "weight": reason.weight}
        for event_id, one, its in zip(trails, scores, reasons, strict=True)
        for reason in its
    ]
    return pd.DataFrame(rows, columns=["event_id", "score", "code", "text", "weight"])


def _trails(replay: Replay, files: Sequence[Path], event_ids: Sequence[str]) -> dict[str, bytes]:
    """Return the trail of each event, in the order of the ids."""
    wanted, found = set(event_ids), dict[str, bytes]()
    for event, trail in replay.run(files):
        if event.event_id in wanted:
            found.setdefault(event.event_id, trail)
        if len(found) == len(wanted):
            break
    if missing := [one for one in event_ids if one not in found]:
        where = ", ".join(map(str, files))
        raise HistoryError(f"no scored event {missing[0]!r} in {where}: give ids of events, as gnn.read_events shows them")
    return {one: found[one] for one in event_ids}


def evaluate(
    decisions: pd.DataFrame | str | Path, truth: pd.DataFrame | str | Path, *, since: Time | None = None, costs: Costs | None = None
) -> Evaluation:
    """Hold decisions against the truth.

    Args:
        decisions: what `score` returned, or a file of decision documents.
        truth: a table with `event_id` and `is_fraud` (what has no label counts as legitimate), a Parquet or
            CSV file with these columns, or the file of events with their labels.
        since: leave out the events before this time, such as `model.test_from`.
        costs: what decisions cost; None: the default costs.

    Returns:
        The figures as attributes: `flagged.precision`, `flagged.recall`, `blocked`,
            `ranking.average_precision`, `precision_at_k`, `cost`, and by event type, segment and ring;
            `document()` gives them as a dictionary.

    Raises:
        EvaluationError: tables that do not belong together, or without the columns that are needed.

    >>> gnn.evaluate(decisions, "shop/truth.parquet", since=model.test_from).flagged  # doctest: +SKIP
    """
    with tempfile.TemporaryDirectory() as folder:
        decided = _written_decisions(decisions, Path(folder)) if isinstance(decisions, pd.DataFrame) else Path(decisions)
        known = _written_truth(truth, Path(folder)) if isinstance(truth, pd.DataFrame) else Path(truth)
        return _evaluate(decided, known, costs, from_ms=time_ms(since))


def _written_decisions(table: pd.DataFrame, folder: Path) -> Path:
    """Write the columns that an evaluation reads as decision documents."""
    out, wanted = folder / "decisions.jsonl", ("event_id", "event_time", "event_type", "decision", "score", "amount", "model")
    rows = table[[name for name in wanted if name in table]].replace({np.nan: None})
    if "event_time" in rows:
        rows["event_time"] = [round(time.timestamp() * 1000) for time in table.event_time]
    accounts = table.account if "account" in table else [None] * len(table)
    with out.open("w", encoding="utf-8") as file:
        for row, account in zip(rows.to_dict("records"), accounts, strict=True):
            file.write(json.dumps({**row, "entities": {"account": account} if account else {}}) + "\n")
    return out


def _written_truth(table: pd.DataFrame, folder: Path) -> Path:
    out = folder / "truth.parquet"
    fraud = table.is_fraud.astype("boolean").fillna(False).astype(bool)
    pd.DataFrame({"event_id": table.event_id, "is_fraud": fraud}).to_parquet(out)
    return out


def _path(model: Model) -> Path:
    return model.path if isinstance(model, TrainedModel) else Path(model)
