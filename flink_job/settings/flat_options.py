"""Options whose names hold dots, however YAML or --set nest them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any


def flat_options(value: Any, path: str = "") -> Any:
    """Return options by their full name and as text: `rest: {port: 8081}` becomes `rest.port: "8081"`."""
    if isinstance(value, Mapping):
        found: dict[str, Any] = {}
        for name, inner in value.items():
            inner = flat_options(inner, f"{path}{name}.")
            found.update(inner if isinstance(inner, dict) else {f"{path}{name}": inner})
        return found
    if path and isinstance(value, bool | int | float):
        return str(value).lower()
    return value
