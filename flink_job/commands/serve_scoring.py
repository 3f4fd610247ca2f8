"""The parts of `POST /v1/score` put together from the settings."""

from __future__ import annotations

import time
from collections.abc import Callable, Mapping

from domain.errors import SettingError
from domain.events.parser import EventParser
from domain.events.time_order import ARRIVAL, EVENT_TIME
from flink_job.commands.serve_switch import switch_streams
from flink_job.commands.service_decisions import service_decisions
from flink_job.settings.disposable_domains import further_domains
from flink_job.settings.kafka_client import client_properties
from flink_job.settings.kafka_settings import AT_LEAST_ONCE, KafkaSettings
from flink_job.settings.kafka_url import is_kafka, kafka_topic
from flink_job.settings.redis_url import check_input, is_redis, partition_of, redis_stream
from flink_job.settings.settings import JobSettings, Settings
from ops.cases.store import Store
from ops.scoring.events_read import EventReader
from ops.scoring.publishing import LabelSettings, Publishing
from ops.scoring.redis_gate import RedisGate
from ops.scoring.redis_watch import FROM_START, OnEntry, RedisWatch
from ops.scoring.scoring import Scoring
from ops.scoring.sending import Gate, Watch
from ops.scoring.store_lookup import StoreLookup
from ops.scoring.stored_decisions import decided_in
from ops.scoring.switch import AutoBlock
from ops.secrets import control_keys, pseudonyms, redis_url

RECALL_S = 60.0
"""How far back an instance that starts reads decisions, for requests that come again."""
StreamOf = Callable[[str], str]


def scoring_of(settings: Settings, store: Store | None = None, opened: Callable[[bytes], bytes] = lambda line: line) -> Scoring:
    """Return the scoring of one instance, not yet begun; raise `SettingError`. No server is asked.

    `store` tells what was decided longer ago than Redis and this process remember; `opened` takes events out
    of envelopes.
    """
    service, gates = settings.service, _Gates(settings)
    gate, stream_of = gates.of(service.score.events, "service.score.events")
    labels_gate, labels_of = gates.of(service.labels, "service.labels")
    disposable = further_domains(settings.incidents.waves)
    parser = EventParser(settings.graph, pseudonyms(settings.identity), disposable=disposable, currency=settings.currency)
    reader = EventReader(parser, opened)
    keys = control_keys(settings.job.control_keys)
    refused = labels_refused(settings.job, service.labels, service.sign_with)
    labels = LabelSettings(labels_of, keys, service.sign_with or "", refused)
    publishing = Publishing(reader, gate, stream_of, labels_gate, labels)
    lookup = StoreLookup(decided_in(store)) if store else None
    scoring = Scoring(service.score, settings.graph, reader, gate, stream_of, publishing, lookup, AutoBlock(keys))
    scoring.refused = waiting_refused(settings.job)
    scoring.runs(list(_watches(settings, scoring)), [one for one in gates.all if one is not gate])
    return scoring


def labels_refused(job: JobSettings, labels: str, sign_with: str | None) -> str:
    """Return why the job would reject each label of the service, with the mend; empty if it takes them."""
    if job.labels is not None and labels not in job.labels:
        return f"the job takes no labels from {labels}, where service.labels sends them: name it in job.sources and job.labels"
    if job.control_keys and sign_with not in job.control_keys:
        return f"the job takes signed labels only: set service.sign_with to one of job.control_keys ({', '.join(job.control_keys)})"
    return ""


def waiting_refused(job: JobSettings) -> str:
    """Return why nobody may wait for decisions of the job, with the mend; empty where one may."""
    if job.order != EVENT_TIME:
        return ""
    return (
        f"job.order is {EVENT_TIME}: the job decides an event {job.out_of_order_s:g} s after it came, so nobody can wait here; send "
        f"it to /v1/events and take the decision from its stream, or set job.order to {ARRIVAL} for job and service"
    )


class _Gates:
    """One gate for each server."""

    def __init__(self, settings: Settings) -> None:
        self._settings = settings
        self._made: dict[str, Gate] = {}

    @property
    def all(self) -> list[Gate]:
        return list(self._made.values())

    def of(self, url: str, setting: str) -> tuple[Gate, StreamOf]:
        """Return the gate of a URL, and what gives the stream, partition or topic of an account."""
        if is_kafka(url):
            topic = kafka_topic(url, setting)
            return self._gate(topic.brokers), lambda _: topic.name
        if not is_redis(url):
            raise SettingError(f"{setting}: {url!r} is not understood; write redis:NAME or kafka://BROKER/TOPIC")
        stream = redis_stream(url, setting)
        check_input(stream, setting, self._settings.job.outputs)
        keys = stream.keys(self._settings.redis.prefix)
        return self._gate(""), lambda account: keys[partition_of(account, len(keys))] if len(keys) > 1 else keys[0]

    def _gate(self, brokers: str) -> Gate:
        if brokers not in self._made:
            self._made[brokers] = _kafka_gate(brokers, self._settings.kafka) if brokers else self._redis_gate()
        return self._made[brokers]

    def _redis_gate(self) -> Gate:
        redis, score = self._settings.redis, self._settings.service.score
        most = redis.hard_max_length or 10 * redis.max_length
        try:
            return RedisGate(redis_url(redis.url), redis.prefix, score.claim_s, most, redis.replicas)
        except ValueError as error:
            raise SettingError(str(error)) from None


def _kafka_gate(brokers: str, kafka: KafkaSettings) -> Gate:
    try:
        from ops.scoring.kafka_gate import KafkaGate
    except ImportError:
        raise SettingError("service.score: kafka:// needs Kafka's client for Python: pip install confluent-kafka") from None
    return KafkaGate(brokers, client_properties(kafka))


def _watches(settings: Settings, scoring: Scoring) -> list[Watch]:
    """Return the reader of decisions, which may read the control records, too, and a further one if not."""
    url, switches = service_decisions(settings), _switches(settings, scoring)
    if is_kafka(url):
        return [_kafka_watch(settings, scoring), _redis_watch(settings, switches)]
    if not is_redis(url):
        raise SettingError(f"service.score.decisions: {url!r} is not understood; write redis:NAME or kafka://BROKER/TOPIC")
    [key] = redis_stream(url, "service.score.decisions").keys(settings.redis.prefix)
    since = f"{int((time.time() - RECALL_S) * 1000)}-0"
    return [_redis_watch(settings, {key: (since, _on_decision(scoring)), **switches})]


def _on_decision(scoring: Scoring) -> OnEntry:
    def take(fields: Mapping[bytes, bytes]) -> None:
        account, event_id, text = fields.get(b"account"), fields.get(b"id"), fields.get(b"json")
        if account and event_id and text:
            scoring.take_decision(account.decode("utf-8", "replace"), event_id.decode("utf-8", "replace"), text)

    return take


def _switches(settings: Settings, scoring: Scoring) -> dict[str, tuple[str, OnEntry]]:
    return {key: (FROM_START, take) for key, take in switch_streams(settings, scoring.auto_block).items()}


def _redis_watch(settings: Settings, streams: Mapping[str, tuple[str, OnEntry]]) -> Watch:
    return RedisWatch(redis_url(settings.redis.url), settings.redis.prefix, streams)


def _kafka_watch(settings: Settings, scoring: Scoring) -> Watch:
    if settings.kafka.guarantee != AT_LEAST_ONCE:
        raise SettingError(
            f"service.score.decisions: in Kafka, decisions become visible with a checkpoint only; set kafka.guarantee to {AT_LEAST_ONCE}"
        )
    try:
        from ops.scoring.kafka_watch import KafkaWatch
    except ImportError:
        raise SettingError("service.score: kafka:// needs Kafka's client for Python: pip install confluent-kafka") from None
    topic = kafka_topic(settings.service.score.decisions, "service.score.decisions")
    properties = client_properties(settings.kafka)
    return KafkaWatch(topic.brokers, topic.name, RECALL_S, scoring.take_decision, properties)
