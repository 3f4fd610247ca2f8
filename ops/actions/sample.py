"""A sample action, sent to see what comes back."""

from __future__ import annotations

from ops.actions.carrying import ActionTarget
from ops.actions.made import data_of
from ops.actions.settings import ActionSettings
from ops.cases.action_kinds import RELEASE
from ops.notify.channel import ChannelError
from ops.notify.channels.webhook import cloud_event
from ops.notify.sample import Tried

TEST = "test"
"""Why a sample is sent; `data.test` says it, too."""


def try_target(target: ActionTarget, settings: ActionSettings, origin: str, number: str, now: int) -> Tried:
    """Send the release of no order: a shop does least with it. `number` tells samples apart."""
    event_id = f"ringwatch-test-{number}"
    row = {
        "event_id": event_id, "event_type": "order", "account": "0" * 16, "amount": 0.0, "currency": "EUR", "decision": "approve",
        "score": 0.0, "model": TEST, "action": RELEASE, "why": TEST, "event_time": now, "ends": None, "by": TEST, "ends_at": None,
    }  # fmt: skip
    data = {**data_of(settings, row, None), "customer_notice": None, "test": True}
    try:
        target.send(cloud_event(f"msg_test_{number}_{RELEASE}", origin, f"ringwatch.action.{RELEASE}", event_id, now, data))
    except ChannelError as error:
        return Tried(False, f"not taken: {error}")
    return Tried(True, f"taken: the {RELEASE} of {event_id}, which is no order")
