"""An entry of one of the job's Redis streams."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any


@dataclass(frozen=True)
class Entry:
    """An entry of a stream; `stream` without the prefix, `entry_id` as Redis gave it."""

    stream: str
    entry_id: str
    fields: Mapping[str, str]

    def document(self) -> dict[str, Any] | None:
        """Return the field `json` parsed; None if it is missing, broken or no object."""
        try:
            document = json.loads(self.fields.get("json", ""))
        except (ValueError, RecursionError):
            return None
        return document if isinstance(document, dict) else None
