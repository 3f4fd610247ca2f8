"""The uncalibrated part of a scorer, one class per kind of model, and what fitting one gives."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from gnn.compiled.model import CompiledMargin
from gnn.history.column_moments import chunks
from gnn.history.dataset import Dataset
from gnn.history.ego_graphs import EgoGraphs


class Model(Protocol):
    """Protocol of a fitted model: ego-graphs in, margins out. `reads_links`: whether it needs links."""

    reads_links: bool

    def margins(self, graphs: EgoGraphs) -> NDArray[np.float64]:
        """Return f8[B]: higher is more suspicious, on any scale.

        An event's margin does not depend on the others.
        """
        ...

    def compiled(self) -> CompiledMargin | None:
        """Return the same margin as plain arrays, to score one event at a time.

        None if this kind of model has no such form.
        """
        ...

    def save(self, folder: Path) -> Path:
        """Write the weights into the folder; returns the file."""
        ...


@dataclass(frozen=True)
class Fitted:
    """A model to keep, and `margins` f8[V] of the validation rows by a model that has not seen them."""

    model: Model
    margins: NDArray[np.float64]


def validation_margins(model: Model, dataset: Dataset) -> NDArray[np.float64]:
    """Return the margins f8[V] of the validation rows."""
    return np.concatenate([model.margins(dataset.graphs[rows]) for rows in chunks(dataset.validation)])
