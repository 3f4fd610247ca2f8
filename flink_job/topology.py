"""The job as a function from streams to streams: no source, no sink of decisions, no `execute` in here.

                                        /-> approved -> decisions
lines -> parse -> a stage per entity kind -> score -> decisions
           \\-> rejected -> Redis               \\-> flagged -> alerts -> Redis
                                                               |
        Redis <- summaries <- reviews <- incidents <- rings <-/

With `job.enriched_raw` the lines go on to a join with their enriched documents as well, past all others.

With a control stream, control -> admit control -> the judge (broadcast) as well: that is the parser where one
task visits all stages, else an operator after the last stage.

Between the lines and scoring there are two topologies with the same state and the same results. With one
subtask one task visits all stages; with several, and where events wait for their turn (`job.order`), each
stage has tasks of its own.
"""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path

from pyflink.common import Configuration, Time, Types
from pyflink.common.typeinfo import TypeInformation
from pyflink.datastream import AsyncDataStream, DataStream, KeyedStream, OutputTag, StreamExecutionEnvironment

from domain.errors import SettingError
from domain.events.time_order import EVENT_TIME
from flink_job.connectors.java_classes import java_classes
from flink_job.health_streams import deliver_health
from flink_job.java_streams import behind, flat_mapped, keyed, keyed_in_chain, keyed_row, never_filled, parallelism_of, partitioned
from flink_job.order_streams import at_its_time, at_their_subtask, gathered, in_time_order, in_turn, taking_turns, timed_for_order
from flink_job.raw_streams import with_raw
from flink_job.scoring_tables import ENRICHED, TRAIL, decide, enriches_early, passed_row
from flink_job.settings.disposable_domains import further_domains
from flink_job.settings.identity_match import stage_uid
from flink_job.settings.settings import Settings
from flink_job.wave_streams import timed, waves
from gnn.artifact.artifact import load_scorer
from gnn.card.card import ArtifactError
from gnn.compiled.model import CompiledModel
from gnn.scoring.drift_texts import DriftReference
from gnn.scoring.scorer import Scorer
from udfs.admit_control import AdmitControl, InOnePlace
from udfs.approve import Approve, EnrichedApprove
from udfs.control_state import ControlState, control_state
from udfs.deliver_alert import DeliverAlert
from udfs.deliver_applied import DeliverApplied
from udfs.deliver_incident import DeliverIncident, DeliverIncidentWithout, forgotten_state
from udfs.deliver_rejected import DeliverRejected
from udfs.gather_incident import GatherIncident
from udfs.join_rings import JoinRings
from udfs.judge import Judge
from udfs.parse import Parse, ParseUnderControl
from udfs.parse_by_rates import ParseByRates
from udfs.raise_alert import RaiseAlert
from udfs.review_incidents import ReviewIncidents
from udfs.stage import ChainedStage, Stage
from udfs.summarise import Summarise
from udfs.to_stages import SendToFirstStage, ToStages, VisitAllStages

_KEY = Types.LONG()
_KEYED = keyed_row(_KEY, TRAIL)
"""A trail on its way to a stage."""
_REJECTED, _APPLIED = OutputTag("rejected", Types.STRING()), OutputTag("control_applied", Types.STRING())


@dataclass(frozen=True)
class _Stages:
    """What comes out of the stages. What has passed the last one has event time, judged or not."""

    passed: DataStream
    judged: DataStream
    rejected: DataStream
    applied: DataStream | None
    """What has taken effect of control records; None without a control stream."""


@dataclass(frozen=True)
class Streams:
    """What comes out: documents of decisions (JSON text), and what went to Redis, to be watched."""

    outputs: dict[str, DataStream]
    """By the setting that says where they go, `JobSettings.outputs`."""
    flagged: DataStream
    rejected: DataStream
    incidents: DataStream
    delivered: DataStream
    """Nothing: it comes after the writer of the rejected documents, and is there as long as the job runs."""


def build(env: StreamExecutionEnvironment, lines: DataStream, settings: Settings, control: DataStream | None = None) -> Streams:
    """Wire the operators after a stream of raw lines and one of control records.

    Both are STRING in ISO 8859-1: one character per byte.
    """
    scorer = _approving_scorer(settings)
    model = scorer.compiled() if scorer else None
    approve = _approve(settings, model, DriftReference.of(scorer) if scorer and model else None)
    in_one_task = parallelism_of(lines) == settings.job.parallelism == 1 and settings.job.order != EVENT_TIME
    visit_stages = _one_task_for_all_stages if in_one_task else _a_task_per_stage
    changes = _changes(control, settings) if control is not None else None
    stages = visit_stages(env, lines, changes, settings, approve)
    waves_found = waves(env, stages.passed, settings) if settings.incidents.waves.enabled else None
    decided = decide(env, stages.judged, settings, model)
    deliver_health(env, stages.judged, decided.news, settings)
    rejected = stages.rejected if changes is None else stages.rejected.union(_side_output(changes, _REJECTED, "refused control"))
    delivered = _deliver_rejected(env, rejected, settings)
    if stages.applied is not None:
        _deliver_applied(env, stages.applied, settings)
    incidents = _incidents(env, decided.flagged, waves_found, settings)
    outputs = decided.outputs
    if settings.job.enriched_raw:
        outputs = outputs | {ENRICHED: with_raw(env, lines, outputs[ENRICHED], settings)}
    return Streams(outputs, decided.flagged, rejected, incidents, delivered)


def _approving_scorer(settings: Settings) -> Scorer | None:
    """Return the scorer whose model the stages approve by; None if that is left to the worker."""
    if not settings.job.early_approval:
        return None
    try:
        return load_scorer(settings.model, settings.graph)
    except ArtifactError as error:
        raise SettingError(f"{error}; if it lies with the TaskManagers only, set job.early_approval to false") from None


def _approve(settings: Settings, model: CompiledModel | None, reference: DriftReference | None = None) -> Approve:
    given = settings.graph, settings.policy, model, settings.identity, reference
    if not enriches_early(settings.job):
        return Approve(*given)
    return EnrichedApprove(*given, settings.job.enriched_features, settings.job.enriched_raw)


def _one_task_for_all_stages(
    env: StreamExecutionEnvironment, lines: DataStream, changes: DataStream | None, settings: Settings, approve: Approve
) -> _Stages:
    """Wire a parser that visits the stages, and judges by the control records.

    The stages' operators are chained to the parser and hold the state, but no event is sent to them: see
    `udfs.engine.one_task`.
    """
    graph = settings.graph
    parse = _parse(settings, VisitAllStages(graph, approve))
    if changes is None:
        passed = lines.process(parse, passed_row(settings.job))
    else:
        control = _control_state(settings)
        judge = ParseUnderControl(parse, approve, control)
        passed = lines.connect(changes.broadcast(control_state())).process(judge, passed_row(settings.job))
    _as_parser(passed, lines, "parse")
    nothing = never_filled(passed, _KEYED)
    for position, kind in enumerate(graph.stages):
        stage = keyed_in_chain(nothing, _KEY, TRAIL).process(ChainedStage(graph, position), _KEYED)
        stage.name(f"{kind} stage").uid(stage_uid(kind, settings.identity))
    with_time = timed(env, passed, settings)
    applied = None if changes is None else _side_output(passed, _APPLIED)
    return _Stages(with_time, with_time, _side_output(passed, _REJECTED), applied)


def _a_task_per_stage(
    env: StreamExecutionEnvironment, lines: DataStream, changes: DataStream | None, settings: Settings, approve: Approve
) -> _Stages:
    """Wire trails that go from task to task."""
    graph, batch, row = settings.graph, settings.job.threads_as_batch, passed_row(settings.job)
    parse = _parse(settings, SendToFirstStage(graph))
    if changes is None:
        parsed = lines.process(parse, _KEYED)
    else:
        parsed = lines.connect(changes.broadcast(control_state())).process(ParseByRates(parse, settings.currency), _KEYED)
    _as_parser(parsed, lines, "parse" if changes is None else "parse-lines")  # parse holds the control records
    last = approve if changes is None else _approve(settings, None)
    passed = _stages(env, parsed, settings, last, row)
    rejected = _side_output(parsed, _REJECTED)
    if changes is None:
        return _Stages(passed, passed, rejected, None)
    control = _control_state(settings)
    judge = Judge(graph, approve, control, batch)
    judged = passed.connect(changes.broadcast(control_state())).process(judge, row).name("judge").uid("parse")
    # It has no watermarks, since the control records have none: it gets them again.
    with_time = timed(env, judged, settings, "event-time-judged")
    return _Stages(passed, with_time, rejected, _side_output(judged, _APPLIED))


def _stages(env: StreamExecutionEnvironment, parsed: DataStream, settings: Settings, approve: Approve, row: TypeInformation) -> DataStream:
    """Wire stages over batches of trails, in front of each of which trails wait for those before them.

    These are what was read before, or with `job.order: event_time` what is before them in time.
    """
    graph, in_time = settings.graph, settings.job.order == EVENT_TIME
    # After a shuffle the events of several readers are mixed, so that none would be in time: time comes here.
    way = timed_for_order(env, parsed, settings) if in_time else taking_turns(env, parsed, settings)
    for position, kind in enumerate(graph.stages):
        is_last = position == len(graph.stages) - 1
        if in_time:
            arrived = in_time_order(env, way, kind, settings)
        else:
            arrived = at_their_subtask(env, way)
            if position > 0 or parallelism_of(parsed) > 1:  # one reader alone brings all of a subtask in turn
                arrived = in_turn(env, arrived, kind)
        visits = Stage(graph, position, settings.job.threads_as_batch, approve if is_last else None)
        passed = arrived.process(visits, row if is_last else TRAIL).name(f"{kind} visits").uid(f"{kind}-visits")
        held = keyed_in_chain(never_filled(passed, _KEYED), _KEY, TRAIL).process(ChainedStage(graph, position), _KEYED)
        held.name(f"{kind} stage").uid(stage_uid(kind, settings.identity))
        way = passed if is_last else gathered(env, passed, kind, settings)
    return at_its_time(env, way, row, settings) if in_time else timed(env, way, settings)


def _control_state(settings: Settings) -> ControlState:
    return ControlState(settings.graph, settings.policy, _APPLIED, settings.identity, settings.currency)


def _parse(settings: Settings, to_stages: ToStages) -> Parse:
    job, disposable = settings.job, further_domains(settings.incidents.waves)
    silent, batch = job.silent_until_ms, job.threads_as_batch
    signed = job.labels, job.control_keys
    return Parse(
        settings.graph, _REJECTED, to_stages, batch, silent, settings.identity, disposable, *signed, job.rejected_raw, settings.currency,
        job.ahead_min,
    )  # fmt: skip


def _as_parser(parsed: DataStream, lines: DataStream, uid: str) -> None:
    """Name the parser, and keep the source's parallelism: spread lines would lose the order of an account's
    events.
    """
    parsed.name("parse").uid(uid).set_parallelism(parallelism_of(lines))


def _changes(control: DataStream, settings: Settings) -> DataStream:
    """Return what the control records put in force, in one order for all."""
    in_one_place = control.map(InOnePlace(), keyed_row(Types.STRING(), Types.STRING())).name("control records").uid("control-records")
    in_one_place.set_parallelism(1)
    keys = settings.job.control_keys
    admit = AdmitControl(settings.graph, _REJECTED, str(Path.cwd()), sys.executable, settings.identity, keys, settings.currency)
    row = Types.ROW([Types.STRING(), Types.PICKLED_BYTE_ARRAY()])
    changes = keyed(in_one_place, Types.STRING(), Types.STRING()).process(admit, row)
    return changes.name("admit control").uid("admit-models").set_parallelism(1)


def _deliver_rejected(env: StreamExecutionEnvironment, rejected: DataStream, settings: Settings) -> DataStream:
    """Send rejected documents to Redis; nothing goes on."""
    deliver = DeliverRejected(settings.redis, settings.job.control_keys)
    delivered = _in_one_place(env, rejected, "rejected").process(deliver, Types.STRING())
    return delivered.name("rejected to Redis").uid("deliver-rejected").set_parallelism(1)


def _deliver_applied(env: StreamExecutionEnvironment, applied: DataStream, settings: Settings) -> None:
    """Send what has taken effect to Redis."""
    deliver = DeliverApplied(settings.redis, settings.job.control_keys)
    delivered = _in_one_place(env, applied, "applied").process(deliver, Types.STRING())
    delivered.name("applied control to Redis").uid("deliver-applied").set_parallelism(1)


def _in_one_place(env: StreamExecutionEnvironment, texts: DataStream, name: str) -> KeyedStream:
    """Return the texts under one key, for one writer in a task of its own: who sends them does not wait."""
    text = Types.STRING()
    rows = flat_mapped(texts, keyed_row(text, text), java_classes(env).OfOnePlace())
    return keyed(behind(rows.name(f"{name} in one place").uid(f"{name}-in-one-place")), text, text)


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
    text, overflow, forgotten = Types.STRING(), OutputTag("overflow", Types.STRING()), OutputTag("forgotten", Types.STRING())
    revisions = _revisions(flagged, settings)
    if waves_found is not None:
        revisions = revisions.union(waves_found)
    review = ReviewIncidents(settings.incidents, overflow, forgotten)
    reviewed = behind(keyed(revisions, text, text).process(review, text).name("reviews").uid("reviews").set_parallelism(1))
    summarised = _summarised(env, reviewed, settings)
    overflows = _side_output(reviewed, overflow).set_parallelism(1)
    deliver = DeliverIncident(settings.redis, settings.job.control_keys)
    overflows.process(deliver, text).name("overflow to Redis").uid("deliver-overflow").set_parallelism(1)
    gone = behind(_side_output(reviewed, forgotten).set_parallelism(1)).broadcast(forgotten_state())
    summarised.connect(gone).process(DeliverIncidentWithout(deliver), text).name("incidents to Redis").uid("deliver-incidents")
    return summarised


def _revisions(flagged: DataStream, settings: Settings) -> DataStream:
    """Send alerts to Redis and return the revisions of the incidents that they make, not reviewed yet."""
    text, silent_until_ms = Types.STRING(), settings.job.silent_until_ms
    row = keyed_row(text, text)
    raised = flagged.process(RaiseAlert(), row).name("alerts").uid("raise-alerts")
    deliver = DeliverAlert(settings.redis, silent_until_ms, settings.job.control_keys)
    alerts = keyed(raised, text, text).process(deliver, row).name("alerts to Redis").uid("deliver-alerts").set_parallelism(1)
    by_ring = keyed(behind(alerts), text, text).process(JoinRings(settings.incidents), row).name("rings").uid("rings").set_parallelism(1)
    incidents = keyed(behind(by_ring), text, text).process(GatherIncident(settings.incidents, silent_until_ms), row)
    return behind(incidents.name("incidents").uid("incidents"))


def _summarised(env: StreamExecutionEnvironment, incidents: DataStream, settings: Settings) -> DataStream:
    """Return the revisions with their summaries, by the async operator.

    It runs in process mode and in a task of its own: chained, it would stall the main path. The revisions of
    an incident go to one subtask, which keeps their order.
    """
    job, llm = settings.job, settings.llm
    # The writer keeps to its patience; the engine's own limit only catches a bug.
    patience = Time.milliseconds(int((llm.patience_s + 5) * 1000))
    _configure(
        env,
        {"python.execution-mode": "process", "python.fn-execution.bundle.time": "1000", "python.fn-execution.bundle.size": "64"},
    )
    summarise = Summarise(llm, settings.redis, settings.summaries.language, job.control_keys)
    by_incident = partitioned(incidents, java_classes(env).ByIncident())
    summarised = AsyncDataStream.unordered_wait(by_incident, summarise, patience, job.summaries_in_flight, Types.STRING())
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
