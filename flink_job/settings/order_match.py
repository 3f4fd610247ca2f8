"""Do events wait for their turn in the state that a job goes on from, and does the job take them?

They wait as trails, whose layout has no version. So the uid of what holds them follows from the layout, and
those of another layout are refused, not misread.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from domain.errors import SettingError
from domain.events.time_order import ARRIVAL, EVENT_TIME
from flink_job.settings.identity_match import stage_uid
from flink_job.settings.settings import Settings

_WAITING = b"order-account-"
"""How the uid begins of what holds them in front of the first stage."""
_IGNORE = "execution.state-recovery.ignore-unclaimed-state"


def order_uid(kind: str, settings: Settings) -> str:
    """Return the uid of what puts a stage's events into the order of their time, `job.order`."""
    from domain.memory.link import SUMMARY
    from domain.memory.record import VERSION
    from domain.memory.trail import TrailCodec

    layout = (stage_uid(kind, settings.identity), TrailCodec(settings.graph).head_dtype.descr, SUMMARY, VERSION)
    return f"order-{kind}-{hashlib.blake2b(repr(layout).encode(), digest_size=8).hexdigest()}"


def check_order(state: Path, settings: Settings) -> None:
    """Raise `SettingError` if events may wait in a savepoint or checkpoint that the job would not take."""
    job, metadata = settings.job, (state / "_metadata").read_bytes()
    if _WAITING not in metadata or str(job.flink.get(_IGNORE)).lower() == "true":
        return
    mend = f"let no event come until order_held is 0, stop with a savepoint, and start from that with --set job.flink.{_IGNORE}=true"
    if job.order != EVENT_TIME:
        raise SettingError(
            f"job.order is {job.order}, and {state} was made with {EVENT_TIME}: events may wait in it, which nobody would decide. Go on "
            f"with --set job.order={EVENT_TIME}. To change to {ARRIVAL}, {mend}"
        )
    if order_uid("account", settings).encode() not in metadata:
        raise SettingError(f"events may wait in {state} as another version of ringwatch, or other settings, wrote them: there, {mend}")
