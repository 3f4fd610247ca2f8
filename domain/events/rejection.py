"""The dead letter of a line that is no event."""

from __future__ import annotations

from typing import Any

from domain.events.event import Rejected

KEPT_RAW = 1024  # bytes of a rejected line that are kept


def rejection(line: bytes, why: Rejected, now_ms: int) -> dict[str, Any]:
    """Return the dead-letter document: reason, field, and the line, cut to `KEPT_RAW` bytes."""
    return {
        "field": why.field,
        "reason": str(why),
        "bytes": len(line),
        "raw": line[:KEPT_RAW].decode("utf-8", errors="backslashreplace"),
        "rejected_at": now_ms,
    }
