"""The packages of the extra `train`: an installation that only runs job and service does without them."""

from __future__ import annotations

from importlib.util import find_spec

from gnn.card.card import ArtifactError

_PACKAGES = {
    "combined": ("torch", "torch_geometric"),
    "gnn": ("torch", "torch_geometric"),
    "autoencoder": ("torch",),
    "isolation_forest": ("sklearn",),
}


def check_needed(model: str) -> None:
    """Raise `ArtifactError` if a package that trains a model of this kind is missing.

    To be called before any long work.
    """
    for name in _PACKAGES.get(model, ()):
        if find_spec(name) is None:
            raise ArtifactError(f"train.model {model} is trained with {name}, which is not installed: pip install 'ringwatch[train]'")
