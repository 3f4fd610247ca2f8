"""A checkpoint that holds state which no part of the job takes."""

from __future__ import annotations

_SAID = "Cannot map checkpoint/savepoint state"
"""What Flink says of it, with an operator's hash and an option of its own command line."""
IGNORED = "job.flink.execution.state-recovery.ignore-unclaimed-state=true"


def with_settings(cause: str) -> str:
    """Return why a job failed; in place of an operator's hash the settings that may have named it."""
    if _SAID not in cause:
        return cause
    return (
        "the checkpoint holds the position of a place that is named no more, or is of another kind now (job.sources, job.control, "
        "job.decisions, job.enriched, job.enriched_raw, job.flagged): name it as before; only where what it held is not needed any "
        f"more, add --set {IGNORED}"
    )
