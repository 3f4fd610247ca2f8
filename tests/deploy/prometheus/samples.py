"""What provokes each alert: series in promtool's words, and when the alert is to be there."""

from __future__ import annotations

from dataclasses import dataclass

from deploy.grafana.metric import of_flink, of_job


@dataclass(frozen=True)
class Provoked:
    """Series, when the alert fires, its labels besides the rule's, and the time between samples."""

    series: dict[str, str]
    at: str
    labels: tuple[tuple[str, str], ...] = ()
    every: str = "1m"


def _rising(metric: str, labels: str = "", calm: int = 5, more: int = 120) -> dict[str, str]:
    """A counter that stays at 0 for some minutes and then rises by one a minute."""
    return {f"{metric}{labels}": f"0x{calm} 1+1x{more}"}


_DECISION = of_job("decisions", "decision")
_JUDGED = of_job("labels_judged", "outcome")
_BUCKET = of_job("decision_latency_ms_bucket", "le")

PROVOKED = {
    "RingwatchNoEvents": Provoked({of_job("events"): "100x60"}, "30m"),
    "RingwatchManyRejected": Provoked({of_job("events"): "0+600x60", of_job("rejected"): "0+60x60"}, "30m"),
    "RingwatchTimesReplaced": Provoked({f'{of_job("times_replaced", "why")}{{why="late"}}': "0+2x120", of_job("events"): "0+100x120"},
                                       "1h30m", (("why", "late"),)),
    "RingwatchRecordsMissing": Provoked(_rising(of_job("positions_gone")), "10m"),
    "RingwatchSlowDecisions": Provoked({f'{_BUCKET}{{le="2000"}}': "0+10x60", f'{_BUCKET}{{le="5000"}}': "0+600x60",
                                        f'{_BUCKET}{{le="+Inf"}}': "0+600x60"}, "30m"),
    "RingwatchBlocksUnusuallyMuch": Provoked({f'{_DECISION}{{decision="block"}}': "0+15x96 1440+900x104"}, "42h", every="15m"),
    "RingwatchRedisAway": Provoked({of_job("redis_waiting_s"): "31x10"}, "5m"),
    "RingwatchRejectedDropped": Provoked(_rising(of_job("rejected_dropped")), "10m"),
    "RingwatchUnreadDropped": Provoked(_rising(of_job("redis_dropped_unread")), "10m"),
    "RingwatchCircuitOpen": Provoked({of_job("llm_circuit_open"): "1x60"}, "20m"),
    "RingwatchBudgetUsedUp": Provoked(_rising(of_job("llm_fallbacks", "reason"), '{reason="budget"}'), "10m"),
    "RingwatchModelNotLoaded": Provoked(_rising(of_job("model_load_failures")), "10m"),
    "RingwatchModelRefused": Provoked(_rising(of_job("models_refused")), "10m"),
    "RingwatchShadowNotLoaded": Provoked(_rising(of_job("shadow_load_failures")), "10m"),
    "RingwatchScoreDrifted": Provoked({of_job("score_psi_milli"): "300x120"}, "26h", every="15m"),
    "RingwatchLakeBehind": Provoked({'ringwatch_lake_behind_seconds{table="decisions"}': "601x60"}, "10m", (("table", "decisions"),)),
    "RingwatchLakeWaits": Provoked({'ringwatch_lake_waiting{table="decisions"}': "1x60"}, "10m", (("table", "decisions"),)),
    "RingwatchArchiverGone": Provoked({'ringwatch_lake_rows_total{table="decisions"}': "5x10"}, "24m"),
    "RingwatchAlarmsImprecise": Provoked(
        {f'{_JUDGED}{{outcome="true_alarm"}}': "0+1x600", f'{_JUDGED}{{outcome="false_alarm"}}': "0+9x600",
         of_job("card_precision_milli"): "800x600"}, "5h"),
    "RingwatchBlocksLeftUndone": Provoked({"ringwatch_actions_hour_undone_blocks": "1x10"}, "5m"),
    "RingwatchRetrainFailed": Provoked({'ringwatch_retrain_ended_timestamp_seconds{outcome="failed"}': "2000x60",
                                        'ringwatch_retrain_ended_timestamp_seconds{outcome="tried"}': "1000x60"}, "5m"),
    "RingwatchRetrainOverdue": Provoked({'ringwatch_retrain_ended_timestamp_seconds{outcome="tried"}': "0x120",
                                         "ringwatch_retrain_every_seconds": "600x120"}, "1h"),
    "RingwatchJobRestarts": Provoked(_rising(of_flink("flink_jobmanager_job_numRestarts")), "12m"),
    "RingwatchNoJob": Provoked({of_flink("flink_jobmanager_numRunningJobs"): "0x60"}, "5m"),
    "RingwatchCheckpointsFail": Provoked(_rising(of_flink("flink_jobmanager_job_numberOfFailedCheckpoints")), "12m"),
    "RingwatchHeapNearlyFull": Provoked({of_flink("flink_taskmanager_Status_JVM_Memory_Heap_Used"): "900x60",
                                         of_flink("flink_taskmanager_Status_JVM_Memory_Heap_Max"): "1000x60"}, "15m"),
    "RingwatchServiceAway": Provoked({'up{job="ringwatch-service"}': "0x60"}, "5m"),
    "RingwatchServiceErrors": Provoked({'ringwatch_http_request_seconds_count{status="200"}': "0+90x60",
                                        'ringwatch_http_request_seconds_count{status="500"}': "0+10x60"}, "20m"),
    "RingwatchScoresFallBack": Provoked({'ringwatch_score_fallbacks_total{reason="late"}': "0+10x60",
                                         'ringwatch_score_wait_seconds_count{outcome="decision"}': "0+90x60"}, "20m"),
    "RingwatchStoreBehind": Provoked({"ringwatch_store_lag_seconds": "121x60"}, "10m"),
}  # fmt: skip
