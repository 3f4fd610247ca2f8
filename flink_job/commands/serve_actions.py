"""The actions of `ringwatch serve`, put together from the settings."""

from __future__ import annotations

import logging
import math
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from domain.times import now_ms

if TYPE_CHECKING:
    from flink_job.settings.settings import Settings
    from ops.actions.measured import FindMeasured, Measured
    from ops.actions.targets import Stream
    from ops.case_feed.takers import TakeDecisions
    from ops.cases.store import Store

LOG = logging.getLogger(__name__)
_ASK_AGAIN_S = 30.0
"""How long no model's card is looked for again after one was not found, whatever the models' names."""


@contextmanager
def acting(settings: Settings, store: Store) -> Iterator[TakeDecisions | None]:
    """Send actions as long as the context lasts; lend what takes decisions, None while auto_block is off."""
    from flink_job.commands.serve_checks import check_actions
    from flink_job.commands.serve_switch import switch_streams
    from flink_job.connectors.service_note import decisions_note
    from ops.actions.assembled import actions_of
    from ops.scoring.switch import AutoBlock
    from ops.secrets import control_keys, redis_url

    switch = AutoBlock(control_keys(settings.job.control_keys))
    streams = switch_streams(settings, switch) if settings.actions.auto_block else {}
    where = redis_url(settings.redis.url), settings.redis.prefix
    check_actions(settings)
    if settings.actions.auto_block and (note := decisions_note(settings)):
        LOG.warning("Actions: by these settings %s.", note)
    actions = actions_of(
        settings.actions, settings.notify, store, settings.service.origin, measured_of(settings, store), switch, streams, where,
        partial(open_stream, settings), now_ms,
    )  # fmt: skip
    actions.start()
    try:
        yield actions.take if settings.actions.auto_block else None
    finally:
        actions.stop()


def open_stream(settings: Settings, url: str) -> Stream:
    """Return the stream or topic that actions are sent to."""
    from flink_job.commands.publish_targets import target_of
    from ops.case_feed.sender import Patience

    return target_of(url, "actions.target", settings, Patience().on_wait)


def measured_of(settings: Settings, store: Store) -> FindMeasured:
    """Return what finds a model's card: that of the settings' model, and of one put in force since."""
    found: dict[str, Sequence[Measured]] = {}
    asked_at = -math.inf

    def find(model: str) -> Sequence[Measured]:
        nonlocal asked_at
        if model not in found and time.monotonic() - asked_at >= _ASK_AGAIN_S:
            asked_at = time.monotonic()
            found.update(read_cards([settings.model, *_put_in_force(store)]))
        return found.get(model, ())

    return find


def read_cards(folders: Sequence[str]) -> dict[str, Sequence[Measured]]:
    """Return what the cards of these folders say, by their models; those that cannot be read say nothing."""
    from gnn.card.card import ArtifactError, ModelCard
    from gnn.card.precision import at_least, precisions_of
    from ops.actions.measured import Measured

    found: dict[str, Sequence[Measured]] = {}
    for folder in folders:
        try:
            card = ModelCard.from_json((Path(folder) / "card.json").read_text("utf-8"))
        except (OSError, ValueError, ArtifactError):
            continue
        found[card.model_id] = [Measured(one.score, at_least(one)) for one in precisions_of(card)]
    return found


def _put_in_force(store: Store) -> list[str]:
    from ops.cases.control_changes import newest

    with store.read() as session:
        change = newest(session, "model", "")
    path = change.record.get("path") if change is not None else None
    return [path] if isinstance(path, str) else []
