"""What `ringwatch check` looks at: everything the job needs before it can start."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

from flink_job.cluster.environment import MachineError, check_disk, check_java
from flink_job.connectors.kafka_topics import topics
from flink_job.settings.settings import Settings
from ops.secrets import DEMO_KEY_WARNING, PSEUDONYM_KEY, secret


@dataclass(frozen=True)
class Finding:
    """What was found: in order, or not, or in order but to be known (`is_note`)."""

    good: bool
    text: str
    is_note: bool = False


def examine(settings: Settings) -> Iterator[tuple[str, Finding]]:
    """Yield (subject, finding) one by one; a finding that is not good says how to mend it."""
    yield "settings", Finding(True, f"graph of {', '.join(settings.graph.entities)}")
    for subject, look in (
        ("Java", lambda: f"version {check_java()}"),
        ("disk", lambda: _disk(settings)),
        ("model", lambda: _model(settings)),
        ("Redis", lambda: _redis(settings)),
        ("summaries", lambda: _summaries(settings)),
        *((("Kafka", lambda: _kafka(settings)),) if _uses_kafka(settings) else ()),
    ):
        yield subject, _found(look)
    if not secret(PSEUDONYM_KEY):
        yield "pseudonyms", Finding(True, DEMO_KEY_WARNING, is_note=True)


def require(settings: Settings) -> None:
    """Raise `MachineError` for the first thing that is not in order: a job would only retry."""
    for _, finding in examine(settings):
        if not finding.good:
            raise MachineError(finding.text)


def _found(look: Callable[[], str]) -> Finding:
    try:
        return Finding(True, look())
    except Exception as error:
        return Finding(False, " ".join(str(error).split()))


def _disk(settings: Settings) -> str:
    check_disk(Path(settings.job.checkpoint_dir), Path(settings.job.log_dir))
    return f"room for checkpoints in {settings.job.checkpoint_dir}"


def _model(settings: Settings) -> str:
    from gnn.artifact.artifact import load_scorer
    from gnn.scoring.decider import Decider
    from ops.secrets import pseudonyms

    scorer = load_scorer(Path(settings.model), settings.graph)
    Decider(settings.graph, scorer, settings.policy, pseudonyms(warn=False))
    return f"{scorer.card.model_id}, fits graph and policy"


def _redis(settings: Settings) -> str:
    from ops.redis.connection import server_version
    from ops.secrets import redis_url

    return f"{server_version(redis_url(settings.redis.url))}, prefix {settings.redis.prefix}"


def _uses_kafka(settings: Settings) -> bool:
    return bool(topics(settings))


def _kafka(settings: Settings) -> str:
    from flink_job.cluster.kafka_check import check_kafka

    return check_kafka(settings)


def _summaries(settings: Settings) -> str:
    from ops.llm.settings import with_api_key

    llm = with_api_key(settings.llm)
    return f"model {llm.model} at {llm.base_url or 'OpenAI'}" if llm.is_configured else "template (no LLM endpoint is configured)"
