"""`ringwatch serve`"""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from flink_job.settings.settings import Settings

EXAMPLE = "ringwatch serve --port 8080"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--only", choices=("web", "worker"), help="the web part or the worker alone (default: both)")
    parser.add_argument("--host", metavar="ADDRESS", help="address to listen on (default: service.host)")
    parser.add_argument("--port", type=int, metavar="N", help="port to listen on (default: service.port)")


def say(words: str) -> None:
    """Log why the command ends, as JSON like all lines of its log."""
    import structlog

    from ops.api.json_log import log_json

    log_json()
    structlog.get_logger("ringwatch.serve").error(words)


def run(args: argparse.Namespace) -> int:
    """Serve until Ctrl-C or SIGTERM and return 0."""
    from contextlib import nullcontext

    from flink_job.commands.options import settings_of
    from flink_job.commands.serve_process import settings_words
    from ops.api.json_log import log_json
    from ops.secrets import require_pseudonym_key

    log_json()
    require_pseudonym_key()
    settings = settings_of(args, service__host=args.host, service__port=args.port)
    if args.only == "worker":
        _work(settings, settings_words(args))
        return 0
    from flink_job.commands.serve_checks import check_worker
    from flink_job.commands.serve_process import WorkerProcess, ended_with_parent
    from flink_job.commands.serve_web import serve

    if args.only is None:
        check_worker(settings)
    with ended_with_parent():
        serve(settings, WorkerProcess(args) if args.only is None else nullcontext(lambda: None), settings_words(args))
    return 0


def _work(settings: Settings, words: Sequence[str]) -> None:
    """Run the worker until Ctrl-C or SIGTERM, and let it end what it has begun."""
    from concurrent.futures import ThreadPoolExecutor

    from flink_job.cluster.interrupt import terminated_as_interrupt
    from flink_job.commands.opened_store import opened_store
    from flink_job.commands.serve_actions import acting
    from flink_job.commands.serve_archive import archiving
    from flink_job.commands.serve_digest import digesting
    from flink_job.commands.serve_notify import notifying
    from flink_job.commands.serve_process import ended_with_parent
    from flink_job.commands.serve_retrain import retraining
    from flink_job.commands.serve_worker import worker_of

    with (
        terminated_as_interrupt(),
        opened_store(settings) as store,
        notifying(settings, store),
        digesting(settings, store),
        acting(settings, store) as acts,
        archiving(settings),
        retraining(settings, store, words),
        ThreadPoolExecutor(1, "worker") as pool,
    ):
        worker = worker_of(settings, store, acts)
        working = pool.submit(worker.run)
        try:
            with ended_with_parent():
                working.result()
        except KeyboardInterrupt:
            worker.stop()
        working.result()
