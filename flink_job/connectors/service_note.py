"""Where the job and the service do not meet: said before the job starts."""

from __future__ import annotations

from flink_job.settings.same_place import is_same_place
from flink_job.settings.settings import Settings


def decisions_note(settings: Settings) -> str:
    """Return what to know where the job writes its decisions elsewhere than the service reads them.

    Empty where they meet, and where the service has nothing to do with this job: that reads none of the
    service's events, and no action follows from its decisions.
    """
    job, score = settings.job, settings.service.score
    is_joined = settings.actions.auto_block or any(is_same_place(one, score.events) for one in job.sources)
    if not is_joined or is_same_place(score.decisions, job.decisions):
        return ""
    return (
        f"the job writes its decisions to {job.decisions}, and ringwatch serve reads {score.decisions}: of this job it sees none, "
        f"/v1/score falls back and no action follows; set job.decisions to {score.decisions}"
    )
