"""One suite over every scorer: the graph network and the baselines."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pytest
import torch
from threadpoolctl import threadpool_limits

from domain.features.extractor import FeatureBatch, FeatureExtractor
from flink_job.settings.settings import PRETRAINED
from gnn.artifact.artifact import load_scorer
from gnn.card.card import ArtifactError, ModelCard
from gnn.card.detection_metrics import average_precision
from gnn.history.ego_graphs import EgoGraphs
from gnn.history.replay import Replay
from gnn.history.train_settings import MODELS
from gnn.models.combined import combine
from gnn.scoring.ablated_inputs import Inputs
from gnn.scoring.scorer import Scorer, tables_of
from gnn.training.training import train
from tests import ROOT
from tests.support.gnn_history import GRAPH, documents, ignore, parser, quick, write

SUPERVISED = ("combined", "gnn", "gbt")
READ_LINKS = ("combined", "gnn")
SCORE = """
import sys
from pathlib import Path
import udfs.score
from gnn.artifact.admission import try_out
from gnn.artifact.artifact import read_card
path = Path(sys.argv[1])
try_out(path, read_card(path).graph)
print(*sorted({"torch", "torch_geometric"} & set(sys.modules)))
"""
Train = Callable[[str, Path, int], ModelCard]


@dataclass(frozen=True)
class Trained:
    name: str
    folder: Path
    card: ModelCard
    scorer: Scorer


@pytest.fixture(scope="module")
def history(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return write(tmp_path_factory.mktemp("history") / "events.jsonl", documents())


@pytest.fixture(scope="module")
def train_model(history: Path) -> Train:
    def run(name: str, folder: Path, seed: int) -> ModelCard:
        return train(quick(name, seed=seed, epochs=8), GRAPH, [history], folder, parser(), ignore)

    return run


@pytest.fixture(scope="module", params=MODELS)
def trained(request: pytest.FixtureRequest, train_model: Train, tmp_path_factory: pytest.TempPathFactory) -> Trained:
    folder = tmp_path_factory.mktemp(request.param) / "model"
    card = train_model(request.param, folder, 0)
    return Trained(request.param, folder, card, load_scorer(folder, GRAPH))


@pytest.fixture(scope="module")
def replayed(tmp_path_factory: pytest.TempPathFactory) -> tuple[FeatureBatch, np.ndarray]:
    """(batch, fraud) of another history with the same kind of fraud."""
    lines = list(documents(events=1000, seed=7))
    path = write(tmp_path_factory.mktemp("other") / "events.jsonl", iter(lines))
    frauds = {line["subject_event_id"] for line in lines if line["event_type"] == "label"}
    events, trails = zip(*Replay(GRAPH, parser()).run([path]), strict=True)
    return FeatureExtractor(GRAPH).extract(trails), np.array([event.event_id in frauds for event in events])


def test_scores_are_probabilities_that_rank_fraud_first(trained: Trained, replayed: tuple[FeatureBatch, np.ndarray]) -> None:
    batch, fraud = replayed
    score = trained.scorer.score(batch)
    assert score.shape == (len(batch),) and score.dtype == np.float64
    assert np.all((score >= 0) & (score <= 1))
    better = (score[fraud][:, None] > score[~fraud][None, :]).mean()
    # the unsupervised ones see one odd column among two hundred
    assert better > {"combined": 0.99, "gnn": 0.99, "gbt": 0.99, "autoencoder": 0.8, "isolation_forest": 0.52}[trained.name]


def test_a_score_does_not_depend_on_the_other_events(trained: Trained, replayed: tuple[FeatureBatch, np.ndarray]) -> None:
    batch, _ = replayed
    whole = trained.scorer.score(batch)
    order = np.random.default_rng(0).permutation(len(batch))
    assert np.abs(trained.scorer.score(batch[order]) - whole[order]).max() < 1e-12
    alone = np.concatenate([trained.scorer.score(batch[row : row + 1]) for row in range(0, len(batch), 9)])
    assert np.abs(alone - whole[::9]).max() < 1e-12


@pytest.mark.parametrize("threads", [1, 4])  # the first was trained with as many as there are cores
def test_the_same_seed_gives_the_same_bytes_with_any_number_of_threads(
    trained: Trained, train_model: Train, threads: int, tmp_path: Path
) -> None:
    torch.manual_seed(99)  # what others did before must not matter
    with all_libraries_with(threads):
        train_model(trained.name, tmp_path / "again", 0)
    for file in trained.folder.iterdir():
        assert file.read_bytes() == (tmp_path / "again" / file.name).read_bytes(), file.name


def test_another_seed_gives_another_model(trained: Trained, train_model: Train, tmp_path: Path) -> None:
    assert train_model(trained.name, tmp_path / "other", 1).model_id != trained.card.model_id


@contextmanager
def all_libraries_with(threads: int) -> Iterator[None]:
    """Let BLAS, OpenMP and torch use so many threads."""
    before = torch.get_num_threads()
    with threadpool_limits(limits=threads):
        torch.set_num_threads(threads)
        yield
    torch.set_num_threads(before)


def imported_to_score(model: Path) -> str:
    """Which of torch and torch_geometric a scoring worker imports for this model."""
    done = subprocess.run([sys.executable, "-c", SCORE, model], cwd=ROOT, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def test_only_the_autoencoder_needs_torch_to_score(trained: Trained) -> None:
    assert imported_to_score(trained.folder) == ("torch torch_geometric" if trained.name == "autoencoder" else "")


def test_the_default_model_needs_no_torch_to_score() -> None:
    assert imported_to_score(PRETRAINED) == ""


def test_training_leaves_torch_as_it_was(train_model: Train, tmp_path: Path) -> None:
    torch.manual_seed(5)
    before = torch.get_rng_state(), torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()
    train_model("autoencoder", tmp_path / "model", 0)
    assert torch.equal(torch.get_rng_state(), before[0])
    assert (torch.get_num_threads(), torch.are_deterministic_algorithms_enabled()) == before[1:]


def test_the_card_tells_what_the_model_is(trained: Trained) -> None:
    card = trained.scorer.card
    assert card == trained.card and card.hyperparameters["max_blocked_legitimate"] == 0.001
    assert card.model_id.startswith(f"{trained.name}-") and card.graph == GRAPH
    assert 0 < card.thresholds.investigate <= card.thresholds.block < 1
    assert card.data.train_frauds > 0 and card.data.validation_frauds > 0
    assert card.data.train_events + card.data.validation_events <= card.data.events
    assert sum(file.stat().st_size for file in trained.folder.iterdir()) < 2_000_000


def test_the_reference_tells_what_is_usual_in_training(trained: Trained) -> None:
    reference = trained.scorer.reference
    names = [feature.name for feature in FeatureExtractor(GRAPH).flat_features]
    assert reference.mean.shape == reference.usual.shape == (len(names),)
    assert reference.mean[names.index("event.is_order")] == 1.0
    # the history's median amount
    assert reference.usual[names.index("event.amount")] == pytest.approx(np.log1p(20.0), abs=0.1)
    assert reference.inputs.share.sum(axis=1) == pytest.approx(1.0)
    middle = np.concatenate(reference.middle[:4])
    half = reference.inputs.share[:, :5].sum(axis=1)  # up to the median
    assert middle.shape == (len(names),) and np.all(half >= 0.5 - 1e-9)


def test_explain_blames_the_group_that_carries_the_signal(trained: Trained, replayed: tuple[FeatureBatch, np.ndarray]) -> None:
    batch, fraud = replayed
    groups = trained.scorer.groups
    drops = trained.scorer.explain(batch[np.flatnonzero(fraud)])
    amounts = [group.endswith(".amount") for group in groups]  # the ratios to habits tell the amount, too
    assert drops.shape == (fraud.sum(), len(groups))
    if trained.name in SUPERVISED:
        assert amounts[drops.mean(axis=0).argmax()]
    assert drops[:, amounts].sum(axis=1).mean() > np.abs(drops[:, np.logical_not(amounts)]).mean() > 0
    assert ("device_link.history" in groups) == (trained.name in READ_LINKS)


def test_explain_is_the_drop_of_the_scores_logit(trained: Trained, replayed: tuple[FeatureBatch, np.ndarray]) -> None:
    batch = replayed[0][np.arange(100, 140)]
    column = [feature.group for feature in FeatureExtractor(GRAPH).flat_features]
    event = batch.event.copy()
    amount = np.flatnonzero([group == "event.amount" for group in column])
    event[:, amount] = trained.scorer.reference.middle[0][amount]
    changed = FeatureBatch(event, batch.entities)
    drop = logit(trained.scorer.score(batch)) - logit(trained.scorer.score(changed))
    explained = trained.scorer.explain(batch)[:, trained.scorer.groups.index("event.amount")]
    assert explained == pytest.approx(drop, abs=1e-6)


def test_what_is_taken_away_of_one_event_stays_with_the_others(trained: Trained, replayed: tuple[FeatureBatch, np.ndarray]) -> None:
    batch, scorer = replayed[0][np.arange(30)], trained.scorer
    whole = logit(scorer.score(batch))
    rows = np.array([4, 7, 4])
    removed = [[], list(scorer.inputs), [scorer.inputs[0], scorer.inputs[3]]]
    without = scorer.logits_without(batch, rows, removed)
    assert without[0] == pytest.approx(whole[4], abs=1e-6)
    assert without[2] == pytest.approx(scorer.logits_without(batch, rows[2:], removed[2:])[0], abs=1e-9)
    if trained.name in SUPERVISED:
        blank = [list(scorer.inputs)] * 30  # no links but their number tells the events apart then
        assert np.ptp(scorer.logits_without(batch, np.arange(30), blank)) < np.ptp(whole)


@pytest.mark.parametrize("seed", range(4))
def test_a_variant_scores_as_an_event_written_out(trained: Trained, replayed: tuple[FeatureBatch, np.ndarray], seed: int) -> None:
    draw, scorer = np.random.default_rng(seed), trained.scorer
    batch = replayed[0][draw.integers(0, len(replayed[0]), 20)]
    rows = draw.integers(0, len(batch), 40)
    groups = [draw.permutation(len(scorer.inputs))[: draw.integers(0, 4)] for _ in rows]
    removed = [[_some(scorer.inputs[group], draw) for group in some] for some in groups]
    written_out = batch[rows]
    middle = dict(zip(tables_of(FeatureExtractor(GRAPH)), scorer.reference.middle, strict=True))
    for row, inputs in enumerate(removed):
        for one in inputs:
            where, kind = one.table
            entity = written_out.entities[kind]
            array = {"event": written_out.event, "node": entity.node, "link": entity.links}[where]
            array[row][..., one.columns] = middle[one.table][one.columns]
    assert scorer.logits_without(batch, rows, removed) == pytest.approx(logit(scorer.score(written_out)), abs=1e-6)


def _some(inputs: Inputs, draw: np.random.Generator) -> Inputs:
    return inputs.but(int(draw.choice(inputs.columns))) if draw.random() < 0.5 else inputs


def test_explaining_leaves_the_batch_alone(trained: Trained, replayed: tuple[FeatureBatch, np.ndarray]) -> None:
    batch = replayed[0][:50]
    before = trained.scorer.score(batch)
    trained.scorer.explain(batch)
    assert np.array_equal(trained.scorer.score(batch), before)


def logit(score: np.ndarray) -> np.ndarray:
    odds: np.ndarray = np.log(score / (1 - score))
    return odds


def test_our_isolation_forest_is_scikit_learns(history: Path) -> None:
    from sklearn.ensemble import IsolationForest as Fitted

    from gnn.models.isolation_forest import IsolationForest, _exported

    extractor = FeatureExtractor(GRAPH)
    graphs = EgoGraphs.of(extractor.extract([trail for _, trail in Replay(GRAPH, parser()).run([history])][:600]))
    fitted = Fitted(n_estimators=15, max_samples=200, random_state=0).fit(graphs.flat())
    ours = IsolationForest(_exported([tree.tree_ for tree in fitted.estimators_], 200))
    assert np.exp2(ours.margins(graphs)) == pytest.approx(-fitted.score_samples(graphs.flat()), abs=1e-12)


def test_a_combination_ranks_at_least_as_well_as_its_parts() -> None:
    draw = np.random.default_rng(0)
    fraud, weight = draw.random(8000) < 0.1, np.ones(8000)

    def quality(strengths: tuple[float, float]) -> tuple[float, float]:
        first, second = (fraud * strength + draw.normal(size=8000) for strength in strengths)
        together = combine(first, second, fraud, weight).margins(first, second)
        return average_precision(together, fraud, weight), max(average_precision(one, fraud, weight) for one in (first, second))

    together, best = quality((2.0, 2.0))
    assert together > best + 0.1, "two witnesses that err apart"
    for strengths in ((2.0, 0.0), (0.0, 2.0)):
        together, best = quality(strengths)
        assert together > best - 0.005, "one that knows nothing does no harm"


def test_a_damaged_part_of_the_combination_is_named(train_model: Train, tmp_path: Path) -> None:
    train_model("combined", tmp_path / "model", 0)
    trees = tmp_path / "model" / "weights.ubj"
    trees.write_bytes(trees.read_bytes()[:-1] + b"!")
    with pytest.raises(ArtifactError, match=r"weights\.ubj is not the file its card describes"):
        load_scorer(tmp_path / "model", GRAPH)
