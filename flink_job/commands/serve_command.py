"""`ringwatch serve`"""

from __future__ import annotations

import argparse
import sys
from contextlib import suppress
from typing import TYPE_CHECKING

from domain.errors import SettingError

if TYPE_CHECKING:
    from flink_job.settings.settings import Settings
    from ops.api.service import Service

EXAMPLE = "ringwatch serve --port 8080"


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument("--only", choices=("web", "worker"), help="the web part or the worker alone (default: both)")
    parser.add_argument("--host", metavar="ADDRESS", help="address to listen on (default: service.host)")
    parser.add_argument("--port", type=int, metavar="N", help="port to listen on (default: service.port)")


def run(args: argparse.Namespace) -> int:
    """Serve until Ctrl-C or SIGTERM and return 0."""
    from flink_job.commands.options import settings_of

    settings = settings_of(args, service__host=args.host, service__port=args.port)
    return _work(settings) if args.only == "worker" else _serve(settings)


def _work(settings: Settings) -> int:
    from flink_job.commands.serve_worker import start_worker

    worker = start_worker(settings, None)
    if worker is None:
        raise SettingError("--only worker: this ringwatch has no worker yet; leave it out")
    worker.run()
    return 0


def _serve(settings: Settings) -> int:
    from flink_job.cluster.interrupt import terminated_as_interrupt
    from ops.api.access_log import log_to
    from ops.api.app import create_app
    from ops.api.server import listener_of, server_of

    service = _service(settings)
    log_to(sys.stderr)
    with suppress(KeyboardInterrupt), terminated_as_interrupt(), listener_of(settings.service) as listener:
        print(_where(settings), flush=True)
        server_of(create_app(service), settings.service).run(sockets=[listener])
    return 0


def _service(settings: Settings) -> Service:
    from domain.rules.names import RuleNames
    from flink_job.commands.serve_fraud_detector import fraud_detector_of, mappings_of
    from flink_job.commands.serve_scoring import scoring_of
    from ops.access.access import Access
    from ops.api.service import Service
    from ops.cases.control_changes import ControlDesk
    from ops.fraud_detector.event_bridge import EventBridge
    from ops.secrets import pseudonyms

    if not settings.service.loopback:
        raise SettingError(
            f"service.host is {settings.service.host}: without users the service listens on this machine only; "
            "leave it out, or add a user first"
        )
    hashed = pseudonyms(settings.identity)
    mappings = mappings_of(settings.service.fraud_detector)
    scoring = scoring_of(settings, opened=EventBridge(mappings).opened)
    detector = fraud_detector_of(settings.service.fraud_detector, mappings, scoring, None)
    control = ControlDesk(RuleNames.of(settings.graph), hashed, settings.service.control)
    return Service(settings.service, None, Access(), scoring, detector, hashed, control)


def _where(settings: Settings) -> str:
    return (
        f"serving at {settings.service.origin} (its API: {settings.service.origin}/docs)\n"
        "there are no users: whoever is on this machine may do everything; nobody else can reach it"
    )
