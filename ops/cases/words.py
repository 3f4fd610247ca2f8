"""The words of cases and verdicts."""

from __future__ import annotations

from collections.abc import Mapping

OPEN, CLAIMED, CLOSED = "open", "claimed", "closed"
STATUSES = (OPEN, CLAIMED, CLOSED)
FRAUD, LEGITIMATE, INCONCLUSIVE = "fraud", "legitimate", "inconclusive"
VERDICTS: Mapping[str, bool | None] = {FRAUD: True, LEGITIMATE: False, INCONCLUSIVE: None}
"""A verdict, and `is_fraud` of its labels: an inconclusive one withdraws what was said before."""
ACTION_WORDS = {"block": "Block", "escalate": "Let a senior decide", "verify": "Ask for verification", "monitor": "Watch"}
"""What the job advises for an incident, as people are told it."""
