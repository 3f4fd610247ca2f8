"""`ringwatch desk`"""

from __future__ import annotations

import argparse
import os
import socket
from typing import TYPE_CHECKING

from domain.errors import SettingError

if TYPE_CHECKING:
    from domain.simulator import LiveShop

EXAMPLE = "ringwatch desk --port 8090"
PORT, PORTS = 8080, 20
"""Where the service is, and how many ports from there on are tried where none is asked for."""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    port = f"port of the service on 127.0.0.1 (default: {PORT}, or the next free one)"
    parser.add_argument("--port", type=int, metavar="N", help=port)
    rate = "events of customers a second; attacks come on top (default %(default)g)"
    parser.add_argument("--events-per-s", type=float, metavar="X", default=1.0, help=rate)
    every = "minutes from the begin of an attack to that of the next one, on average (default %(default)g)"
    parser.add_argument("--attack-every-min", type=float, metavar="X", default=10.0, help=every)
    parser.add_argument("--seed", type=int, metavar="N", default=42, help="another seed is another shop (default %(default)s)")


def run(args: argparse.Namespace) -> int:
    """Run the desk until Ctrl-C, SIGTERM or SIGHUP and return 0."""
    shop, port = _shop(args), _free(args.port)
    from flink_job.commands.desk.desk import run_desk
    from flink_job.commands.pipe_console import PipeConsole

    run_desk(args, shop, port, PipeConsole())
    return 0


def _shop(args: argparse.Namespace) -> LiveShop:
    """Return the shop that is asked for; raise `SettingError` that names the option."""
    from domain.simulator import LiveShop
    from domain.times import now_ms

    try:
        return LiveShop(now_ms(), args.seed, args.events_per_s, args.attack_every_min)
    except ValueError as error:
        name, _, fault = str(error).partition(" ")
        raise SettingError(f"--{name.replace('_', '-')} {fault}") from None


def _free(wanted: int | None) -> int:
    """Return the port that is wanted, or the first free one; raise `SettingError` if it is taken."""
    if wanted is not None and not 1 <= wanted <= 65_535:
        raise SettingError(f"--port is {wanted}; give one from 1 to 65535")
    for port in (wanted,) if wanted is not None else range(PORT, PORT + PORTS):
        try:
            socket.create_server(("127.0.0.1", port)).close()
        except OSError as error:
            why = os.strerror(error.errno or 0)
        else:
            return port
    if wanted is None:
        raise SettingError(f"nothing can listen on the ports {PORT} to {PORT + PORTS - 1} ({why}): name a free one with --port")
    raise SettingError(f"--port {wanted}: nothing can listen there ({why}): name another one, or leave it out for a free one")
