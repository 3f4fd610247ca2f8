"""What one training does: the kind of model, the part of the history, the costs."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field, fields

from domain.decisions.decision import APPROVE, BLOCK, DECISIONS
from domain.errors import SettingError

MODEL_WORDS: Mapping[str, str] = {
    "combined": "graph network and boosted trees",
    "gnn": "graph network",
    "gbt": "boosted trees",
    "isolation_forest": "isolation forest",
    "autoencoder": "autoencoder",
}
"""Kinds of model, and what a person calls them."""
MODELS = tuple(MODEL_WORDS)
KNOWN, FINAL = LABELS = ("known", "final")


@dataclass(frozen=True)
class Costs:
    """What decisions cost, in `currency.reference`; thresholds are chosen to make the sum smallest."""

    missed_fraud_share: float = 1.0
    """An approved fraud loses this share of its amount."""
    missed_fraud_least: float = 25.0
    """An approved fraud loses at least this much: an event without an amount (a login, a sign-up) prepares
    one.
    """
    blocked_good: float = 15.0
    """Cost of a blocked legitimate event: lost margin and an annoyed customer."""
    review: float = 5.0
    """Cost of an analyst's look at one event; it is taken to find the truth. Blocking is cheaper from 1 -
    review / blocked_good on.
    """
    max_blocked_legitimate: float = 0.001
    """Share of the legitimate events of the validation part that may be blocked, whatever the costs say. Of
    new events it may be more: the model card says up to which share, and warns where too few events were
    validated to tell. To show 0.001 takes 2,704 of which none is blocked.
    """
    unlabelled_fraud_share: float = 0.05
    """Share of the frauds that nobody ever reports; how many labels are merely late is estimated from the
    delays. Set it to 0 where every fraud gets its label: a share that is too high takes as many blocked
    legitimate events for unreported fraud.
    """

    def __post_init__(self) -> None:
        for setting in fields(self):
            if not 0 <= getattr(self, setting.name) < float("inf"):
                raise SettingError(f"train.costs.{setting.name} must be a number from 0")
        if self.max_blocked_legitimate > 1:
            raise SettingError("train.costs.max_blocked_legitimate is a share: give at most 1")
        if self.unlabelled_fraud_share > 0.5:
            raise SettingError("train.costs.unlabelled_fraud_share must lie between 0 and 0.5: with fewer labels nothing can be learnt")


@dataclass(frozen=True)
class TrainSettings:
    """One training. Times are ms since 1970, None for the ends of the history."""

    model: str = "combined"
    """`combined` (graph network and boosted trees), `gnn`, `gbt`, `isolation_forest` or `autoencoder`."""
    from_ms: int | None = None
    """Begin of the history, ms since 1970; null: its first event; `--from`."""
    to_ms: int | None = None
    """The moment of training, ms since 1970: nothing later is used, neither events nor labels; null: the
    end; `--to`.
    """
    label_delay_s: float = 7 * 86_400.0
    """An event counts as legitimate when it is this old and no fraud label has come; `--label-delay`."""
    labels: str = KNOWN
    """Which labels training knows: `known`, those that had come at the moment of training, or `final`, those
    that come until the end of the files; `--labels`. A job will never know the final ones so early: use them
    to compare with published figures, or where labels have no time of their own.
    """
    unseen_after: tuple[str, ...] = (BLOCK,)
    """Decisions after which nobody sees what an event would have been: `block`, and `investigate` where the
    shop holds what is investigated. Where the decisions are known (`--decisions`, `--lake`) such an event
    without a label is left out of training and figures. `[]` where nobody acts on decisions: it then counts
    as legitimate, as any other without a label does.
    """
    split: tuple[float, float, float] | None = None
    """Shares of the events in time order for training, validation and a test part that training does not
    see; they sum to 1; `--split`. In place of `to_ms` and `validation_share`.
    """
    warm_up_days: float = 0.0
    """Without `from_ms` this many first days of the history, at most a fifth of it, only fill the state:
    while it is empty every entity looks new, as a ring's are. For a model that will meet a filled state.
    """
    seed: int = 0
    """Seed of all random numbers: the same seed and history give the same model."""
    validation_share: float = 0.2
    """Last share of the events, for early stopping, calibration and thresholds; 0.05 to 0.5."""
    refit: bool = True
    """When the validation part has served, train once more on everything for as many epochs (or trees) as
    were best.
    """
    max_legitimate: int = 300_000
    """A longer history is sampled down to about this many legitimate events, each weighing more."""
    max_fraud: int = 100_000
    """And to about this many frauds."""
    epochs: int = 8
    """At most this many passes over the history."""
    patience: int = 3
    """Epochs with clearly less than the best validation average precision before training stops."""
    batch_size: int = 512
    """Events in one step of gradient descent."""
    learning_rate: float = 2e-3
    """Step width of gradient descent."""
    hidden: int = 32
    """Width of the graph network's layers, a multiple of `heads`."""
    heads: int = 2
    """Attention heads of the graph network."""
    dropout: float = 0.1
    """Share of a layer's outputs that training leaves out."""
    class_weight: float = 0.5
    """Frauds weigh (legitimate / fraud) to this power: 0 as they are, 1 as much as all legitimate events
    together.
    """
    trees: int = 600
    """At most this many boosted trees; they stop early, too."""
    threads: int = 1
    """Threads of torch and XGBoost while training. The matrices are small: more threads gain little, and
    cost ten times as much on a busy machine. Another number may give other weights.
    """
    costs: Costs = field(default_factory=Costs)

    def __post_init__(self) -> None:
        if self.model not in MODELS:
            raise SettingError(f"train.model: unknown model {self.model!r}; use one of {', '.join(MODELS)}")
        if self.from_ms is not None and self.to_ms is not None and self.from_ms >= self.to_ms:
            raise SettingError("train.from must lie before train.to")
        if self.labels not in LABELS:
            raise SettingError(f"train.labels: {self.labels!r} is neither known nor final")
        if unwanted := set(self.unseen_after) - set(DECISIONS) | set(self.unseen_after) & {APPROVE}:
            raise SettingError(f"train.unseen_after: {min(unwanted)!r} is neither investigate nor block")
        if self.split is not None:
            self._check_split(self.split)
        if self.label_delay_s < 0:
            raise SettingError("train.label_delay must not be negative")
        if not 0 <= self.warm_up_days < float("inf"):
            raise SettingError("train.warm_up_days must be a number from 0")
        if not 0.05 <= self.validation_share <= 0.5:
            raise SettingError("train.validation_share must lie between 0.05 and 0.5")
        for name in ("max_legitimate", "max_fraud", "epochs", "patience", "batch_size", "hidden", "heads", "trees", "threads"):
            if getattr(self, name) < 1:
                raise SettingError(f"train.{name} must be at least 1")
        if self.hidden % self.heads:
            raise SettingError("train.hidden must be a multiple of train.heads")
        if not 0 <= self.dropout < 1:
            raise SettingError("train.dropout must lie between 0 and 1")
        if not 0 <= self.class_weight <= 1:
            raise SettingError("train.class_weight must lie between 0 and 1")
        if self.learning_rate <= 0:
            raise SettingError("train.learning_rate must be positive")

    def _check_split(self, split: tuple[float, float, float]) -> None:
        if self.to_ms is not None:
            raise SettingError("train.split says where the training ends: leave train.to_ms and --to out")
        if min(split[:2]) <= 0 or split[2] < 0 or abs(sum(split) - 1.0) > 1e-6:
            raise SettingError("train.split: give shares of training, validation and test that sum to 1, such as [0.7, 0.15, 0.15]")
        if not 0.05 <= self.validation_part <= 0.5:
            raise SettingError("train.split: validation must be between a twentieth and a half of what is not for the test")

    @property
    def validation_part(self) -> float:
        """Last share of the events to train on that is for validation."""
        return self.validation_share if self.split is None else self.split[1] / (self.split[0] + self.split[1])
