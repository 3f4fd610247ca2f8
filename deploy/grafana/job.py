"""The job: does it read, decide and keep up, and what does that cost?"""

from __future__ import annotations

from deploy.grafana.dashboard import Dashboard, Panel, Query
from deploy.grafana.metric import of_flink, of_job, quantile, rate

_LATENCY = of_job("decision_latency_ms_bucket", "le")
_HEAP = of_flink("flink_taskmanager_Status_JVM_Memory_Heap_Used")
_HEAP_MOST = of_flink("flink_taskmanager_Status_JVM_Memory_Heap_Max")
_FAILED = of_flink("flink_jobmanager_job_numberOfFailedCheckpoints")

JOB = Dashboard(
    "job",
    "ringwatch: the job",
    "Does the job read, decide and keep up, and what does that cost?",
    (
        (
            Panel("Events", "Parsed, repeated ones included.", (Query(rate(of_job("events")), "events"),), "reqps", "stat"),
            Panel("Decided within, 99%", "From parsed to decided.", (Query(quantile(0.99, _LATENCY), "p99"),), "ms", "stat", worse_at=2000),
            Panel("Jobs", "One is meant to run.", (Query(f"max({of_flink('flink_jobmanager_numRunningJobs')})", "run"),), kind="stat"),
            Panel(
                "Restarts in an hour",
                "Of the job, by itself.",
                (Query(f"max(increase({of_flink('flink_jobmanager_job_numRestarts')}[1h]))", "restarts"),),
                kind="stat",
                worse_at=1,
            ),
        ),
        (
            Panel(
                "Read and rejected",
                "Lines a second. What is rejected says why in the stream `rejected`.",
                (
                    Query(rate(of_job("events")), "events"),
                    Query(rate(of_job("labels")), "labels"),
                    Query(rate(of_job("rejected")), "rejected"),
                    Query(rate(of_job("duplicates"), where='operator_name=~".*account.*"'), "dropped as repeated"),
                ),
                "reqps",
            ),
            Panel(
                "From parsed to decided",
                "Micro-batch included.",
                tuple(Query(quantile(share, _LATENCY), f"p{100 * share:g}") for share in (0.5, 0.95, 0.99)),
                "ms",
                worse_at=2000,
            ),
        ),
        (
            Panel(
                "Behind the source",
                "Entries of Redis streams that wait, and what those read last had waited.",
                (Query(f"sum({of_job('redis_lag')})", "entries that wait"), Query(f"max({of_job('redis_wait_ms')})", "ms waited")),
            ),
            Panel(
                "Waits to be written",
                "Alerts and rejected lines in the job's state while Redis is away; at redis.alert_backlog the job waits.",
                (Query(f"sum({of_job('redis_backlog')})", "entries"),),
            ),
            Panel(
                "Behind event time",
                "Of the parser's watermark; far off while history is read.",
                (Query(f"max(time() - {of_job('currentOutputWatermark')} / 1000 < 1e9)", "lag"),),
                "s",
                worse_at=60,
            ),
        ),
        (
            Panel(
                "Busy and waiting tasks",
                "Which task is the narrow one: busy without being held up by the next.",
                (
                    Query(f"max by (task_name) ({of_flink('flink_taskmanager_job_task_busyTimeMsPerSecond')})", "{{task_name}} busy"),
                    Query(
                        f"max by (task_name) ({of_flink('flink_taskmanager_job_task_backPressuredTimeMsPerSecond')})",
                        "{{task_name}} held up",
                    ),
                ),
                "ms",
            ),
            Panel(
                "Cost of an event in the worker",
                "Features, model, reasons and documents.",
                (Query(f"{rate(of_job('score_busy_us'))} / {rate(of_job('score_count'))}", "µs"),),
                "µs",
            ),
        ),
        (
            Panel(
                "Checkpoints",
                "How long the last one took; above the interval they follow each other.",
                (Query(f"max({of_flink('flink_jobmanager_job_lastCheckpointDuration')})", "last"),),
                "ms",
                worse_at=10_000,
            ),
            Panel(
                "Size of a checkpoint",
                "The state: some 700 bytes an entity.",
                (Query(f"max({of_flink('flink_jobmanager_job_lastCheckpointSize')})", "last"),),
                "bytes",
            ),
            Panel(
                "Failed checkpoints in an hour",
                "Ten in a row end the attempt.",
                (Query(f"max(increase({_FAILED}[1h]))", "failed"),),
                worse_at=1,
            ),
        ),
        (
            Panel(
                "Heap of the TaskManagers",
                "Share of what it may be. The state lives here.",
                (Query(f"{_HEAP} / {_HEAP_MOST}", "{{tm_id}}"),),
                "percentunit",
                worse_at=0.9,
            ),
            Panel(
                "Processor of the TaskManagers",
                "Share of the cores, Java's process alone.",
                (Query(of_flink("flink_taskmanager_Status_JVM_CPU_Load"), "{{tm_id}}"),),
                "percentunit",
            ),
            Panel(
                "Waiting for Redis",
                "How long the write in hand has waited; nothing is lost meanwhile.",
                (Query(f"max({of_job('redis_waiting_s')})", "waits"),),
                "s",
                worse_at=30,
            ),
        ),
    ),
)
