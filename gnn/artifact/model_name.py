"""How a model is named while the job runs: by id and folder, as a folder may change its content."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from domain.graph import GraphSettings
from gnn.artifact.artifact import load_scorer
from gnn.card.card import ArtifactError
from gnn.scoring.scorer import Scorer


@dataclass(frozen=True, slots=True)
class ModelName:
    """A model's id and folder; as text `MODEL_ID PATH`. An id has no spaces."""

    model_id: str
    path: str

    @classmethod
    def of(cls, text: str) -> ModelName:
        """Read a name's text, which `str` writes."""
        return cls(*text.split(" ", 1))

    def __str__(self) -> str:
        return f"{self.model_id} {self.path}"

    def load(self, graph: GraphSettings) -> Scorer:
        """Load the scorer; raise `ArtifactError`, also when the folder holds another model by now."""
        scorer = load_scorer(Path(self.path), graph)
        if scorer.card.model_id != self.model_id:
            raise ArtifactError(
                f"{self.path} holds the model {scorer.card.model_id}, not {self.model_id} that was admitted: send the control record again"
            )
        return scorer
