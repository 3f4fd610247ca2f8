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
from flink_job.settings.state_folder import state_folder

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
    """Raise `SettingError` if events may wait in a savepoint or checkpoint that the job would not take.

    Whether any wait is not looked at. `job.discard_waiting` names the one state of which they are given up;
    Flink's own option says nothing here, as it may be set for another reason, or be left set.
    """
    job, metadata = settings.job, (state / "_metadata").read_bytes()
    if _WAITING not in metadata:
        return
    if job.order != EVENT_TIME:
        left = (
            f"job.order is {job.order}, and {state} was made with {EVENT_TIME}: events may wait in it, which nobody would decide. Go on "
            f"with --set job.order={EVENT_TIME}. To change to {ARRIVAL}"
        )
    elif order_uid("account", settings).encode() not in metadata:
        left = f"events may wait in {state} as another version of ringwatch, or other settings, wrote them. To go on without them"
    else:
        return
    ignored = str(job.flink.get(_IGNORE)).lower() == "true"
    if job.discard_waiting and ignored and state_folder(job.discard_waiting) == state:
        return
    raise SettingError(
        f"{left}, let the job that wrote it decide them first: let no event come until its metric order_held is 0 (job.metrics_port), stop "
        f"with a savepoint, and start from that with --set job.discard_waiting=SAVEPOINT --set job.flink.{_IGNORE}=true"
    )
