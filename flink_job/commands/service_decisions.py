"""Where the service reads decisions."""

from __future__ import annotations

from domain.errors import SettingError
from flink_job.settings.same_place import is_same_place
from flink_job.settings.settings import Settings


def service_decisions(settings: Settings) -> str:
    """Return the URL of the decisions; raise `SettingError` where the job leaves some out there."""
    job, url = settings.job, settings.service.score.decisions
    if job.flagged_apart and is_same_place(url, job.decisions):
        raise SettingError(
            f"job.flagged_apart: the service waits for all decisions in {url}, and the job sends flagged ones to {job.flagged} alone: "
            "set it to false, then they go to both"
        )
    return url
