"""The real job while it runs: another model without a stop, its metrics over HTTP, and its secrets nowhere
to be seen.
"""

from __future__ import annotations

import json
import re
import shutil
import urllib.request
from collections import defaultdict
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pytest
import redis

from domain.simulator import SimulatorSettings, simulate
from flink_job.settings.metrics_reporter import METRICS, OF_AN_ORDER, OF_RAW_LINES, OF_REDIS_STREAMS, OF_RULES
from flink_job.settings.settings import PRETRAINED
from gnn.artifact.artifact import read_card
from ops.free_ports import free_port
from tests.support.job_process import JobProcess, wait_for

pytestmark = [pytest.mark.flink, pytest.mark.cluster, pytest.mark.timeout(500)]

CANARIES = {name: f"canary-{name}-9f31" for name in ("pseudonyms", "redis", "llm")}
OLD, NEW = read_card(PRETRAINED).model_id, "combined-new"
DOCUMENT = re.compile(r'^(?:\d+> )?(\{"event_id":.*\})$', re.MULTILINE)
"""A printed decision; with several subtasks Flink puts the subtask's number in front."""


@dataclass
class Story:
    """What was seen of one job that was given three control records."""

    decided: list[list[dict[str, Any]]] = field(default_factory=list)
    """Decisions of each file of events."""
    metrics: dict[str, dict[str, float]] = field(default_factory=dict)
    """Value by labels by metric."""
    rejected: list[dict[str, Any]] = field(default_factory=list)
    published: dict[str, str] = field(default_factory=dict)
    """All that somebody could read: answers of the REST interface, logs, output, metrics."""
    listening: str = ""


def scraped(port: int) -> dict[str, dict[str, float]]:
    found: dict[str, dict[str, float]] = defaultdict(dict)
    try:
        text = _read(f"http://127.0.0.1:{port}/metrics")
    except OSError:
        return found
    for name, labels, value in re.findall(r"^flink_taskmanager_job_task_operator_(\w+)\{(.*)\} (\S+)$", text, re.MULTILINE):
        found[name][labels] = float(value)
    return found


def all_names(port: int) -> set[str]:
    """The metrics that a process tells of; none where nobody answers."""
    try:
        return set(re.findall(r"^(flink_\w+)", _read(f"http://127.0.0.1:{port}/metrics"), re.MULTILINE))
    except OSError:
        return set()


def _read(address: str) -> str:
    with urllib.request.urlopen(address, timeout=10) as answer:
        return str(answer.read().decode(errors="replace"))


def _rest(port: int) -> dict[str, str]:
    """What the web interface shows."""
    base = f"http://127.0.0.1:{port}"
    job = json.loads(_read(f"{base}/jobs"))["jobs"][0]["id"]
    manager = json.loads(_read(f"{base}/taskmanagers"))["taskmanagers"][0]["id"]
    paths = [f"/jobs/{job}", *(f"/jobs/{job}/{name}" for name in ("config", "plan", "exceptions", "checkpoints/config"))]
    paths += ["/config", "/jobmanager/config", "/jobmanager/environment", f"/taskmanagers/{manager}"]
    return {path: _read(f"{base}{path}") for path in paths}


def _model(folder: Path, model_id: str) -> Path:
    """The default model under another name."""
    shutil.copytree(PRETRAINED, folder)
    card = json.loads((folder / "card.json").read_text())
    (folder / "card.json").write_text(json.dumps({**card, "model_id": model_id}))
    return folder


def _listening(port: int) -> str:
    """Local addresses, in the kernel's hexadecimal words, on which something listens at the port."""
    tables = [path for path in (Path("/proc/net/tcp"), Path("/proc/net/tcp6")) if path.exists()]
    rows = [line.split() for path in tables for line in path.read_text().splitlines()[1:]]
    return " ".join(row[1].rpartition(":")[0] for row in rows if row[3] == "0A" and int(row[1].rpartition(":")[2], 16) == port)


class Theatre:
    """The job and the folders that it watches."""

    def __init__(self, folder: Path, redis_url: str, client: redis.Redis, prefix: str = "control:", **further: Any) -> None:
        client.acl_setuser(
            "ringwatch", enabled=True, reset=True, passwords=[f"+{CANARIES['redis']}"], keys=["*"], channels=["*"], categories=["+@all"]
        )
        secret = folder / "redis-url"
        secret.write_text(redis_url.replace("redis://", f"redis://ringwatch:{CANARIES['redis']}@") + "\n")
        self.client, self.source, self.control = client, folder / "source", folder / "control"
        for made in (self.source, self.control):
            made.mkdir()
        self.rest, self.prometheus = free_port(), free_port()
        options = {
            "job.discover_s": 0.5, "job.checkpoint_interval_s": 1, "job.rest_port": self.rest, "job.metrics_port": self.prometheus,
            "job.control": f"file:{self.control}", "policy.investigate_at": 0.1, "incidents.first_summary_alerts": 1,
            "incidents.lone_score": 0.1, "incidents.first_summary_s": 1, "llm.base_url": "http://127.0.0.1:9/v1", "llm.failures_to_open": 1,
            **{name.replace("__", "."): value for name, value in further.items()},
        }  # fmt: skip
        words = [word for name, value in options.items() for word in ("--set", f"{name}={value}")]
        secrets = {
            "RINGWATCH_PSEUDONYM_KEY": CANARIES["pseudonyms"],
            "RINGWATCH_LLM_API_KEY": CANARIES["llm"],
            "RINGWATCH_REDIS_URL_FILE": str(secret),
        }
        self.job = JobProcess(folder / "job", self.source, redis_url, prefix, (*words, "--decisions", "print:"), secrets)
        documents = simulate(SimulatorSettings(events=1200, seed=21, fraud_share=0.15)).documents()
        self._lines = [json.dumps(document) for document in documents]
        self._files = self._records = 0

    @contextmanager
    def running(self, *options: str) -> Iterator[None]:
        """The job runs, and is killed in the end."""
        self._process = self.job.start(*options)
        try:
            yield
        finally:
            self.job.kill(self._process)

    def wait(self, condition: Callable[[], bool], what: str) -> None:
        """Waits, for as long as the job runs."""
        wait_for(lambda: self._process.poll() is not None or condition(), what)
        assert self._process.poll() is None, f"the job ended before {what}:\n{self.job.output()[-1500:]}"

    def feed(self, *broken: str) -> list[str]:
        """Put the next lines into the source; returns the ids of their events."""
        lines = self._lines[self._files * 300 : self._files * 300 + 300]
        self._files += 1
        self._put(self.source, f"{self._files}.jsonl", "".join(f"{line}\n" for line in (*lines, *broken)))
        documents = map(json.loads, lines)
        return [document["event_id"] for document in documents if document["event_type"] != "label"]

    def tell(self, record: str) -> None:
        """Put a control record into its folder."""
        self._records += 1
        self._put(self.control, f"{self._records}.jsonl", record + "\n")

    @staticmethod
    def _put(folder: Path, name: str, text: str) -> None:
        (folder / f".{name}").write_text(text)
        (folder / f".{name}").rename(folder / name)

    def decided(self, ids: list[str]) -> list[dict[str, Any]]:
        """Waits for the decisions on the events."""
        wanted, found = set(ids), {}

        def all_there() -> bool:
            text = (self.job.folder / "output.txt").read_text(errors="replace")
            found.update({document["event_id"]: document for document in map(json.loads, DOCUMENT.findall(text))})
            return wanted <= found.keys()

        self.wait(all_there, "decisions")
        return [found[event_id] for event_id in ids]

    def checkpoints(self) -> int:
        numbers = [int(path.parent.name.removeprefix("chk-")) for path in self.job.checkpoints.glob("*/chk-*/_metadata")]
        return max(numbers, default=0)


@pytest.fixture(scope="module")
def story(redis_url: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Story]:
    folder = tmp_path_factory.mktemp("control")
    story = Story()
    with redis.Redis.from_url(redis_url, decode_responses=True) as client:
        stage = Theatre(folder, redis_url, client)
        with stage.running():
            _first_act(stage, story, folder)
        story.rejected = stage.job.stream(client, "rejected")
        client.acl_deluser("ringwatch")
    logs = [stage.job.folder / "output.txt", *(stage.job.folder / "logs").rglob("*")]
    story.published |= {path.name: path.read_text(errors="replace") for path in logs if path.is_file()}
    yield story


def _first_act(stage: Theatre, story: Story, folder: Path) -> None:
    client = stage.client
    story.decided.append(stage.decided(stage.feed('{"event_id": "x", "event_type": "order"}', "{")))
    damaged = _model(folder / "damaged", "combined-damaged")
    (damaged / "weights.safetensors").write_bytes(b"nothing")
    stage.tell(json.dumps({"control": "model", "path": str(damaged)}))
    stage.tell('{"control": "stop"}')
    stage.wait(lambda: client.xlen("control:rejected") == 4, "the refusals")
    story.decided.append(stage.decided(stage.feed()))
    stage.tell(json.dumps({"control": "model", "path": str(_model(folder / "new", NEW))}))
    stage.wait(lambda: sum(scraped(stage.prometheus)["model_swaps"].values()) == 1, "the swap")
    story.decided.append(stage.decided(stage.feed()))
    stage.wait(lambda: sum(scraped(stage.prometheus)["writer_summaries"].values()) > 2, "summaries")
    flagged = sum(document["decision"] != "approve" for part in story.decided for document in part)
    stage.wait(lambda: sum(scraped(stage.prometheus)["alerts"].values()) >= flagged, "the alerts")

    def no_summary_is_being_written() -> bool:
        """A fallback is counted before the template writes, and what it wrote after."""
        story.metrics = scraped(stage.prometheus)
        return sum(story.metrics["writer_summaries"].values()) == sum(story.metrics["reason_llm_fallbacks"].values())

    stage.wait(no_summary_is_being_written, "the summaries that were begun")
    story.published |= _rest(stage.rest) | {"metrics": _read(f"http://127.0.0.1:{stage.prometheus}/metrics")}
    story.listening = _listening(stage.rest)


def models(decided: list[dict[str, Any]]) -> set[str]:
    return {document["model"] for document in decided}


def test_another_model_takes_over_without_a_stop(story: Story) -> None:
    """`test_control_records.py` kills the job after that."""
    assert all(story.decided)
    assert [models(decided) for decided in story.decided] == [{OLD}, {OLD}, {NEW}]


def test_what_cannot_take_over_is_rejected_with_the_reason(story: Story) -> None:
    reasons = [entry["json"]["reason"] for entry in story.rejected]
    assert any(reason.startswith("path: ") and "is not the file its card describes" in reason for reason in reasons)
    assert any(reason.startswith("control: unknown control record") for reason in reasons)
    assert sum(story.metrics["models_refused"].values()) == 2
    assert sum(story.metrics["models_admitted"].values()) == 1


@pytest.mark.parametrize(
    "metric",
    [one for one in METRICS if one.name not in {*OF_AN_ORDER, *OF_RAW_LINES, *OF_REDIS_STREAMS, *OF_RULES}],
    ids=lambda metric: metric.name,
)
def test_each_metric_is_there(story: Story, metric: Any) -> None:
    found = story.metrics.get(metric.exported)
    assert found, f"flink_taskmanager_job_task_operator_{metric.exported} is not exported"
    assert metric.label is None or all(f'{metric.label}="' in labels for labels in found)


def test_metrics_count_what_happened(story: Story) -> None:
    def total(name: str, *labels: str) -> float:
        return sum(value for found, value in story.metrics[name].items() if all(label in found for label in labels))

    decided = [document for part in story.decided for document in part]
    assert total("events") == total("score_count") == len(decided)
    assert total("events") + total("labels") == 900
    for kind in ("approve", "investigate", "block"):
        assert total("decision_decisions", f'decision="{kind}"') == sum(document["decision"] == kind for document in decided)
    assert total("le_score_bucket", 'le="0.1"') == sum(document["score"] <= 0.1 for document in decided)
    assert total("alerts") == sum(document["decision"] != "approve" for document in decided)
    assert (total("rejected"), total("field_rejected", 'field="line"'), total("field_rejected")) == (2, 1, 2)
    assert total("llm_circuit_open") == 1
    assert total("llm_calls") == 0  # the endpoint is not there: no call reaches it
    assert total("reason_llm_fallbacks", 'reason="endpoint"') >= 1
    assert total("writer_summaries", 'writer="template"') == total("reason_llm_fallbacks") > 2
    assert 0 < total("decision_latency_ms_sum") / total("decision_latency_ms_count") < 120_000
    assert total("reached_samples", 'operator_name="account stage"') > 0


def test_no_secret_is_shown_anywhere(story: Story) -> None:
    assert len(story.published) > 10
    for place, text in story.published.items():
        shown = [name for name, canary in CANARIES.items() if canary in text]
        assert not shown, f"{place} shows the secrets {shown}"


def test_the_web_interface_listens_on_the_loopback_address_only(story: Story) -> None:
    assert set(story.listening.split()) <= {"0100007F", "0000000000000000FFFF00000100007F"}
    assert story.listening
