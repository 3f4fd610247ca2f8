"""What `ringwatch check` looks at: everything the job needs before it can start."""

from __future__ import annotations

import asyncio
import time
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from domain.errors import SettingError
from flink_job.cluster.environment import MachineError, check_disk, check_java, check_ports
from flink_job.cluster.open_ports import open_port_notes
from flink_job.connectors.kafka_topics import check_begins_anew, topics
from flink_job.connectors.label_sources import check_label_sources
from flink_job.connectors.local_files import check_inputs, check_outputs
from flink_job.connectors.order_notes import order_notes, partition_note, raw_notes, unread_notes
from flink_job.connectors.redis_sources import check_readers
from flink_job.connectors.redis_sources import keys as stream_keys
from flink_job.connectors.service_note import decisions_note
from flink_job.settings.job_id import known_job_id
from flink_job.settings.settings import Settings
from ops.secrets import NO_PSEUDONYM_KEY, PSEUDONYM_KEY, control_keys, secret, short_key_note

if TYPE_CHECKING:
    from ops.llm.settings import LlmSettings
    from ops.llm.trial import Trial

_PARTITIONS = "partitions"
_STREAMS = "streams"


@dataclass(frozen=True)
class Finding:
    """What was found: in order, or not, or in order but to be known (`is_note`)."""

    good: bool
    text: str
    is_note: bool = False
    is_setting: bool = False
    """Whether what is wrong is a setting."""
    is_detail: bool = False
    """Whether it only says more of the finding before it."""


def examine(settings: Settings) -> Iterator[tuple[str, Finding]]:
    """Yield (subject, finding) one by one; a finding that is not good says how to mend it."""
    for subject, look in looks(settings):
        yield subject, look()


def looks(settings: Settings, to_run: bool = False) -> Iterator[tuple[str, Callable[[], Finding]]]:
    """Yield (subject, what makes its finding), the cheap ones first.

    Sources and decisions are looked at where a source is named; `to_run`: they must be. What Kafka's finding
    brings to light comes after it, so a finding is to be made before the next is asked for.
    """
    yield "settings", lambda: Finding(True, f"graph of {', '.join(settings.graph.entities)}")
    if to_run or settings.job.sources:
        yield "sources", lambda: _found(lambda: _inputs(settings))
        for note in unread_notes(settings):
            yield "files", partial(Finding, True, note, is_note=True)
        for note in order_notes(settings):
            yield "order", partial(Finding, True, note, is_note=True)
        yield "decisions", lambda: _found(lambda: _output(settings))
    for note in raw_notes(settings.job):
        yield "raw events", partial(Finding, True, note, is_note=True)
    if note := decisions_note(settings):
        yield "service", partial(Finding, True, note, is_note=True)
    yield "Java", lambda: _found(lambda: f"version {check_java()}")
    yield "disk", lambda: _found(lambda: _disk(settings))
    if to_run:
        yield "ports", lambda: _found(lambda: check_ports(settings.job))
    for note in open_port_notes(settings.job):
        yield "ports", partial(Finding, True, note, is_note=True)
    yield "Redis", lambda: _found(lambda: _redis(settings))
    if settings.job.control_keys:
        yield "control keys", lambda: _found(lambda: _control_keys(settings.job.control_keys))
    if settings.job.sources or settings.job.control:
        yield from _streams(settings)
    yield "model", lambda: _found(lambda: _model(settings))
    yield "summaries", lambda: _summaries(settings)
    if topics(settings):
        partitions: dict[str, int] = {}
        yield "Kafka", lambda: _found(lambda: _kafka(settings, partitions))
        if note := partition_note(partitions, settings):
            yield _PARTITIONS, lambda: Finding(True, note, is_note=True)
    if not secret(PSEUDONYM_KEY):
        yield "pseudonyms", lambda: Finding(False, NO_PSEUDONYM_KEY, is_setting=True)
    elif note := short_key_note():
        yield "pseudonyms", lambda: Finding(True, note, is_note=True)


def ask_llm(settings: Settings) -> Iterator[tuple[str, Callable[[], Finding]]]:
    """Yield (subject, what makes its finding) of one real call to the LLM endpoint, and what it needs.

    What the call brings to light comes after it, so a finding is to be made before the next is asked for.
    """
    from ops.llm.settings import with_api_key

    llm = with_api_key(settings.llm)
    if not llm.is_configured:
        mend = "set llm.base_url to its address, or RINGWATCH_LLM_API_KEY for OpenAI's"
        yield "summaries", lambda: Finding(False, f"no LLM endpoint is configured: {mend}", is_setting=True)
        return
    redis = _found(lambda: _redis(settings))  # keeps the budget, without which no call is made
    yield "Redis", lambda: redis
    if redis.good:
        trials: list[Trial] = []
        yield "summaries", lambda: _tried(llm, settings, trials)
        for trial in trials:
            yield from (("summaries", partial(Finding, True, text, is_detail=True)) for text in trial.details())
            yield from (("summaries", partial(Finding, True, text, is_note=True)) for text in trial.notes())


def _control_keys(names: Sequence[str]) -> str:
    control_keys(names)
    return f"{', '.join(names)}: control records and labels must be signed"


def _tried(llm: LlmSettings, settings: Settings, trials: list[Trial]) -> Finding:
    from ops.llm.trial import try_out

    trial = asyncio.run(try_out(llm, settings.redis, settings.summaries.language))
    trials.append(trial)
    return Finding(trial.failure is None, trial.finding())


def require(settings: Settings) -> list[str]:
    """Return notes that Kafka and Redis gave rise to; raise an error that names all that is not in order.

    A job would only retry. Kafka is asked only if all else is in order, since that starts a JVM. Raises
    `SettingError` if only settings are wrong, else `MachineError`.
    """
    wrong: list[Finding] = []
    notes: list[str] = []
    for subject, look in looks(settings, to_run=True):
        if wrong and subject == "Kafka":
            continue
        finding = look()
        if not finding.good:
            wrong.append(finding)
        elif subject == _PARTITIONS or (subject == _STREAMS and finding.is_note):
            notes.append(finding.text)
    if wrong:
        error = SettingError if all(finding.is_setting for finding in wrong) else MachineError
        raise error("; ".join(dict.fromkeys(finding.text.rstrip(".") for finding in wrong)))
    return notes


def _found(look: Callable[[], str]) -> Finding:
    try:
        return Finding(True, look())
    except Exception as error:
        return Finding(False, " ".join(str(error).split()), is_setting=isinstance(error, SettingError))


def _inputs(settings: Settings) -> str:
    check_label_sources(settings.job)
    check_readers(settings)
    return check_inputs(settings.job)


def _output(settings: Settings) -> str:
    check_begins_anew(settings.job)
    return check_outputs(settings.job, restored=bool(settings.job.resume or settings.job.restore_from))


def _disk(settings: Settings) -> str:
    check_disk(Path(settings.job.checkpoint_dir), Path(settings.job.log_dir))
    return f"room for checkpoints in {settings.job.checkpoint_dir}"


def _model(settings: Settings) -> str:
    from gnn.artifact.artifact import load_scorer
    from gnn.scoring.decider import Decider
    from ops.secrets import pseudonyms

    scorer = load_scorer(Path(settings.model), settings.graph)
    Decider(settings.graph, scorer, settings.policy, pseudonyms(settings.identity, warn=False))
    return f"{scorer.card.model_id}, fits graph and policy"


def _redis(settings: Settings) -> str:
    from ops.redis.address import is_address
    from ops.redis.mends import mend_address
    from ops.redis.owner import refuse_owned
    from ops.redis.server_check import server_version
    from ops.secrets import redis_url

    url, prefix = redis_url(settings.redis.url), settings.redis.prefix
    if not is_address(url):  # not quoted: it may hold a password
        raise SettingError(mend_address())
    version = server_version(url, prefix, replicas=settings.redis.replicas)
    refuse_owned(url, prefix, known_job_id(settings.job), time.time_ns() // 1_000_000)
    return f"{version}, prefix {prefix}"


def _streams(settings: Settings) -> Iterator[tuple[str, Callable[[], Finding]]]:
    """Yield what is found of the Redis streams that the job reads; nothing where it reads none."""
    try:
        keys = stream_keys(settings)
    except SettingError:  # said of the sources
        return
    if keys:
        notes: list[str] = []
        yield _STREAMS, lambda: _found(lambda: _held(settings, keys, notes))
        yield from ((_STREAMS, partial(Finding, True, note, is_note=True)) for note in notes)


def _held(settings: Settings, keys: list[str], notes: list[str]) -> str:
    from ops.redis.source_check import look_at_streams
    from ops.secrets import redis_url

    found, noted = look_at_streams(redis_url(settings.redis.url), settings.redis.prefix, keys)
    notes.extend(noted)
    return ", ".join(found)


def _kafka(settings: Settings, partitions: dict[str, int]) -> str:
    from flink_job.cluster.kafka_check import check_kafka

    found = check_kafka(settings)
    partitions.update(found.partitions)
    return found.text


def _summaries(settings: Settings) -> Finding:
    """Return what is configured. The endpoint is not asked: a call may cost money."""
    from ops.llm.settings import with_api_key

    llm = with_api_key(settings.llm)
    if not llm.is_configured:
        return Finding(True, "template (no LLM endpoint is configured)")
    asks = "ringwatch check --llm asks it once"
    return Finding(True, f"model {llm.model} at {llm.base_url or 'OpenAI'} is configured, not asked; {asks}", is_note=True)
