"""`ringwatch cluster`"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from flink_job.commands import run_command

if TYPE_CHECKING:
    from flink_job.cluster.standalone import Cluster
    from flink_job.settings.settings import Settings

EXAMPLE = "ringwatch cluster submit --source file:incoming --decisions file:decisions --parallelism 2"
ACTIONS = {
    "start": "a JobManager and cluster.taskmanagers TaskManagers; they take their secrets from this command's environment",
    "submit": "hand the job to the cluster with flink run; the options are those of ringwatch run",
    "status": "processes, jobs and their last checkpoints",
    "stop-job": "stop the job with a savepoint, as flink stop -p does, and print where it is; go on with submit ... --from THERE",
    "cancel-job": "end the job at once; its last checkpoint stays",
    "stop": "end all processes of the cluster",
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.epilog = f"actions:\n{''.join(f'  {name:11} {text}' + chr(10) for name, text in ACTIONS.items())}\n{parser.epilog}"
    parser.add_argument("action", choices=ACTIONS, metavar="ACTION", help=", ".join(ACTIONS))
    parser.add_argument("--job", metavar="ID", help="stop-job, cancel-job: which one, if several run")
    run_command.add_arguments(parser)


def run(args: argparse.Namespace) -> int:
    from flink_job.cluster.standalone import Cluster

    settings = run_command.job_settings(args)
    cluster = Cluster(settings)
    if args.action == "start":
        cluster.start()
        print(f"Flink is ready at {cluster.rest.url} with {settings.cluster.taskmanagers} TaskManagers; logs in {cluster.logs}")
    elif args.action == "stop":
        print(f"ended: {', '.join(cluster.stop()) or 'nothing ran'}")
    elif args.action == "status":
        _status(cluster)
    elif args.action == "submit":
        _submit(cluster, settings, args)
    elif args.action == "stop-job":
        job = cluster.only_job(args.job)
        print(cluster.rest.stop(job, cluster.savepoints))
    else:
        job = cluster.only_job(args.job)
        cluster.rest.cancel(job)
        print(f"cancelled {job}")
    return 0


def _submit(cluster: Cluster, settings: Settings, args: argparse.Namespace) -> None:
    from flink_job.cluster.check import require
    from flink_job.cluster.submission import submit
    from flink_job.connectors.kafka_topics import check_resumption, topics
    from flink_job.settings.flink_options import restore_path

    restore_path(settings)
    check_resumption(settings)
    require(settings)
    if topics(settings):
        cluster.check_connector()
    job = submit(cluster, run_command.words(args), settings.job.parallelism)
    print(f"job {job} runs; see it at {cluster.rest.url}/#/job/{job}")


def _status(cluster: Cluster) -> None:
    for name, pid in cluster.pids().items():
        print(f"{name}: process {pid}")
    for job in cluster.rest.jobs():
        checkpoint = cluster.rest.last_checkpoint(job["jid"]) or {}
        print(f"job {job['jid']}: {job['state']}, last checkpoint {checkpoint.get('external_path', 'none')}")
