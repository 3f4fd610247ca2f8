"""What the service knows of models: which the settings name, what a card says, what the job says of days."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class ModelPaper:
    """A model's card, in words."""

    model_id: str
    sections: Sequence[tuple[str, Sequence[tuple[str, str]]]]
    """Title, and rows of a name and what it is."""


@dataclass(frozen=True)
class ModelBook:
    """Where the service looks models up."""

    configured: str
    """The folder that the settings name."""
    paper: Callable[[str], ModelPaper | None]
    """Return the card of a folder, None where this machine has none."""
    health: Callable[[], Sequence[Mapping[str, Any]] | None]
    """Return the newest documents of the stream `health`, the oldest first; None where Redis is away."""
