"""`ringwatch cluster`"""

from __future__ import annotations

import argparse
import sys
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING

from flink_job.commands import run_command
from flink_job.commands.actions import Action, action_parsers

if TYPE_CHECKING:
    from flink_job.cluster.standalone import Cluster
    from flink_job.settings.settings import Settings

EXAMPLE = "ringwatch cluster submit --source file:incoming --decisions file:decisions"


@dataclass(frozen=True)
class ClusterAction(Action):
    """One action of `ringwatch cluster`, and whether its help lists the options of `run`."""

    shows_run_options: bool = False


ACTIONS = {
    "start": ClusterAction(
        "start a JobManager and the TaskManagers",
        "Starts a JobManager and cluster.taskmanagers TaskManagers, and returns when they are ready. They take "
        "their secrets from this command's environment. Where a part of the cluster runs, starts what has ended. With "
        "cluster.jobmanagers=2, another JobManager takes up the jobs of one that ends.",
        "ringwatch cluster start --config config.yaml",
    ),
    "submit": ClusterAction(
        "hand the job to the cluster",
        "Hands the job to the cluster with flink run, and returns when all its tasks have run for some seconds. "
        "The options are those of ringwatch run.",
        EXAMPLE,
        shows_run_options=True,
    ),
    "status": ClusterAction(
        "show processes, jobs, their last checkpoints and failures",
        "Shows the cluster's processes, its jobs, where their last checkpoints are and why they failed last.",
        "ringwatch cluster status",
    ),
    "stop-job": ClusterAction(
        "stop the job with a savepoint and print where it is",
        "Stops the job with a savepoint, as flink stop -p does, and prints where the savepoint is. To go on from "
        "there:\n  ringwatch cluster submit ... --from THERE\nor, with the same job.checkpoint_dir, --resume.",
        "ringwatch cluster stop-job",
    ),
    "cancel-job": ClusterAction(
        "end the job at once; its last checkpoint stays",
        "Ends the job at once, without a savepoint. Its last checkpoint stays; ringwatch cluster status shows where.",
        "ringwatch cluster cancel-job --job 6f2a...",
    ),
    "stop": ClusterAction(
        "end all processes of the cluster",
        "Ends all processes of the cluster. A job that runs ends without a savepoint: run stop-job first.",
        "ringwatch cluster stop",
    ),
}


def add_arguments(parser: argparse.ArgumentParser) -> None:
    for name, own in action_parsers(parser, ACTIONS):
        which = "which job, if several run" if name in ("stop-job", "cancel-job") else argparse.SUPPRESS
        own.add_argument("--job", metavar="ID", help=which)
        # Each action takes the same words, so that make cluster, submit and stop-job may share ARGS.
        run_command.add_arguments(own, hidden=not ACTIONS[name].shows_run_options)


def run(args: argparse.Namespace) -> int:
    from flink_job.cluster.standalone import Cluster
    from flink_job.commands.live_line import waiting_for

    settings = run_command.job_settings(args)
    cluster = Cluster(settings)
    if args.action == "start":
        with waiting_for("the JobManager and the TaskManagers to start"):
            started = cluster.start()
        print(f"Flink is ready at {cluster.rest.url} with {settings.cluster.taskmanagers} TaskManagers; logs in {cluster.logs}")
        if started != cluster.names():
            print(f"started again: {', '.join(started)}")
    elif args.action == "stop":
        with waiting_for("the cluster's processes to end"):
            ended = cluster.stop()
        print(f"ended: {', '.join(ended) or 'nothing ran'}")
    elif args.action == "status":
        _status(cluster)
    elif args.action == "submit":
        _submit(cluster, settings, args)
    elif args.action == "stop-job":
        job = cluster.only_job(args.job)
        with waiting_for("the savepoint"):
            savepoint, is_noted = cluster.stop_job(job)
        if not is_noted:
            print("note: the folder of its checkpoints is not here, so --resume does not know of this: go on with --from", file=sys.stderr)
        print(savepoint)
    else:
        job = cluster.only_job(args.job)
        cluster.rest.cancel(job)
        print(f"cancelled {job}")
    return 0


def _submit(cluster: Cluster, settings: Settings, args: argparse.Namespace) -> None:
    from flink_job.cluster.check import require
    from flink_job.cluster.run_lock import locked_folders, note_job
    from flink_job.cluster.submission import submit
    from flink_job.commands.live_line import waiting_for
    from flink_job.connectors.kafka_topics import check_resumption, topics
    from flink_job.settings.flink_options import restore_path
    from ops.secrets import require_pseudonym_key

    require_pseudonym_key()
    restore_path(settings)
    check_resumption(settings)
    with waiting_for("settings, model and Redis to be checked"):
        of_kafka = require(settings)
        if topics(settings):
            cluster.check_connector()
    with locked_folders(settings.job):
        for said in (*run_command.notes_before(settings), *of_kafka):
            print(f"note: {said}", file=sys.stderr)
        with waiting_for("the job's tasks to start, about half a minute"):
            words, note = run_command.words(args), partial(note_job, settings.job, cluster.rest)
            job = submit(cluster, words, settings.job.parallelism, note)
    print(f"job {job} runs; see it at {cluster.rest.url}/#/job/{job}")


def _status(cluster: Cluster) -> None:
    from flink_job.cluster.rest import failure_words

    for name, pid in cluster.pids().items():
        print(f"{name}: process {pid}")
    for job in cluster.rest.jobs():
        checkpoint = cluster.rest.last_checkpoint(job["jid"]) or {}
        print(f"job {job['jid']}: {job['state']}, last checkpoint {checkpoint.get('external_path', 'none')}")
        if failure := cluster.rest.failure(job["jid"]):
            print(f"  last failure: {failure_words(failure)}; logs in {cluster.logs}")
