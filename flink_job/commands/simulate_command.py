"""`ringwatch simulate`"""

from __future__ import annotations

import argparse
from pathlib import Path

from domain.errors import SettingError
from flink_job.commands.command_files import CommandFiles

EXAMPLE = "ringwatch simulate --events 100000 --seed 7 --out simulated"
BEGIN = "2026-03-02"
FILES = CommandFiles(folders=("out",))


def add_arguments(parser: argparse.ArgumentParser) -> None:
    parser.add_argument(
        "--events", type=whole_number, default=100_000, help="events without labels (default %(default)s); labels come on top"
    )
    parser.add_argument("--seed", type=int, default=1, help="the same seed gives the same bytes (default %(default)s)")
    parser.add_argument("--days", type=float, help="span of the traffic (default: 30)")
    parser.add_argument(
        "--from",
        dest="begin",
        metavar="DATE",
        default=BEGIN,
        help="first day of the traffic (default %(default)s: after the days that the model of this release was trained on)",
    )
    parser.add_argument(
        "--wave",
        nargs=4,
        action="append",
        default=[],
        metavar=("KIND", "DATE", "EVENTS", "HOURS"),
        help="a wave of abuse by accounts that share nothing, on top of the events, such as refund_wave 2026-03-20T10:00:00Z 40 3;"
        " KIND is refund_wave, signup_wave or card_testing_wave; may be given again",
    )
    parser.add_argument(
        "--sale",
        nargs=3,
        action="append",
        default=[],
        metavar=("DATE", "HOURS", "TIMES"),
        help="hours of a sale in which TIMES as many customers come, such as 2026-03-20T09:00:00Z 36 4; may be given again",
    )
    parser.add_argument(
        "--kiosks", type=float, default=0.03, metavar="SHARE",
        help="share of the customers that use public terminals (default %(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--evasive", type=float, default=0.0, metavar="SHARE",
        help="share of the rings that hide, change or dilute what they share, 0 to 1 (default %(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--diluted", type=float, default=0.0, metavar="SHARE",
        help="share of the other rings that have strangers log in from what they share (default %(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--aged", type=float, default=0.0, metavar="SHARE",
        help="share of the rest that log in with what they use up to 8 days before (default %(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--bust-outs", type=float, default=0.0, metavar="SHARE",
        help="frauds of accounts that first buy little and pay, then order dearly, on top, as a share of the rings' (default %(default)s)",
    )  # fmt: skip
    parser.add_argument(
        "--label-noise", type=float, default=0.0, metavar="SHARE",
        help="share of the frauds that are cleared by mistake; a fiftieth of it of all else is called fraud (default %(default)s)",
    )  # fmt: skip
    parser.add_argument("--out", type=Path, required=True, metavar="DIR", help="folder for events.jsonl and truth.parquet")


def whole_number(text: str) -> int:
    """Return `20000`, `20_000` or `2e4` as a number."""
    try:
        return int(text)
    except ValueError:
        number = float(text)
    if not number.is_integer():
        raise ValueError
    return int(number)


whole_number.__name__ = "whole number"  # argparse names it where a text is none


def run(args: argparse.Namespace) -> int:
    from domain.simulator import Sale, SimulatedWave
    from flink_job.commands.times import option_ms
    from gnn.history.simulated_files import write_simulation

    waves = [
        SimulatedWave(kind, option_ms(date, "--wave") or 0, _number(hours, "--wave"), int(_number(events, "--wave", whole=True)))
        for kind, date, events, hours in args.wave
    ]
    sales = [Sale(option_ms(date, "--sale") or 0, _number(hours, "--sale"), _number(times, "--sale")) for date, hours, times in args.sale]
    begin_ms = option_ms(args.begin, "--from")
    shares = {name: getattr(args, name) for name in ("kiosks", "evasive", "diluted", "aged", "bust_outs", "label_noise")}
    events, labels = write_simulation(args.events, args.seed, args.out, args.days, begin_ms, waves, sales, **shares)
    print(f"{events:,} events and {labels:,} labels in {args.out / 'events.jsonl'}, truth in {args.out / 'truth.parquet'}")
    return 0


def _number(text: str, option: str, whole: bool = False) -> float:
    """Return a number of an option that takes several; raise `SettingError` for what is none."""
    try:
        return whole_number(text) if whole else float(text)
    except (ValueError, OverflowError):
        raise SettingError(f"{option}: {text!r} is no {'whole ' if whole else ''}number") from None
