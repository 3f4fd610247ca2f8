"""Corrected summaries, handed over to the job by the worker of the service, as `llm.examples` asks."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flink_job.settings.settings import Settings
    from ops.cases.store import Store
    from ops.llm.examples_hand_over import HandOver

_TIMEOUT_S = 2.0


def hand_over_of(settings: Settings, store: Store) -> HandOver:
    """Return what hands the examples in the store over; with `llm.examples` 0 it takes back what there was.

    They are signed where control records are: with `service.sign_with`. No server is asked yet.
    """
    from domain.summaries.examples.shelf import shelf_text
    from ops.cases.feedback.examples import examples_of, mark_of
    from ops.llm.examples_hand_over import HandOver
    from ops.redis.connection import connect
    from ops.secrets import control_keys, redis_url

    key = settings.service.sign_with or ""
    keys = control_keys([key]) if key else None

    made: dict[tuple[int, int], str] = {}  # the last text: to make it takes longer than the worker should be away

    def text() -> str | None:
        if not settings.llm.examples:
            return None
        with store.read() as session:
            mark = mark_of(session)
            if mark not in made:
                made.clear()
                made[mark] = shelf_text(examples_of(session), keys, key)
        return made[mark]

    client = connect(redis_url(settings.redis.url), settings.redis.prefix, _TIMEOUT_S)
    return HandOver(client, settings.redis.prefix, text)
