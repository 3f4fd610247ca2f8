"""config.yaml and --set made into frozen, typed settings; what is unknown or mistyped is refused by name."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields, is_dataclass
from datetime import date
from difflib import get_close_matches
from pathlib import Path
from typing import Annotated, Any, ClassVar, get_args, get_type_hints

import yaml
from pydantic import BeforeValidator, ConfigDict, TypeAdapter, ValidationError

from domain.decisions.policy import PolicySettings
from domain.errors import SettingError
from domain.events.exchange_rates import CurrencySettings
from domain.events.identity import IdentitySettings
from domain.events.stream_clock import AHEAD_MIN
from domain.events.time_order import ARRIVAL, EVENT_TIME
from domain.graph import GraphSettings
from domain.incidents.settings import IncidentSettings
from domain.summaries.settings import SummarySettings
from domain.times import DAY_S, MINUTE_S, moment_ms
from flink_job.settings.flat_options import flat_options
from flink_job.settings.kafka_settings import KafkaSettings
from flink_job.settings.kafka_url import kafka_topic
from flink_job.settings.state_backend import BACKENDS, HEAP
from gnn.history.train_settings import TrainSettings
from gnn.retraining.settings import RetrainSettings
from ops.actions.settings import ActionSettings
from ops.api.settings import ServiceSettings
from ops.lake.settings import LakeSettings
from ops.llm.settings import LlmSettings
from ops.notify.settings import NotifySettings
from ops.redis.address import address_of
from ops.redis.settings import RedisSettings
from ops.secrets import LLM_API_KEY, REDIS_URL

_BRACED = re.compile(r"\{[^{}:,]+\}[^{}]*$")  # a Redis Cluster's hash tag, `{ringwatch}:`, which is no YAML
_MEMORY = re.compile(r"\d+ ?(b|k|kb|m|mb|g|gb|t|tb)?", re.ASCII | re.IGNORECASE)
_KEY_NAME = re.compile(r"[a-z][a-z0-9_]{0,31}", re.ASCII)
MAX_PARALLELISM = 128  # key groups: fixed, since a savepoint cannot be read under another number
MOST_JOBMANAGERS = 3  # one leads, the others only wait
SHORTEST_S, LONGEST_S = 0.01, 86_400  # Flink takes no shorter checkpoint interval
PRETRAINED = Path(__file__).resolve().parents[2] / "gnn" / "pretrained" / "default"


def _as_text(value: Any) -> Any:
    return str(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _moment_text(value: Any) -> Any:
    """Return a moment as text: YAML reads some spellings as numbers and times."""
    return value.isoformat() if isinstance(value, date) else _as_text(value)


def _is_port_range(text: str) -> bool:
    ports = text.split("-")
    if len(ports) > 2 or not all(port.isascii() and port.isdigit() and 1 <= int(port) <= 65_535 for port in ports):
        return False
    return int(ports[0]) <= int(ports[-1])


@dataclass(frozen=True)
class JobSettings:
    """How the job runs."""

    sources: tuple[str, ...] = ()
    """URLs of the event streams: `file:PATH` (a file, or a folder, whose files are read one after the other
    in natural order of their names), `redis:NAME` (a stream of `redis.url` under `redis.prefix`, or
    `redis:NAME?partitions=4`, by account), `kafka://BROKER[:PORT][,BROKER]/TOPIC`. Several are read side by
    side. Each may end with `?format=` and `json` (the default), `debezium`, `cloudevents` or
    `confluent_json`, see docs/events.md.
    """
    labels: tuple[str, ...] | None = None
    """Those of `job.sources` that may carry labels, written alike. A label from another source is rejected:
    who can send events cannot clear a fraud. `[]`: no source may. null: every file may; a job that reads
    `redis:` or `kafka:` does not start without it.
    """
    control_keys: tuple[str, ...] = ()
    """Names of the keys that control records and labels must be signed with, as `[ops]`. The key of `ops` is
    in `RINGWATCH_CONTROL_KEY_OPS`, or in a file that `RINGWATCH_CONTROL_KEY_OPS_FILE` names. The last one
    signs what the job writes to Redis. `[]`: nothing need be signed, and nothing is.
    """
    control: str | None = None
    """URL of the control records, see docs/control.md: `file:FOLDER`, watched for new files, `redis:NAME` or
    `kafka://BROKER/TOPIC`; null: none.
    """
    decisions: str = "file:run/decisions"
    """URL of the decisions: `file:FOLDER`, `kafka://BROKER/TOPIC`, `redis:decisions` (a stream of
    `redis.url`) or `print:`.
    """
    enriched: str | None = None
    """Where every event goes with its decision, see docs/modes.md: `file:FOLDER`, `kafka://BROKER/TOPIC` or
    `redis:enriched`, pseudonymised, each exactly as `job.decisions` are; null: nowhere.
    """
    enriched_features: bool = False
    """True: `job.enriched` has the row of features, too, as it was when the event was decided: 1 KB more."""
    enriched_raw: bool = False
    """True: `job.enriched` has each event as it was sent, too, and so holds raw personal data (names,
    addresses, account and payment numbers), as do the checkpoints: analysts and whoever may not see those
    must not read it, and to delete a person there, and what is old, is yours; see docs/modes.md.
    """
    flagged: str | None = None
    """Where decisions to investigate or block go besides `job.decisions`, see docs/modes.md: `file:FOLDER`,
    `kafka://BROKER/TOPIC` or `redis:flagged`; null: nowhere else.
    """
    flagged_apart: bool = False
    """True: what goes to `job.flagged` does not go to `job.decisions`, which then holds approved events only:
    `POST /v1/score` and the worker of the service need all, and are refused.
    """
    rejected: str | None = None
    """`kafka://BROKER/TOPIC` where rejected records go besides Redis."""
    rejected_raw: bool = False
    """True: a rejected record quotes the line as it came, raw personal data included. False: its shape, and
    the values of fields that name nobody; other texts and long numbers are `***`.
    """
    silent_until: Annotated[str | None, BeforeValidator(_moment_text)] = None
    """Read history in silence until this event time, such as `2026-01-31T12:00:00Z` (UTC where no
    zone is named) or ms since 1970. Events
    before it fill the state and are decided, but nothing of them goes to Redis, to analysts or to the
    language model. What is an open incident at that time is published as opened then; what was closed before
    is never published. null: never silent.
    """
    bounded: bool = False
    """True: end at the end of the input; for Kafka and Redis at the records that are the latest at the start.
    False: go on watching the source.
    """
    discover_s: float = 5.0
    """How often a watched folder is looked at for new files. They are read after those found before."""
    parallelism: int = 1
    """Subtasks of each operator. A job of parallelism N needs N TaskManagers."""
    checkpoint_dir: str = "run/checkpoints"
    """Folder of the checkpoints; a folder for each job. Let nobody else write into it."""
    checkpoint_interval_s: float = 10.0
    """Time from one checkpoint to the next: what a restart reads again."""
    state_backend: str = HEAP
    """Where the graph is kept: `heap`, in the memory of the TaskManagers' Java, or `rocksdb`, on their disks,
    with checkpoints of what has changed. Choose by the number of entities, see docs/memory.md. A job changes
    from one to the other by a savepoint.
    """
    resume: bool = False
    """Go on from the newest checkpoint in `checkpoint_dir`, or from the savepoint that its job was
    stopped with after it; `--resume`.
    """
    restore_from: str | None = None
    """Go on from this savepoint or checkpoint, a folder that holds `_metadata`; `--from`."""
    discard_waiting: str | None = None
    """The one savepoint or checkpoint whose waiting events may be lost, where `job.order` changes from
    `event_time` or the layout of what waits has changed, see docs/architecture.md. Of any other it says
    nothing, so it may stay.
    """
    restarts: int | None = None
    """How often the job starts again by itself after faults less than ten minutes apart; null: 8 locally,
    100 on a cluster.
    """
    log_dir: str = "run/logs"
    """Folder of the logs of Flink and of the Python workers."""
    out_of_order_s: float = 10.0
    """How far events may come out of order before an incident's clock passes them; with `job.order:
    event_time` also how long each waits for those before it.
    """
    order: str = ARRIVAL
    """Order in which events are learnt and decided. `arrival`: as they are read, at once; several readers are
    merged by the clocks of their machines. `event_time`: each waits `out_of_order_s` for those before it,
    and all are taken by time, then id, so that decisions are the same at any parallelism and in `ringwatch
    score`; `POST /v1/score` does not wait for such a job. See docs/architecture.md.
    """
    ahead_min: float = AHEAD_MIN
    """By how many minutes an event may be ahead of its arrival. One that is further ahead is judged as of its
    arrival, to the minute, and has that `event_time` in its decision.
    """
    score_batch: int = 256
    """Most events in one forward pass."""
    score_wait_ms: int = 20
    """Longest that an event waits for its batch to fill."""
    summaries_in_flight: int = 64
    """Most incident revisions of a subtask that are being summarised at once."""
    early_approval: bool = False
    """True: what the policy approves by its score is decided where the graph is kept; only the rest goes to
    the scoring worker. About half the latency, some 10% fewer events/s at full load on two cores, and an
    approval may be published before an earlier flagged event of the same account.
    """
    batch_scheduling: bool = True
    """Schedule the threads of TaskManager and scoring as SCHED_BATCH (Linux): 8 to 19%
    less CPU per event on busy cores. A TaskManager keeps it until another job comes.
    """
    rest_port: int | None = None
    """Port of the local cluster's REST interface on the loopback address; null: a free one."""
    metrics_port: Annotated[str | None, BeforeValidator(_as_text)] = None
    """Port, or a range such as `9249-9260`, of Flink's Prometheus reporter, on all addresses of the machine;
    null: no reporter.
    """
    flink: Annotated[Mapping[str, str], BeforeValidator(flat_options)] = field(default_factory=dict)
    """Further Flink options, passed on as they are."""

    def __post_init__(self) -> None:
        for name in ("parallelism", "score_batch", "score_wait_ms", "summaries_in_flight"):
            if getattr(self, name) < 1:
                raise SettingError(f"job.{name} must be at least 1")
        if self.parallelism > MAX_PARALLELISM:
            raise SettingError(
                f"job.parallelism is {self.parallelism:,}, and the state is kept in {MAX_PARALLELISM} parts: "
                f"give {MAX_PARALLELISM} at most, and no more than there are cores"
            )
        if self.state_backend not in BACKENDS:
            raise SettingError(f"job.state_backend is {self.state_backend!r}: write {' or '.join(BACKENDS)}")
        for name in ("discover_s", "checkpoint_interval_s"):
            if not SHORTEST_S <= getattr(self, name) <= LONGEST_S:
                raise SettingError(f"job.{name} must lie between {SHORTEST_S:g} and {LONGEST_S} seconds")
        if self.restarts is not None and self.restarts < 0:
            raise SettingError("job.restarts must be at least 0")
        self._check_labels()
        if self.flagged_apart and not self.flagged:
            raise SettingError("job.flagged_apart: job.flagged names no place, so that flagged decisions would be nowhere: set it, too")
        if self.enriched_raw and not self.enriched:
            raise SettingError("job.enriched_raw: job.enriched names no place for events with their raw lines: set it, too")
        self.silent_until_ms  # noqa: B018 - refuses what is no time
        if self.rejected is not None:
            kafka_topic(self.rejected, "job.rejected")
        if not 0 <= self.out_of_order_s <= LONGEST_S:
            raise SettingError(f"job.out_of_order_s must lie between 0 and {LONGEST_S} seconds")
        if self.order not in (ARRIVAL, EVENT_TIME):
            raise SettingError(f"job.order is {self.order!r}: write {ARRIVAL} or {EVENT_TIME}")
        if not 0 <= self.ahead_min <= DAY_S / MINUTE_S:
            raise SettingError("job.ahead_min must lie between 0 and 1440 minutes: what is more than a day ahead is rejected")
        if self.rest_port is not None and not 1 <= self.rest_port <= 65_535:
            raise SettingError("job.rest_port must lie between 1 and 65535; leave it out for a free one")
        if self.metrics_port is not None and not _is_port_range(self.metrics_port):
            raise SettingError("job.metrics_port must be a port or a range such as 9249-9260; leave it out for no metrics reporter")

    def _check_labels(self) -> None:
        for url in self.labels or ():
            if url not in self.sources:
                near = get_close_matches(url, self.sources, n=1)
                mend = f"did you mean {near[0]}?" if near else f"they are {', '.join(self.sources) or 'none yet'}; name it there, too"
                raise SettingError(f"job.labels names {url}, which is not among job.sources: {mend}")
        for name in self.control_keys:
            if not _KEY_NAME.fullmatch(name):
                raise SettingError(f"job.control_keys: {name!r} is no name of a key; write small letters, digits and _, such as ops")
        if len(set(self.control_keys)) < len(self.control_keys):
            raise SettingError("job.control_keys names a key twice")

    @property
    def outputs(self) -> dict[str, str]:
        """Return the URLs to which documents of decisions go, by setting."""
        named = {"job.decisions": self.decisions, "job.enriched": self.enriched, "job.flagged": self.flagged}
        return {setting: url for setting, url in named.items() if url}

    @property
    def silent_until_ms(self) -> int:
        """Return the end of the silence in ms since 1970, 0 if there is none."""
        try:
            return moment_ms(self.silent_until) if self.silent_until is not None else 0
        except ValueError:
            raise SettingError(
                f"job.silent_until is {self.silent_until!r}: write a time such as 2026-01-31T12:00:00Z, or milliseconds since 1970"
            ) from None

    @property
    def lag_s(self) -> float | None:
        """Return how long events wait to be taken in the order of their time; None if they do not wait."""
        return self.out_of_order_s if self.order == EVENT_TIME else None

    @property
    def threads_as_batch(self) -> bool | None:
        """What `schedule_threads` is given."""
        return True if self.batch_scheduling else None


@dataclass(frozen=True)
class ClusterSettings:
    """The standalone cluster of `ringwatch cluster`, on this machine only."""

    folder: str = "run/cluster"
    """Folder of its configuration (made anew at each start), logs, pid files and submitted code."""
    taskmanagers: int = 2
    """Number of TaskManagers, one slot each: as many as the highest parallelism, and one more for each that
    may fail.
    """
    jobmanagers: int = 1
    """Number of JobManagers. With 2, one leads; when it ends, the other takes its jobs up from their last
    checkpoint. A ZooKeeper, which comes with Flink, is started beside them and says which one leads.
    """
    rest_port: int = 8081
    """Port of the REST interface and the web page. Another JobManager has the next one."""
    rpc_port: int = 6123
    """Port by which the processes talk to the JobManager. Another JobManager has the next one."""
    zookeeper_port: int = 2181
    """Port of ZooKeeper, which is started only with more than one JobManager."""
    jobmanager_memory: str = "1024m"
    """Memory of the JobManager's Java process."""
    taskmanager_memory: str = "2g"
    """Memory of each TaskManager's Java process, about half of it heap, where the state lives unless
    `job.state_backend` is `rocksdb`. Python processes that score and summarise take 0.5 GB more.
    """
    managed_memory: str = "256m"
    """Part of `taskmanager_memory` that is no heap: in it RocksDB keeps what it has used last and what it has
    yet to write. More of it is less heap. `ringwatch run` takes it, too. See docs/memory.md.
    """
    savepoint_dir: str = "run/savepoints"
    """Folder of the savepoints."""

    def __post_init__(self) -> None:
        if self.taskmanagers < 1:
            raise SettingError("cluster.taskmanagers must be at least 1")
        if not 1 <= self.jobmanagers <= MOST_JOBMANAGERS:
            raise SettingError(f"cluster.jobmanagers must lie between 1 and {MOST_JOBMANAGERS}")
        for name in ("jobmanager_memory", "taskmanager_memory", "managed_memory"):
            if not _MEMORY.fullmatch(size := getattr(self, name)):
                raise SettingError(f"cluster.{name} is {size!r}: write a whole number and a unit, such as 512m or 2g")
        for name in ("rest_port", "rpc_port", "zookeeper_port"):
            last = 65_535 if name == "zookeeper_port" else 65_536 - self.jobmanagers
            if not 1 <= getattr(self, name) <= last:
                raise SettingError(f"cluster.{name} must lie between 1 and {last}")


@dataclass(frozen=True)
class Settings:
    """Everything that can be configured, section by section."""

    __pydantic_config__: ClassVar[ConfigDict] = ConfigDict(allow_inf_nan=False)

    graph: GraphSettings = field(default_factory=GraphSettings)
    identity: IdentitySettings = field(default_factory=IdentitySettings)
    currency: CurrencySettings = field(default_factory=CurrencySettings)
    model: str = str(PRETRAINED)
    """Folder of the model artifact."""
    policy: PolicySettings = field(default_factory=PolicySettings)
    incidents: IncidentSettings = field(default_factory=IncidentSettings)
    summaries: SummarySettings = field(default_factory=SummarySettings)
    llm: LlmSettings = field(default_factory=LlmSettings)
    redis: RedisSettings = field(default_factory=RedisSettings)
    job: JobSettings = field(default_factory=JobSettings)
    cluster: ClusterSettings = field(default_factory=ClusterSettings)
    kafka: KafkaSettings = field(default_factory=KafkaSettings)
    train: TrainSettings = field(default_factory=TrainSettings)
    retrain: RetrainSettings = field(default_factory=RetrainSettings)
    service: ServiceSettings = field(default_factory=ServiceSettings)
    notify: NotifySettings = field(default_factory=NotifySettings)
    actions: ActionSettings = field(default_factory=ActionSettings)
    lake: LakeSettings = field(default_factory=LakeSettings)

    def __post_init__(self) -> None:
        self.actions.check_way(self.notify.allow_private)


def load(path: Path | None, overrides: Sequence[str] = ()) -> Settings:
    """Read the settings of a YAML file (None: the defaults) and `a.b=c` overrides, each value as YAML."""
    document: dict[str, Any] = {}
    if path is not None:
        try:
            document = yaml.safe_load(path.read_text(encoding="utf-8")) or {}
        except FileNotFoundError:
            raise SettingError(f"{path} does not exist: name the settings file with --config") from None
        except OSError as error:
            raise SettingError(f"{path} cannot be read ({error.strerror}): name the settings file with --config") from None
        except (yaml.YAMLError, ValueError) as error:
            raise SettingError(f"{path} is not readable YAML: {' '.join(str(error).split())}{_quotes(error)}") from None
    if not isinstance(document, dict):
        raise SettingError(f"{path} must hold sections such as graph: and job:")
    for override in overrides:
        _override(document, override)
    _known(document, Settings, "")
    settings = _typed(document)
    _no_secrets(settings)
    return settings


def _quotes(error: Exception) -> str:
    """Return the mend for a URL with `?format=` between brackets, where YAML allows no bare question mark."""
    return "; between [ and ], put a URL with ? into quotes" if "got '?'" in str(error) else ""


def _no_secrets(settings: Settings) -> None:
    """Refuse what would be written to files, in the process list and in the job graph."""
    if settings.llm.api_key:
        raise SettingError(f"llm.api_key: it does not belong into the settings; put it into {LLM_API_KEY} or a file, {LLM_API_KEY}_FILE")
    try:
        address = address_of(settings.redis.url or "")
    except ValueError:  # no address at all, which is said when it is used
        return
    if address.options.get("password") or (address.sentinel_options or {}).get("password"):
        raise SettingError(f"redis.url: a password does not belong into the settings; put the address into {REDIS_URL} or {REDIS_URL}_FILE")


def _override(document: dict[str, Any], override: str) -> None:
    name, equals, text = override.partition("=")
    *sections, last = name.strip().split(".")
    if not equals or not all((*sections, last)):
        raise SettingError(f"--set {override}: write it as section.name=value")
    at = document
    for section in sections:
        if at.get(section) is None:
            at[section] = {}
        at = at[section]
        if not isinstance(at, dict):
            raise SettingError(f"--set {override}: {section} is not a section")
    try:
        value = text if _BRACED.match(text) else yaml.safe_load(text)
    except yaml.YAMLError as error:
        raise SettingError(f"--set {override}: the value is not YAML{_quotes(error)}") from None
    except ValueError:  # a date that does not exist
        value = text
    # `redis.prefix=shop:` would be a mapping to YAML, and `2024-10-21` a date; a mapping is meant only when
    # it is written with braces
    meant = isinstance(value, dict) and text.lstrip().startswith("{")
    at[last] = text if isinstance(value, dict | date) and not meant else value


def _known(document: Mapping[str, Any], kind: type, path: str) -> None:
    """Refuse unknown names before types are looked at, naming the nearest known one."""
    hints = get_type_hints(kind)
    types = {item.name: hints[item.name] for item in fields(kind)}
    for name, value in document.items():
        if name not in types:
            near = get_close_matches(str(name), types, n=1)
            mend = f"did you mean {path}{near[0]}?" if near else f"known are {', '.join(types)}"
            raise SettingError(f"unknown setting {path}{name}: {mend}")
        section = next((part for part in (types[name], *get_args(types[name])) if is_dataclass(part)), None)
        for inner in value if isinstance(value, list) else [value]:
            if isinstance(section, type) and isinstance(inner, dict):
                _known(inner, section, f"{path}{name}.")


def _typed(document: Mapping[str, Any]) -> Settings:
    filled = {name: {} if value is None and name != "model" else value for name, value in document.items()}
    try:
        return _ADAPTER.validate_python(filled)
    except ValidationError as error:
        first = error.errors()[0]
        where = ".".join(str(part) for part in first["loc"])
        message = first["msg"].removeprefix("Value error, ") + ("; put it in quotes" if first["type"] == "string_type" else "")
        raise SettingError(message if message.startswith(where.split(".")[0]) else f"{where}: {message.lower()}") from None


_ADAPTER = TypeAdapter(Settings)
