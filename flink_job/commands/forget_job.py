"""The job told to forget an account: in its stream of labels, or by the store's outbox while that is away."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from contextlib import closing
from typing import TYPE_CHECKING, Any

from flink_job.commands.forget_report import FAILS, STATE, Done

if TYPE_CHECKING:
    from flink_job.settings.settings import Settings
    from ops.cases.store import Store

_PATIENCE_S = 5.0
"""How long the stream of labels may be away before the outbox takes the lines."""

Lines = Mapping[str, Mapping[str, Any]]


def tell(settings: Settings, lines: Lines, store: Store, dry: bool) -> Done:
    """Send the lines, by their ids, to `service.labels`, or leave them to the service's worker."""
    to = settings.service.labels
    if dry:
        return Done(STATE, f"would be told in {to}", len(lines))
    try:
        _send(settings, list(lines.values()), to)
    except FAILS as error:
        return _queued(lines, to, store, error)
    return Done(STATE, f"told in {to}{_unread(to, settings)}", len(lines))


def _send(settings: Settings, lines: Sequence[Mapping[str, Any]], to: str) -> None:
    from domain.json_text import as_json
    from flink_job.commands.publish_targets import target_of
    from ops.case_feed.sender import Patience
    from ops.secrets import control_keys

    name = settings.service.sign_with or next(reversed(settings.job.control_keys), None)
    keys = control_keys([name]) if name else None
    with closing(target_of(to, "service.labels", settings, Patience(_PATIENCE_S).on_wait)) as target:
        target.send([as_json(keys.signed(one, str(name)) if keys else one).encode() for one in lines])


def _queued(lines: Lines, to: str, store: Store, error: Exception) -> Done:
    from domain.times import now_ms
    from ops.cases import outbox

    try:
        if store.schema_version() is None:
            return Done(STATE, f"not told: {error}", is_left=True)
        with store.open().begin() as session:
            outbox.put(session, outbox.LABEL, to, lines, now_ms(), now_ms())
    except FAILS as also:
        return Done(STATE, f"not told: {error}; {also}", is_left=True)
    return Done(STATE, f"not told yet, the service's worker will tell it: {error}", len(lines), is_left=True)


def _unread(to: str, settings: Settings) -> str:
    from flink_job.commands.verdict_command import unread_note

    return f"; {note}" if (note := unread_note(to, settings.job)) else ""
