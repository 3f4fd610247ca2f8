"""The job as a function from streams to streams: no source, no sink of decisions, no `execute` in here.

                                        /-> approved -> decisions
lines -> parse -> a stage per entity kind -> score -> decisions
           \\-> rejected -> Redis               \\-> flagged -> alerts -> Redis
                                                               |
        Redis <- summaries <- reviews <- incidents <- rings <-/

With a control stream, control -> admit models -> parse (broadcast) as well.

Between the lines and scoring there are two topologies with the same state and the same results. With one
subtask one task visits all stages; with several each stage has tasks of its own.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from pyflink.common import Configuration, Time, Types
from pyflink.common.typeinfo import TypeInformation
from pyflink.datastream import AsyncDataStream, DataStream, OutputTag, StreamExecutionEnvironment

from domain.errors import SettingError
from flink_job.java_streams import keyed, keyed_in_chain, keyed_row, never_filled, parallelism_of
from flink_job.scoring_tables import PASSED, TRAIL, decide
from flink_job.settings.disposable_domains import further_domains
from flink_job.settings.identity_match import stage_uid
from flink_job.settings.settings import Settings
from flink_job.wave_streams import timed, waves
from gnn.artifact.artifact import load_scorer
from gnn.card.card import ArtifactError
from gnn.compiled.model import CompiledModel
from udfs.admit_model import AdmitModel
from udfs.approve import Approve
from udfs.deliver_alert import DeliverAlert
from udfs.deliver_incident import DeliverIncident
from udfs.deliver_rejected import DeliverRejected
from udfs.gather_incident import GatherIncident
from udfs.join_rings import JoinRings
from udfs.parse import Parse, ParseForModel, model_state
from udfs.review_incidents import ReviewIncidents
from udfs.stage import ChainedStage, Stage
from udfs.summarise import Summarise
from udfs.to_stages import SendToFirstStage, ToStages, VisitAllStages

_KEY = Types.LONG()
_KEYED = keyed_row(_KEY, TRAIL)
"""A trail on its way to a stage."""


@dataclass(frozen=True)
class Streams:
    """What comes out: decision documents (JSON text), and what went to Redis, to be watched."""

    decisions: DataStream
    flagged: DataStream
    rejected: DataStream
    incidents: DataStream


def build(env: StreamExecutionEnvironment, lines: DataStream, settings: Settings, control: DataStream | None = None) -> Streams:
    """Wire the operators after a stream of raw lines and one of control records.

    Both are STRING in ISO 8859-1: one character per byte.
    """
    model = _approving_model(settings)
    approve = Approve(settings.graph, settings.policy, model, settings.identity)
    in_one_task = parallelism_of(lines) == settings.job.parallelism == 1
    visit_stages = _one_task_for_all_stages if in_one_task else _a_task_per_stage
    watched = settings.incidents.waves.enabled
    passed, rejected = visit_stages(env, lines, control, settings, approve)
    waves_found = waves(env, timed(env, passed, settings) if in_one_task else passed, settings) if watched else None
    decisions, flagged = decide(env, passed, settings, model)
    rejected.process(DeliverRejected(settings.redis), Types.STRING()).name("rejected to Redis").uid("deliver-rejected")
    incidents = _incidents(env, flagged, waves_found, settings)
    return Streams(decisions, flagged, rejected, incidents)


def _approving_model(settings: Settings) -> CompiledModel | None:
    """Return the model that the stages approve by; None if that is left to the worker."""
    if not settings.job.early_approval:
        return None
    try:
        return load_scorer(settings.model, settings.graph).compiled()
    except ArtifactError as error:
        raise SettingError(f"{error}; if it lies with the TaskManagers only, set job.early_approval to false") from None


def _one_task_for_all_stages(
    env: StreamExecutionEnvironment, lines: DataStream, control: DataStream | None, settings: Settings, approve: Approve
) -> tuple[DataStream, DataStream]:
    """Return (what has passed the last stage, rejected documents), where the parser visits the stages.

    The stages' operators are chained to the parser and hold the state, but no event is sent to them: see
    `udfs.engine.one_task`.
    """
    graph = settings.graph
    passed, rejected = _parsed(lines, control, settings, VisitAllStages(graph, approve), PASSED)
    nothing = never_filled(passed, _KEYED)
    for position, kind in enumerate(graph.stages):
        stage = keyed_in_chain(nothing, _KEY, TRAIL).process(ChainedStage(graph, position), _KEYED)
        stage.name(f"{kind} stage").uid(stage_uid(kind, settings.identity))
    return passed, rejected


def _a_task_per_stage(
    env: StreamExecutionEnvironment, lines: DataStream, control: DataStream | None, settings: Settings, approve: Approve
) -> tuple[DataStream, DataStream]:
    """Return (what has passed the last stage, rejected documents), where trails go from task to task."""
    graph, batch = settings.graph, settings.job.threads_as_batch
    passed, rejected = _parsed(lines, control, settings, SendToFirstStage(graph), _KEYED)
    if settings.incidents.waves.enabled:
        # Here, because after a shuffle the events of several readers are mixed: none would be in time.
        passed = timed(env, passed, settings)
    for position, kind in enumerate(graph.stages):
        is_last = position == len(graph.stages) - 1
        stage = Stage(graph, position, batch, approve if is_last else None)
        passed = (
            keyed(passed, _KEY, TRAIL)
            .process(stage, PASSED if is_last else _KEYED)
            .name(f"{kind} stage")
            .uid(stage_uid(kind, settings.identity))
        )
        if position == 0:
            # After one reader, two subtasks of the first stage would run hundreds of small records apart,
            # and the next stage would see the events of one device in another order each time.
            passed.set_parallelism(parallelism_of(lines))
    return passed, rejected


def _parsed(
    lines: DataStream, control: DataStream | None, settings: Settings, to_stages: ToStages, output: TypeInformation
) -> tuple[DataStream, DataStream]:
    """Return (what goes on, of the type `output`; rejected documents)."""
    tag = OutputTag("rejected", Types.STRING())
    job, disposable = settings.job, further_domains(settings.incidents.waves)
    silent, batch = job.silent_until_ms, job.threads_as_batch
    parse = Parse(settings.graph, tag, to_stages, batch, silent, settings.identity, disposable, job.labels, job.control_keys)
    if control is None:
        parsed = lines.process(parse, output)
        rejected = _side_output(parsed, tag)
    else:
        models = _admitted(control, settings, tag)
        parsed = lines.connect(models.broadcast(model_state())).process(ParseForModel(parse), output)
        rejected = _side_output(parsed, tag).union(_side_output(models, tag, "refused models"))
    # Parsing keeps the source's parallelism: spread lines would lose the order of an account's events.
    return parsed.name("parse").uid("parse").set_parallelism(parallelism_of(lines)), rejected


def _admitted(control: DataStream, settings: Settings, tag: OutputTag) -> DataStream:
    """Return the models that the control records put in place, in one order for all."""
    models = control.process(AdmitModel(settings.graph, tag, str(Path.cwd()), sys.executable), Types.STRING())
    return models.name("admit models").uid("admit-models").set_parallelism(1)


def _side_output(stream: DataStream, tag: OutputTag, name: str | None = None) -> DataStream:
    """Return a side output of the stream, under `name` if not the tag's.

    PyFlink puts an operator of its own after a side output, which needs a uid like all others.
    """
    name = name or tag.tag_id
    return stream.get_side_output(tag).name(name).uid(f"side-{name.replace(' ', '-')}")


def _incidents(env: StreamExecutionEnvironment, flagged: DataStream, waves_found: DataStream | None, settings: Settings) -> DataStream:
    """Send alerts to Redis, gather each ring's into incidents, summarise these and waves, and send them to
    Redis.

    Returns the summarised revisions.
    """
    text, overflow = Types.STRING(), OutputTag("overflow", Types.STRING())
    revisions = _revisions(flagged, settings)
    if waves_found is not None:
        revisions = revisions.union(waves_found)
    reviewed = keyed(revisions, text, text).process(ReviewIncidents(settings.incidents, overflow), text).name("reviews").uid("reviews")
    summarised = _summarised(env, reviewed, settings)
    overflows = _side_output(reviewed, overflow)
    overflows.process(DeliverIncident(settings.redis), text).name("overflow to Redis").uid("deliver-overflow")
    summarised.process(DeliverIncident(settings.redis), text).name("incidents to Redis").uid("deliver-incidents")
    return summarised


def _revisions(flagged: DataStream, settings: Settings) -> DataStream:
    """Send alerts to Redis and return the revisions of the incidents that they make, not reviewed yet."""
    text, silent_until_ms = Types.STRING(), settings.job.silent_until_ms
    row = keyed_row(text, text)
    alerts = flagged.process(DeliverAlert(settings.redis, silent_until_ms), row).name("alerts to Redis").uid("deliver-alerts")
    by_ring = keyed(alerts, text, text).process(JoinRings(settings.incidents), row).name("rings").uid("rings")
    incidents = keyed(by_ring, text, text).process(GatherIncident(settings.incidents, silent_until_ms), row)
    return incidents.name("incidents").uid("incidents")


def _summarised(env: StreamExecutionEnvironment, incidents: DataStream, settings: Settings) -> DataStream:
    """Return the revisions with their summaries, by the async operator.

    It runs in process mode and in a task of its own: chained, it would stall the main path.
    """
    job, llm = settings.job, settings.llm
    # The writer keeps to its patience; the engine's own limit only catches a bug.
    patience = Time.milliseconds(int((llm.patience_s + 5) * 1000))
    _configure(
        env,
        {"python.execution-mode": "process", "python.fn-execution.bundle.time": "1000", "python.fn-execution.bundle.size": "64"},
    )
    summarise = Summarise(llm, settings.redis, settings.summaries.language)
    summarised = AsyncDataStream.unordered_wait(incidents.rebalance(), summarise, patience, job.summaries_in_flight, Types.STRING())
    summarised = summarised.name("summaries").uid("summaries").disable_chaining()
    # Operators built so far read the mode again when the job starts: it must be thread by then.
    _configure(
        env,
        {
            "python.execution-mode": "thread",
            "python.fn-execution.bundle.time": str(job.score_wait_ms),
            "python.fn-execution.bundle.size": str(job.score_batch),
        },
    )
    return summarised


def _configure(env: StreamExecutionEnvironment, options: dict[str, str]) -> None:
    configuration = Configuration()
    for name, value in options.items():
        configuration.set_string(name, value)
    env.configure(configuration)
