"""Which alerts are of blocked events: what lets these pass counts towards `four_eyes_blocks`."""

from __future__ import annotations

from sqlalchemy import ColumnElement, or_, select

from ops.cases.action_kinds import BLOCK
from ops.cases.tables import ActionRow, AlertRow


def is_blocked() -> ColumnElement[bool]:
    """Choose alerts whose event the job decided to block, or the shop was asked to: by a verdict, too."""
    same_event = (ActionRow.event_id == AlertRow.event_id, ActionRow.account == AlertRow.account)
    was_asked = (ActionRow.action == BLOCK, ActionRow.is_dry.is_(False), ActionRow.is_undone.is_not(True))
    asked = select(ActionRow.id).where(*same_event, *was_asked)
    return or_(AlertRow.decision == BLOCK, asked.correlate(AlertRow).exists())
