"""A network's weights in one safetensors file, float32 by name: torch's state_dict, without torch."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray
from safetensors import SafetensorError
from safetensors.numpy import load_file, save_file

from gnn.card.card import ArtifactError

WEIGHTS = "weights.safetensors"
State = Mapping[str, NDArray[np.float32]]
Shapes = dict[str, tuple[int, ...]]


def save_weights(state: State, folder: Path) -> Path:
    """Write the weights into the folder and return the file."""
    path = folder / WEIGHTS
    save_file({name: np.ascontiguousarray(array) for name, array in state.items()}, path)
    return path


def load_weights(folder: Path, shapes: Shapes) -> State:
    """Return the arrays of these names and shapes; raise `ArtifactError` if the file has others."""
    try:
        state: State = load_file(folder / WEIGHTS)
        _check(state, shapes)
    except (SafetensorError, ValueError) as error:
        raise ArtifactError(f"{folder / WEIGHTS} does not fit its card ({error}); copy the artifact again or train again") from None
    return state


def _check(state: State, shapes: Shapes) -> None:
    """Raise ValueError naming the first weight that differs."""
    if only_one_has := sorted(state.keys() ^ shapes.keys()):
        raise ValueError(f"{only_one_has[0]} is {'unexpected' if only_one_has[0] in state else 'missing'}")
    for name, shape in shapes.items():
        if state[name].shape != shape:
            raise ValueError(f"{name} is of shape {state[name].shape} where {shape} belongs")
