"""What may be done with an event at the shop. The job's settings read it: it needs no database."""

from __future__ import annotations

HOLD, VERIFY, BLOCK, RELEASE = "hold", "verify", "block", "release"
PAUSES = (HOLD, VERIFY)
"""Actions that stop an order for a while."""
