"""The web part of `ringwatch serve`: its parts put together from the settings, and what it says first."""

from __future__ import annotations

import gc
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, closing, suppress
from functools import partial

from domain.errors import SettingError
from domain.rules.names import RuleNames
from domain.times import DAY_MS, now_ms
from flink_job.cluster.interrupt import terminated_as_interrupt
from flink_job.commands.ask_sources import sources_of, trial_words
from flink_job.commands.opened_store import opened_store
from flink_job.commands.serve_digest import digests_of
from flink_job.commands.serve_fraud_detector import fraud_detector_of, mappings_of
from flink_job.commands.serve_models import model_book
from flink_job.commands.serve_scoring import scoring_of
from flink_job.commands.serve_worker import streams_of, worker_of
from flink_job.settings.redis_url import is_redis, redis_stream
from flink_job.settings.settings import Settings
from ops.access.access import Access
from ops.access.oidc import OidcProvider
from ops.api.draft_metrics import DAYS
from ops.api.dry_runs import DryRuns
from ops.api.server import listener_of, server_of
from ops.api.service import Service
from ops.api.stream_read import StreamRead
from ops.assistant.endpoint_model import asker_of
from ops.cases.action_list import LastHour, last_hour
from ops.cases.control_changes import ControlDesk
from ops.cases.control_files import ControlFiles
from ops.cases.feedback.numbers import DraftNumbers, draft_numbers
from ops.cases.store import Store
from ops.cases.trials import last_trials
from ops.desk.app import desk_app
from ops.fraud_detector.event_bridge import EventBridge
from ops.redis.connection import connect
from ops.redis.entry import Entry
from ops.redis.foreign_writes import writable
from ops.redis.newest_entries import newest_entries
from ops.redis.trimmed import place_of
from ops.secrets import OIDC_SECRET, pseudonyms, redis_url, secret
from ops.terminal.group_status import StreamStatus, stream_status


def serve(settings: Settings, beside: AbstractContextManager[Callable[[], None]], its_words: Sequence[str] = ()) -> None:
    """Serve until Ctrl-C or SIGTERM; `beside` is entered when the address is taken.

    What it gives is called when the end begins, so that both end at the same time. `its_words` give another
    command these settings.
    """
    with opened_store(settings) as store:
        access = Access(store, settings.service.access)
        _check_host(settings, access)
        hashed, mappings = pseudonyms(settings.identity), mappings_of(settings.service.fraud_detector)
        on_trial, of_lists = trial_words(settings, its_words)
        scoring = scoring_of(settings, store, opened=EventBridge(mappings).opened)
        service = Service(
            settings.service,
            store,
            access,
            scoring=scoring,
            fraud_detector=fraud_detector_of(settings.service.fraud_detector, mappings, scoring, store),
            oidc=_oidc(settings),
            pseudonyms=hashed,
            late_days=settings.graph.late_days,
            control=ControlDesk(
                RuleNames.of(settings.graph), hashed, settings.service.control, ControlFiles(settings.service.control_files)
            ),
            dry_runs=DryRuns(on_trial, of_lists=of_lists),
            models=model_book(settings),
            checks={"store": store.check, "redis": redis_check(settings)},
        )
        digests = digests_of(settings, store)
        service.digest = digests.document
        worker = worker_of(settings, store)  # which does no work here: it is asked how far the one that does is behind
        service.store_lag_s, service.streams = lambda: worker.lag_s(now_ms()), streams_read(settings)
        service.metrics.follow_store(service.store_lag_s)
        service.metrics.follow_drafts(partial(_recent_drafts, store))
        service.metrics.follow_actions(partial(_last_hour, store))
        service.metrics.follow_trials(partial(_last_trials, store), settings.retrain.every_days)
        with suppress(KeyboardInterrupt), terminated_as_interrupt(), listener_of(settings.service) as listener, beside as begin_end:
            print("\n".join(_said(settings, access)), flush=True)
            asker = asker_of(settings.llm, settings.redis, settings.service.ask_model, sources_of(settings, its_words))
            server = server_of(desk_app(service, asker, digests), settings.service, begin_end)
            _spare_collections()
            server.run(sockets=[listener])


def _recent_drafts(store: Store) -> Sequence[DraftNumbers]:
    with store.read() as session:
        return draft_numbers(session, now_ms() - DAYS * DAY_MS)


def _last_hour(store: Store) -> LastHour:
    with store.read() as session:
        return last_hour(session, now_ms())


def _last_trials(store: Store) -> Mapping[str, int]:
    with store.read() as session:
        return last_trials(session)


def _spare_collections() -> None:
    """Leave out of Python's collections what stays to the end: some 300,000 objects, mostly of modules.

    To look through them all was a pause of 200 ms, and of 500 ms beside a job that starts again.
    """
    gc.collect()
    gc.freeze()


def _check_host(settings: Settings, access: Access) -> None:
    """Refuse to listen where others reach it while nobody need say who they are."""
    if not settings.service.loopback and not access.has_users():
        raise SettingError(
            f"service.host is {settings.service.host}, and there are no users: add one first (ringwatch users add NAME --role admin), "
            "or leave service.host out to listen on this machine only"
        )


def _said(settings: Settings, access: Access) -> Iterator[str]:
    yield f"serving at {settings.service.origin}, its API is at {settings.service.origin}/docs; Ctrl-C ends it"
    if not access.has_users():
        yield "there are no users: whoever is on this machine may do everything, and nobody else can reach it"
    elif streams := may_forge(settings):
        yield (
            f"the service's user of Redis may write {', '.join(streams)}, and is believed there as the job is: "
            "give it the rights of docs/service.md"
        )


def may_forge(settings: Settings) -> list[str]:
    """Return the job's streams that the service's user of Redis may write and whose entries need no key."""
    *signed, decisions = streams_of(settings) if is_redis(settings.service.score.decisions) else (*streams_of(settings), "")
    streams = [*(() if settings.job.control_keys else signed), *([decisions] if decisions else ())]
    return writable(redis_url(settings.redis.url), settings.redis.prefix, streams)


def _oidc(settings: Settings) -> OidcProvider | None:
    """Return the OpenID provider of the settings, which is asked for the first time at a login."""
    oidc = settings.service.access.oidc
    if oidc.issuer is None:
        return None
    if not oidc.roles:
        raise SettingError("service.access.oidc.roles is empty, so that nobody could log in: name values of the claim and their roles")
    return OidcProvider(oidc, secret(OIDC_SECRET), f"{settings.service.origin}/v1/session/oidc/callback")


def streams_read(settings: Settings) -> Callable[[], list[StreamRead]]:
    """Return what tells of the streams of events and labels that the service writes to Redis."""
    events, labels = (_names(url) for url in (settings.service.score.events, settings.service.labels))
    where = redis_url(settings.redis.url), settings.redis.prefix

    def read() -> list[StreamRead]:
        found = stream_status(*where, list(dict.fromkeys([*events, *labels])), 2.0)
        return [_read(one, newest_entries(*where, [one.stream], 1, timeout_s=2.0), one.stream in events) for one in found]

    return read


def _names(url: str) -> list[str]:
    return list(redis_stream(url, "service").keys("")) if is_redis(url) else []


def _read(found: StreamStatus, newest: Sequence[Entry], is_decided: bool) -> StreamRead:
    groups = tuple((group.name, group.unread) for group in found.groups if not group.abandoned)
    newest_at = place_of(newest[-1].entry_id)[0] if newest else None
    return StreamRead(found.stream, found.entries, groups, newest_at, is_decided)


def redis_check(settings: Settings) -> Callable[[], None]:
    """Return what raises an error unless the job's Redis answers within two seconds."""

    def check() -> None:
        with closing(connect(redis_url(settings.redis.url), settings.redis.prefix, 2.0)) as client:
            client.ping()

    return check
